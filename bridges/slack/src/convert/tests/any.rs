use proptest::prelude::*;

use super::*;

fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-z ]{1,6}",
        6 => prop::sample::select(vec![
            "*", "_", "~", "`", "```", "\n", "\n\n", "&gt; ", "> ", "<", ">", "<@U1>", "<@U2|b>", "<#C1>", "<!here>", "<!channel>",
            "<!subteam^S1>", "<!date^1^{x}|y>", "<https://a.example|x>", "<mailto:a@b>", ":tada:", ":parrot:", ":", "::skin-tone-2:",
            "&amp;", "&lt;", "|", "é", "😀", "@channel", "@here",
        ]).prop_map(str::to_owned),
        1 => "\\PC{1,4}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn html() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        5 => "[a-z ]{1,20}",
        4 => prop::sample::select(vec![
            "<b>", "</b>", "<i>", "</i>", "<p>", "</p>", "<ul><li>", "</li><li>", "</li></ul>", "<ol start=7><li>", "</li></ol>",
            "<blockquote>", "</blockquote>", "<pre><code>", "</code></pre>", "<br>", "<h2>", "</h2>", "<table><tr><td>", "</td><td>",
            "</td></tr></table>", "<details><summary>", "</summary>", "</details>", "<hr>", "<a href='https://a.example/'>", "</a>",
            "<span data-mx-spoiler>", "</span>", "<a href='https://matrix.to/#/@a:b'>", "&lt;!channel&gt;", "@room", "<!everyone>", "😀",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "rich_text",
            "rich_text_section",
            "rich_text_list",
            "rich_text_quote",
            "rich_text_preformatted",
            "text",
            "section",
            "header",
            "context",
            "image",
            "actions",
            "table",
            "mrkdwn",
            "plain_text",
            "emoji",
            "link",
            "user",
            "broadcast",
            "date",
            "ordered",
            "*x*",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let key = prop::sample::select(vec![
            "type",
            "elements",
            "text",
            "style",
            "indent",
            "offset",
            "border",
            "url",
            "name",
            "fields",
            "rows",
            "blocks",
            "title",
            "user_id",
            "range",
            "timestamp",
            "image_url",
            "accessory",
            "unicode",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.prop_map(str::to_owned), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reading_never_fails(text in markup()) {
        let _ = mrkdwn::read(&text, &Known).to_html();
    }

    #[test]
    fn literal_text_stays_what_it_is(text in "[^\\p{C}:`*_~>]{0,60}") {
        prop_assert_eq!(unescape(&escape(&text)), text.clone());
        let line = text.trim();
        let (read, meant) = (mrkdwn::read(&escape(line), &Known).plain(), Doc::text(line).tidy().plain());
        prop_assert_eq!(read.trim(), meant.trim());
    }

    #[test]
    fn no_json_is_too_odd(value in json_value()) {
        let _ = block::read(std::slice::from_ref(&value), &Known);
        let _ = block::read(value.as_array().map(Vec::as_slice).unwrap_or_default(), &Known);
        let _ = attachment::read(&value, &Known);
        let said: crate::wire::Message = crate::wire::read(&json!({ "ts": "1.000000", "blocks": value, "files": value }));
        let _ = said.files.len();
    }

    #[test]
    fn no_message_is_over_a_limit_or_calls_everybody(html in html(), times in 1_usize..40) {
        let doc = Doc::from_html(&html.repeat(times));
        for part in write(&doc, &how(false)) {
            prop_assert!(part.text.chars().count() <= MAX_TEXT, "{}", part.text.chars().count());
            let block = part.block.to_string();
            prop_assert!(block.len() <= MAX_BLOCKS, "{}", block.len());
            prop_assert!(!block.contains("\"broadcast\"") && !block.contains("\"usergroup\""));
            prop_assert!(!part.text.contains("<!") && !part.text.contains("<@"));
            prop_assert!(!block.contains("\"text\":\"\"") && !block.contains("\"elements\":[]"));
        }
    }

    #[test]
    fn what_is_written_reads_the_same(html in html()) {
        // A spoiler is hidden in the text for notifications alone.
        let doc = Doc::from_html(&html.replace(" data-mx-spoiler", ""));
        let Some(first) = written(&doc, &how(true)) else { return Ok(()) };
        let (read, _) = block::read(&[first.block], &Known);
        let letters = |text: String| unescape(&text).chars().filter(|c| c.is_alphanumeric() && !c.is_ascii_digit()).collect::<String>();
        let Some(second) = written(&read, &how(true)) else { return Ok(()) };
        prop_assert_eq!(letters(second.text), letters(first.text));
    }
}
