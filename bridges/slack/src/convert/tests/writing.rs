use appservice_sdk::content::{Everyone, Id, Mention, Place, Role};

use super::*;

fn elements(html: &str) -> Value {
    written(&Doc::from_html(html), &how(false)).unwrap().block["elements"].clone()
}

fn section(elements: &Value) -> Value {
    json!([{ "type": "rich_text_section", "elements": elements }])
}

#[test]
fn styles_are_written_side_by_side() {
    let got = elements("a <b>b <i>c</i></b> <s>d</s> <code>e*</code>");
    let text = |text: &str| json!({ "type": "text", "text": text });
    let styled = |text: &str, style: Value| json!({ "type": "text", "text": text, "style": style });
    let wanted = json!([
        text("a "),
        styled("b ", json!({ "bold": true })),
        styled("c", json!({ "bold": true, "italic": true })),
        text(" "),
        styled("d", json!({ "strike": true })),
        text(" "),
        styled("e*", json!({ "code": true })),
    ]);
    assert_eq!(got, section(&wanted));
}

#[test]
fn paragraphs_are_divided_and_headings_are_bold() {
    let got = elements("<h1>Title</h1><p>one<br>two</p><p>three</p>");
    let wanted = json!([
        { "type": "text", "text": "Title", "style": { "bold": true } },
        { "type": "text", "text": "\n\none\ntwo\n\nthree" },
    ]);
    assert_eq!(got, section(&wanted));
}

#[test]
fn lists_are_written_in_pieces_with_their_depth() {
    let got = elements("<ol><li>a<ul><li>x</li></ul></li><li>b</li></ol>");
    let item = |text: &str| json!({ "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] });
    assert_eq!(
        got,
        json!([
            { "type": "rich_text_list", "style": "ordered", "indent": 0, "elements": [item("a")] },
            { "type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [item("x")] },
            { "type": "rich_text_list", "style": "ordered", "indent": 0, "offset": 1, "elements": [item("b")] },
        ])
    );
}

#[test]
fn quotes_code_and_tables_stand_apart() {
    let got = elements("<blockquote><p>said</p><ul><li>x</li></ul></blockquote><pre><code>a\nb</code></pre>");
    let kinds: Vec<&str> = got.as_array().unwrap().iter().filter_map(|element| element["type"].as_str()).collect();
    assert_eq!(kinds, ["rich_text_quote", "rich_text_list", "rich_text_preformatted"]);
    assert_eq!(got[1]["border"], 1);
    let table =
        elements("<table><thead><tr><th>Name</th><th>Age</th></tr></thead><tr><td>Ada</td><td>36</td></tr></table>");
    assert_eq!(table[0]["elements"][0]["text"], "Name | Age\n-----+----\nAda  | 36");
}

#[test]
fn links_are_links_only_where_slack_takes_them() {
    let got = elements(r#"<a href="https://a.example/">here</a> <a href="javascript:x">no</a>"#);
    assert_eq!(got[0]["elements"][0], json!({ "type": "link", "url": "https://a.example/", "text": "here" }));
    assert!(!got.to_string().contains("javascript"));
}

#[test]
fn everybody_is_called_only_by_those_who_may() {
    for range in [Everyone::Room, Everyone::Everyone, Everyone::Here] {
        let doc = paragraph(vec![Inline::Everyone(range)]);
        let quiet = written(&doc, &how(false)).unwrap();
        assert!(!quiet.block.to_string().contains("broadcast"), "{quiet:?}");
        assert!(!quiet.text.contains("@channel") && !quiet.text.contains("@here") && !quiet.text.contains("@everyone"));
        let loud = written(&doc, &how(true)).unwrap();
        assert_eq!(loud.block["elements"][0]["elements"][0]["type"], "broadcast");
    }
    let role = paragraph(vec![Inline::Role(Role { id: "S1".into(), name: "devs".into(), colour: None })]);
    assert!(!written(&role, &how(false)).unwrap().block.to_string().contains("usergroup"));
    // What looks like a call in Slack's other markup is text here.
    let sly = written(&Doc::text("<!channel> <@U1>"), &how(false)).unwrap();
    assert_eq!(sly.block["elements"][0]["elements"][0], json!({ "type": "text", "text": "<!channel> <@U1>" }));
    assert_eq!(sly.text, "&lt;!channel&gt; &lt;@U1&gt;");
}

#[test]
fn people_and_channels_of_slack_are_named_by_their_ids() {
    let mention = |user: Id| Inline::Mention(Mention { user, name: "Ada".into() });
    let doc = paragraph(vec![
        mention(Id::Remote("U1".into())),
        mention(Id::Matrix("@ada:b".into())),
        Inline::Place(Place { room: Id::Remote("C1".into()), message: None, via: vec![], name: "general".into() }),
        Inline::Place(Place {
            room: Id::Remote("C1".into()),
            message: Some("1700000000.000100".into()),
            via: vec![],
            name: "general".into(),
        }),
    ]);
    let got = written(&doc, &how(false)).unwrap().block["elements"][0]["elements"].clone();
    assert_eq!(got[0], json!({ "type": "user", "user_id": "U1" }));
    assert_eq!(got[1], json!({ "type": "text", "text": "@Ada" }));
    assert_eq!(got[2], json!({ "type": "channel", "channel_id": "C1" }));
    assert_eq!(got[3]["url"], "https://a.slack.com/archives/C1/p1700000000000100");
}

#[test]
fn a_long_text_is_cut_and_nothing_of_it_is_lost() {
    let long: String = (0..3000).map(|n| format!("word{n} ")).collect();
    let parts = write(&Doc::text(&long), &how(false));
    assert!(parts.len() > 4);
    let joined: String = parts.iter().map(|part| part.text.clone() + " ").collect();
    assert_eq!(joined.split_whitespace().count(), 3000);
    assert!(write(&Doc::default(), &how(false)).is_empty());
    assert!(write(&Doc::text("  \n "), &how(false)).len() <= 1);
}
