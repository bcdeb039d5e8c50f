use super::*;

fn html(doc: &Doc) -> String {
    doc.to_html()
}

#[test]
fn mrkdwn_is_read_as_slack_shows_it() {
    let cases = [
        ("*bold* _it_ ~no~ `a*b*`", "<strong>bold</strong> <em>it</em> <del>no</del> <code>a*b*</code>"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("* not bold *", "* not bold *"),
        ("*bold _both_*", "<strong>bold <em>both</em></strong>"),
        ("a &lt;b&gt; &amp;amp;", "a &lt;b&gt; &amp;amp;"),
        (
            "<https://a.example/?x=1&amp;y=2>",
            r#"<a href="https://a.example/?x=1&amp;y=2">https://a.example/?x=1&amp;y=2</a>"#,
        ),
        ("<https://a.example|here>", r#"<a href="https://a.example">here</a>"#),
        ("<mailto:a@b.example|a@b.example>", r#"<a href="mailto:a@b.example">mailto:a@b.example</a>"#),
        (":tada: :nothing_like_it: 10:30:00", "🎉 :nothing_like_it: 10:30:00"),
        (":wave::skin-tone-3: :ship:", "👋🏼 🚀"),
        ("```let x = 1;\nlet y;```", "<pre><code>let x = 1;\nlet y;\n</code></pre>"),
        ("&gt; said\n&gt; more\nanswer", "<blockquote>said<br>more</blockquote><p>answer</p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("a * b *c* *d", "a * b <strong>c</strong> *d"),
        ("<", "&lt;"),
        ("<>", "&lt;&gt;"),
        ("``` open", "``` open"),
    ];
    for (text, wanted) in cases {
        let got = html(&mrkdwn::read(text, &Known));
        assert_eq!(got.replace('\n', "¶"), wanted.replace('\n', "¶"), "{text}");
    }
}

#[test]
fn mentions_are_read_with_the_names_they_have_now() {
    let plain = |text: &str| mrkdwn::read(text, &Known).plain();
    let cases = [
        ("<@U1|old> and <@U2|bob> and <@U3>", "@Ada and @bob and @U3"),
        ("<#C1> <#C2|random>", "#general #random"),
        ("<!subteam^S1> <!subteam^S2|@ops>", "@devs @ops"),
        ("<!here> <!channel>", "@here @room"),
        ("<!date^1618953630^{date}|then>", "2021-04-20 21:20 UTC"),
        ("<!something|words>", "words"),
    ];
    for (text, wanted) in cases {
        assert_eq!(plain(text), wanted, "{text}");
    }
}

fn rich(elements: &Value) -> String {
    let block = json!({ "type": "rich_text", "elements": elements });
    html(&block::read(&[block], &Known).0)
}

#[test]
fn what_people_type_is_read() {
    let section = |elements: Value| json!({ "type": "rich_text_section", "elements": elements });
    let text = |text: &str| json!({ "type": "text", "text": text });
    let bold = json!({ "type": "text", "text": "b", "style": { "bold": true, "italic": true } });
    assert_eq!(rich(&json!([section(json!([text("a "), bold]))])), "a <strong><em>b</em></strong>");
    let code = json!({ "type": "text", "text": "x", "style": { "code": true, "bold": true } });
    assert_eq!(rich(&json!([section(json!([code]))])), "<strong><code>x</code></strong>");
    let list = |style: &str, indent: u64, offset: u64, items: &[&str]| {
        let items: Vec<Value> = items.iter().map(|item| section(json!([text(item)]))).collect();
        json!({ "type": "rich_text_list", "style": style, "indent": indent, "offset": offset, "elements": items })
    };
    let nested = json!([
        list("bullet", 0, 0, &["a"]),
        list("ordered", 1, 0, &["a1", "a2"]),
        list("bullet", 0, 0, &["b"]),
        list("bullet", 2, 0, &["deep"]),
    ]);
    assert_eq!(rich(&nested), "<ul><li>a<ol><li>a1</li><li>a2</li></ol></li><li>b<ul><li>deep</li></ul></li></ul>");
    let interrupted =
        json!([list("ordered", 0, 0, &["a"]), list("bullet", 1, 0, &["x"]), list("ordered", 0, 1, &["b"]),]);
    assert_eq!(rich(&interrupted), "<ol><li>a<ul><li>x</li></ul></li><li>b</li></ol>");
    let quote = json!([{ "type": "rich_text_quote", "elements": [text("said\nmore")] }]);
    assert_eq!(rich(&quote), "<blockquote>said<br>more</blockquote>");
    let fence = json!([{ "type": "rich_text_preformatted", "elements": [text("a\nb\n")] }]);
    assert_eq!(rich(&fence), "<pre><code>a\nb\n</code></pre>");
    let emoji = json!([section(json!([
        { "type": "emoji", "name": "whatever", "unicode": "1f44d-1f3fd" }, { "type": "emoji", "name": "tada" },
        { "type": "emoji", "name": "unknown_one" },
    ]))]);
    assert_eq!(rich(&emoji), "👍🏽🎉:unknown_one:");
}

#[test]
fn custom_emoji_keep_their_id_for_their_picture() {
    let block = json!({ "type": "rich_text", "elements": [
        { "type": "rich_text_section", "elements": [{ "type": "emoji", "name": "parrot" }] }] });
    let (doc, _) = block::read(&[block], &Known);
    assert_eq!(doc.references().remote_emoji, ["parrot"]);
    assert_eq!(mrkdwn::read("x :parrot:", &Known).references().remote_emoji, ["parrot"]);
}

#[test]
fn blocks_of_programs_are_shown() {
    let blocks = [
        json!({ "type": "header", "text": { "type": "plain_text", "text": "Deploy :rocket:" } }),
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": "*api* is up" },
                "fields": [{ "type": "mrkdwn", "text": "*Took*\n42s" }] }),
        json!({ "type": "divider" }),
        json!({ "type": "actions", "elements": [
            { "type": "button", "text": { "type": "plain_text", "text": "Logs" }, "url": "https://l.example/" },
            { "type": "button", "text": { "type": "plain_text", "text": "Undo" } }] }),
        json!({ "type": "image", "image_url": "https://i.example/a.png", "alt_text": "a graph" }),
        json!({ "type": "markdown", "text": "**hi** `x`" }),
        json!({ "type": "table", "rows": [[{ "type": "raw_text", "text": "A" }], [{ "type": "raw_text", "text": "1" }]] }),
        json!({ "type": "from_the_future" }),
        json!("nonsense"),
    ];
    let (doc, pictures) = block::read(&blocks, &Known);
    let plain = doc.plain();
    for words in ["Deploy 🚀", "api is up", "42s", "Logs (https://l.example/) [Undo]", "hi x", "A\n1"] {
        assert!(plain.contains(words), "{words} in {plain}");
    }
    assert_eq!((pictures.len(), pictures[0].alt.as_deref()), (1, Some("a graph")));
    assert!(doc.blocks.iter().any(|block| matches!(block, Block::Table { .. })));
}

#[test]
fn attachments_are_set_off_and_links_are_told_from_what_programs_hang_on() {
    let alert = json!({ "pretext": "Alert", "author_name": "Prom", "title": "CPU", "title_link": "https://p.example/",
        "text": "at *99%*", "fields": [{ "title": "host", "value": "a1" }], "footer": "cluster", "fallback": "no" });
    let (doc, pictures) = attachment::read(&alert, &Known);
    assert_eq!(
        doc.plain(),
        "Alert\n> Prom\n> \n> CPU (https://p.example/)\n> \n> at 99%\n> \n> host\n> a1\n> \n> cluster"
    );
    assert!(pictures.is_empty() && !attachment::is_unfurl(&alert));
    let link = json!({ "from_url": "https://x.example", "title": "X", "thumb_url": "https://x.example/t.png" });
    assert!(attachment::is_unfurl(&link));
    assert_eq!(attachment::read(&json!({ "fallback": "only *this*" }), &Known).0.plain(), "> only this");
    assert!(attachment::read(&json!({}), &Known).0.is_empty());
}
