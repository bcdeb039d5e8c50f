use proptest::prelude::*;

use super::*;

fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-z ]{1,6}",
        6 => prop::sample::select(vec![
            "*", "**", "***", "_", "__", "~~", "||", "`", "``", "```", "\n", "\n\n", "\n> ", "\n- ", "\n  - ", "\n1. ", "\n# ", "\n-# ",
            ">>> ", "[", "](https://a.example/x)", "https://b.example/a_b ", "<@1>", "<#2>", "<@&3>", "<:cat:5>", "<t:1:R>", "@everyone",
            "\\", "\\*", "<", ">", "|", "~", "#", "-", "1.", "(", ")", "rust\n", "é", "😀", "¯\\_(ツ)_/¯",
        ]).prop_map(str::to_owned),
        1 => "\\PC{1,4}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// What a reader sees, without what is unseen.
fn shown(doc: &Doc) -> String {
    let mut out = String::new();
    doc.visit(&mut |inline| match inline {
        Inline::Text(text) | Inline::Code(text) => out.push_str(text),
        _ => {}
    });
    for (spelled, sign) in [("%60", "`"), ("%2A", "*"), ("%5F", "_"), ("%7E", "~"), ("%7C", "|")] {
        out = out.replace(spelled, sign);
    }
    out.retain(|c| !c.is_whitespace() && c != '\u{200b}');
    out
}

proptest! {
    #[test]
    fn what_was_read_is_written_and_read_again(markdown in markdown()) {
        let write = |doc: &Doc| super::super::write(doc, &Writing { may_ping_everyone: true, ..HOW }).join("\n");
        let read = |markdown: &str| super::super::read(markdown, &Known { calls: false });
        let once = read(&markdown);
        let written = write(&once);
        let again = read(&written);
        prop_assert_eq!(shown(&again), shown(&once), "{:?}", written);
        let third = read(&write(&again));
        prop_assert_eq!(&third, &again, "{:?} {:?}", written, write(&again));
    }

    #[test]
    fn literal_text_is_read_as_it_was(text in "[a-zA-Z0-9 *_~|`<>@#:/\\\\\\[\\]().!+-]{0,40}") {
        let markdown = write(&Doc::text(&text));
        let plain = read(&markdown).plain();
        prop_assert_eq!(plain.replace('\u{200b}', ""), text.trim(), "{}", markdown);
    }

    #[test]
    fn parts_fit_and_carry_the_whole_text(markdown in prop::collection::vec(markdown(), 1..20), first in 100_usize..200) {
        let doc = read(&markdown.concat());
        let parts = super::super::write(&doc, &Writing { first, rest: 200, ..HOW });
        for (at, part) in parts.iter().enumerate() {
            let most = if at == 0 { first } else { 200 };
            prop_assert!(part.chars().count() <= most, "{part}");
            prop_assert!(!part.is_empty());
        }
        let together: String = parts.iter().map(|part| shown(&read(part))).collect();
        prop_assert_eq!(together, shown(&read(&write(&doc))));
    }

    #[test]
    fn nobody_is_called_by_accident(markdown in markdown()) {
        // Addresses are left as they are; what a message may call is told to Discord beside its text, too.
        let markdown = markdown.replace("http", "");
        prop_assert!(!write(&Doc::text(&markdown)).contains("@everyone"));
    }
}

#[test]
fn hostile_text_is_read_in_one_pass() {
    let many = |piece: &str| piece.repeat(65_536 / piece.len());
    for piece in [
        "*",
        "**",
        "*a",
        "*a ",
        " *a",
        "_",
        "_a",
        "__a",
        "***a",
        "~~",
        "~~a",
        "|",
        "||a",
        "`",
        "`a",
        "``a`",
        "```",
        "```a",
        "```\n",
        "[",
        "[a",
        "[]",
        "](",
        "[a](",
        "[a](https://a.example/",
        "[a](https://a.example/)",
        "[*",
        "[**a",
        "*[",
        "<",
        "<@",
        "<@1",
        "<:a",
        "<t:",
        "</",
        "<https://",
        "http",
        "https://",
        "https://a",
        "https://a(",
        "\\",
        "\\\n",
        ">",
        "> ",
        ">>> ",
        "\n> ",
        "- ",
        "- a\n",
        "  - a\n",
        "1. ",
        "# ",
        "\n# ",
        "-# ",
        "\n",
        " ",
        "a",
        "@",
        "@everyone",
        "**a__b||c~~",
        "*a **b ",
        "(",
        ")",
    ] {
        let text = many(piece);
        read(&text);
        let doc = read(&text[..text.floor_char_boundary(8192)]);
        let parts = super::super::write(&doc, &HOW);
        assert!(parts.iter().all(|part| part.chars().count() <= 2000), "{piece}");
        let half = format!("{}{}", &text[..text.floor_char_boundary(32_768)], "x".repeat(32_768));
        read(&half);
    }
}
