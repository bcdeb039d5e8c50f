use appservice_sdk::content::{CustomEmoji, Everyone, Id, Place, Role, Stamp};

use super::*;

fn line(inlines: impl Into<Vec<Inline>>) -> String {
    write(&Doc::paragraph(inlines.into()))
}

#[test]
fn literal_text_stays_literal() {
    let cases = [
        (
            "a *b* _c_ `d` ~~e~~ ||f|| [g](h) \\",
            "a \\*b\\* \\_c\\_ \\`d\\` \\~\\~e\\~\\~ \\|\\|f\\|\\| \\[g\\](h) \\\\",
        ),
        ("~5 a|b", "~5 a|b"),
        ("# a", "\\# a"),
        ("> a", "\\> a"),
        ("- a", "\\- a"),
        ("-# a", "\\-# a"),
        ("+ a", "\\+ a"),
        ("1. a", "1\\. a"),
        ("2024.", "2024\\."),
        ("1.5 - x", "1.5 - x"),
        ("-1", "-1"),
        ("a\n  # b\n12. c", "a\n  \\# b\n12\\. c"),
        ("<@1> <#2> <:a:1> <t:1> </a:1> <b> 1 < 2 <3", "\\<@1> \\<#2> \\<:a:1> \\<t:1> \\</a:1> \\<b> 1 < 2 <3"),
        ("@everyone @here @Ann", "@\u{200b}everyone @\u{200b}here @Ann"),
        ("see https://a.example/a_b_*c*?x=~~y~~ _x_", "see https://a.example/a_b_*c*?x=~~y~~ \\_x\\_"),
        ("(https://a.example/_a_).", "(https://a.example/_a_)."),
        ("¯\\_(ツ)_/¯", "¯\\\\\\_(ツ)\\_/¯"),
    ];
    for (text, markdown) in cases {
        assert_eq!(write(&Doc::text(text)), markdown);
        assert_eq!(read(markdown).plain().replace('\u{200b}', ""), text, "{markdown}");
    }
}

#[test]
fn styles_are_written_so_that_they_are_read_again() {
    let cases: Vec<(Vec<Inline>, &str)> = vec![
        (vec![b("a"), t("b")], "**a**b"),
        (vec![i("a")], "*a*"),
        (vec![t("x"), i(" a "), t("y")], "x *a* y"),
        (vec![Inline::italic([Inline::Break, t("a")]), t("b")], "*a*b"),
        (vec![Inline::bold([i("a")])], "***a***"),
        (vec![Inline::italic([b("a")])], "_**a**_"),
        (vec![Inline::italic([b("a"), t(" b")]), t("c")], "***a** b*c"),
        (vec![b("a"), i("b")], "**a**_b_"),
        (vec![b("a"), i("b"), t("c")], "**a**\u{200b}*b*c"),
        (vec![i("a"), b("b")], "_a_**b**"),
        (vec![Inline::Underline(vec![i("a"), t(" b")])], "__*a* b__"),
        (vec![Inline::Strike(vec![t("a")]), Inline::spoiler([t("b")])], "~~a~~||b||"),
        (vec![Inline::spoiler([t("a")]), Inline::spoiler([t("b")])], "||a||||b||"),
        (vec![Inline::Spoiler { reason: Some("why".into()), text: vec![t("a")] }], "(why) ||a||"),
        (vec![Inline::code("a*b")], "`a*b`"),
        (vec![Inline::code("a`b")], "``a`b``"),
        (vec![Inline::code("`a`")], "`` `a` ``"),
        (vec![Inline::code("a``b")], "``a`\u{200b}`b``"),
        (vec![Inline::code("a"), Inline::code("b")], "`a`\u{200b}`b`"),
        (vec![t("x"), Inline::Small(vec![t("2")])], "x2"),
        (vec![t("x"), Inline::Break, Inline::Small(vec![t("2"), Inline::Break, t("-# 3")])], "x\n-# 2\n-# \\-# 3"),
        (vec![t("@every"), Inline::Small(vec![t("one")])], "@\u{200b}everyone"),
    ];
    for (inlines, markdown) in cases {
        assert_eq!(line(inlines), markdown);
    }
}

#[test]
fn links_are_written_as_far_as_discord_has_them() {
    let cases: Vec<(Vec<Inline>, &str)> = vec![
        (vec![Inline::url("https://a.example/a_b"), t(" c")], "https://a.example/a_b c"),
        (vec![Inline::url("https://a.example/a"), t("b")], "<https://a.example/a>b"),
        (vec![Inline::url("https://a.example/a"), t(", b")], "https://a.example/a, b"),
        (vec![Inline::url("https://a.example/a"), b("b")], "<https://a.example/a>**b**"),
        (vec![Inline::bold([Inline::url("https://a.example/a**b")])], "**https://a.example/a%2A%2Ab**"),
        (
            vec![Inline::link("https://a.example/(x)", [t("a]b [c "), b("d")])],
            "[a\\]b \\[c **d**](https://a.example/%28x%29)",
        ),
        (vec![Inline::link("https://a.example/", [t("a.example")])], "https://a.example/"),
        (vec![Inline::link("https://a.example/", [])], "https://a.example/"),
        (
            vec![Inline::link("https://a.example/", [t("see https://b.example/")])],
            "see https://b.example/ (https://a.example/)",
        ),
        (vec![Inline::link("mailto:a_b@c.example", [t("mail")])], "mail (mailto:a\\_b@c.example)"),
        (vec![Inline::link("https://a.example/ b<c>", [t("x")])], "[x](https://a.example/%20b%3Cc%3E)"),
    ];
    for (inlines, markdown) in cases {
        assert_eq!(line(inlines), markdown);
    }
}

#[test]
fn people_places_and_pictures_are_written() {
    let place = |room: Id, message: Option<&str>| {
        vec![Inline::Place(Place { room, message: message.map(str::to_owned), via: vec![], name: "general".into() })]
    };
    let emoji = |id: Option<&str>, animated| {
        vec![Inline::Emoji(CustomEmoji { id: id.map(str::to_owned), name: "my_cat".into(), mxc: None, animated })]
    };
    let cases: Vec<(Vec<Inline>, &str)> = vec![
        (vec![Inline::mention(Id::Remote("1".into()), "Ann")], "<@1>"),
        (vec![Inline::mention(Id::Remote("x".into()), "everyone")], "@\u{200b}everyone"),
        (vec![Inline::mention(Id::Matrix("@bob:a.example".into()), "Bob_")], "@Bob\\_"),
        (vec![Inline::mention(Id::Matrix("@bob:a.example".into()), "@bob:a.example")], "@bob:a.example"),
        (place(Id::Remote("2".into()), None), "<#2>"),
        (place(Id::Remote("2".into()), Some("7")), "https://discord.com/channels/9/2/7"),
        (place(Id::Matrix("!r:a.example".into()), Some("$e")), "[#general](https://matrix.to/#/%21r:a.example/%24e)"),
        (vec![Inline::Role(Role { id: "3".into(), name: "Mods".into(), colour: None })], "<@&3>"),
        (vec![Inline::Everyone(Everyone::Everyone)], "@\u{200b}everyone"),
        (vec![Inline::Everyone(Everyone::Room)], "@room"),
        (emoji(Some("5"), true), "<a:my_cat:5>"),
        (emoji(None, false), ":my\\_cat:"),
        (vec![Inline::Timestamp(Stamp { unix: 5, style: 'R' })], "<t:5:R>"),
    ];
    for (inlines, markdown) in cases {
        assert_eq!(line(inlines), markdown);
    }
    let how = Writing { may_ping_everyone: true, guild: None, ..HOW };
    let text = vec![
        Inline::Everyone(Everyone::Room),
        t(" "),
        Inline::Everyone(Everyone::Here),
        t(" @everyone "),
        place(Id::Remote("2".into()), Some("7")).remove(0),
    ];
    assert_eq!(crate::convert::write(&Doc::paragraph(text), &how), ["@everyone @here @everyone <#2>"]);
}

#[test]
fn blocks_are_written() {
    let q = |blocks: Vec<Block>| Block::Quote(blocks);
    let item = |text: &str| vec![p([t(text)])];
    let cases: Vec<(Vec<Block>, &str)> = vec![
        (vec![p([t("a")]), p([t("b")])], "a\n\nb"),
        (vec![Block::Heading { level: 2, text: vec![t("a"), Inline::Break, t("#b")] }, p([t("c")])], "## a #b\nc"),
        (vec![Block::Heading { level: 4, text: vec![t("a")] }], "**a**"),
        (vec![q(vec![p([t("a")]), p([t("b")])]), p([t("c")])], "> a\n> \n> b\nc"),
        (vec![q(vec![p([t("a")])]), q(vec![p([t("b")])])], "> a\n\n> b"),
        (vec![q(vec![q(vec![p([t("a")])])])], "> > a"),
        (
            vec![list(None, [item("a"), vec![p([t("b")]), list(Some(3), [item("c"), item("d")])]]), p([t("e")])],
            "- a\n- b\n  3. c\n  4. d\ne",
        ),
        (vec![list(None, [vec![p([t("a")]), p([t("- b")])]])], "- a\n  \\- b"),
        (vec![list(Some(10), [vec![code(Some("c"), "x\n\n  y")]])], "10. ```c\n    x\n    \n      y\n    ```"),
        (vec![p([t("a")]), code(Some("rust"), "```\nx"), p([t("b")])], "a\n```rust\n`\u{200b}`\u{200b}`\nx\n```\nb"),
        (vec![code(Some("no language"), "x")], "```\nx\n```"),
        (vec![p([t("a")]), Block::Rule, p([t("b")])], "a\n──────────\nb"),
        (
            vec![Block::Table {
                head: vec![vec![t("name")], vec![t("n")]],
                rows: vec![vec![vec![b("ä")], vec![t("1")]], vec![vec![t("long name")]]],
            }],
            "```\nname      │ n\n──────────┼──\nä         │ 1\nlong name │\n```",
        ),
        (
            vec![Block::Details { summary: vec![t("more")], body: vec![p([t("a")]), list(None, [item("b")])] }],
            "**more**\n> a\n> - b",
        ),
    ];
    for (blocks, markdown) in cases {
        assert_eq!(write(&Doc { blocks }), markdown);
    }
}

#[test]
fn long_texts_are_cut_and_stay_whole_in_style() {
    let how = Writing { first: 30, rest: 40, ..HOW };
    let text = Doc::default()
        .with(Block::Quote(vec![p([b("one two three four five six seven")])]))
        .with(code(Some("rs"), "let first = 1;\nlet second = 2;\nlet third = 3;"));
    let parts = crate::convert::write(&text, &how);
    assert_eq!(
        parts,
        [
            "> **one two three four five**",
            "> **six seven**\n```rs\nlet first = 1;\n```",
            "```rs\nlet second = 2;\nlet third = 3;\n```",
        ]
    );
    assert_eq!(
        crate::convert::write(&Doc::text(&"ö".repeat(75)), &how)
            .iter()
            .map(|part| part.chars().count())
            .collect::<Vec<_>>(),
        [30, 40, 5]
    );
    assert!(crate::convert::write(&Doc::default(), &how).is_empty());
}

#[test]
fn a_line_for_use_within_markdown_is_escaped() {
    assert_eq!(crate::convert::escape("# **Ann**\n@everyone [x]"), "# \\*\\*Ann\\*\\* @\u{200b}everyone \\[x\\]");
}
