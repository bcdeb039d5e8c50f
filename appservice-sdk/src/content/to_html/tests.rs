use super::*;
use crate::content::{Directory, Link, Mention, Place, Stamp, directory::Known};

fn t(text: &str) -> Inline {
    Inline::text(text)
}

#[test]
fn a_plain_text_has_no_html() {
    for inlines in [
        vec![t("a <b> & *c*")],
        vec![t("a"), Inline::Break, Inline::url("https://a.example/")],
        vec![Inline::mention(Id::Remote("1".into()), "Bob"), t(" hi")],
        vec![Inline::Everyone(Everyone::Here)],
        vec![Inline::Timestamp(Stamp { unix: 0, style: 'd' })],
        vec![Inline::link("javascript:x", [t("x")])],
    ] {
        let text = Doc::paragraph(inlines).to_matrix();
        assert_eq!(text.formatted_body, None, "{}", text.body);
        assert!(!text.body.is_empty());
    }
}

#[test]
fn elements_are_written_as_the_specification_lists_them() {
    let cases: Vec<(Inline, &str, &str)> = vec![
        (Inline::bold([t("a<")]), "a<", "<strong>a&lt;</strong>"),
        (Inline::italic([t("a")]), "a", "<em>a</em>"),
        (Inline::Strike(vec![t("a")]), "a", "<del>a</del>"),
        (Inline::Underline(vec![t("a")]), "a", "<u>a</u>"),
        (Inline::Small(vec![t("a")]), "a", "<sub>a</sub>"),
        (Inline::spoiler([t("a")]), "[Spoiler]", "<span data-mx-spoiler>a</span>"),
        (
            Inline::Spoiler { reason: Some("\"b\"".into()), text: vec![t("a")] },
            "[Spoiler for \"b\"]",
            "<span data-mx-spoiler=\"&quot;b&quot;\">a</span>",
        ),
        (Inline::code("a<b>"), "a<b>", "<code>a&lt;b&gt;</code>"),
        (
            Inline::link("https://a.example/?a&b", [t("x")]),
            "x (https://a.example/?a&b)",
            "<a href=\"https://a.example/?a&amp;b\">x</a>",
        ),
        (
            Inline::Link(Link { url: "https://a.example/".into(), text: vec![] }),
            "https://a.example/",
            "<a href=\"https://a.example/\">https://a.example/</a>",
        ),
        (
            Inline::mention(Id::Matrix("@a/b:c.example".into()), "Al"),
            "Al",
            "<a href=\"https://matrix.to/#/@a%2Fb:c.example\">Al</a>",
        ),
        (
            Inline::Place(Place {
                room: Id::Matrix("!r:c.example".into()),
                message: Some("$e".into()),
                via: vec!["c.example".into()],
                name: "r".into(),
            }),
            "#r",
            "<a href=\"https://matrix.to/#/%21r:c.example/%24e?via=c.example\">#r</a>",
        ),
        (
            Inline::Role(Role { id: "1".into(), name: "Mods".into(), colour: Some(0xff) }),
            "@Mods",
            "<span data-mx-color=\"#0000ff\">@Mods</span>",
        ),
        (
            Inline::Emoji(CustomEmoji { id: None, name: "cat".into(), mxc: Some("mxc://a/b".into()), animated: false }),
            ":cat:",
            "<img data-mx-emoticon height=\"32\" src=\"mxc://a/b\" alt=\":cat:\" title=\":cat:\">",
        ),
    ];
    for (inline, body, html) in cases {
        let text = Doc::paragraph(vec![inline]).to_matrix();
        assert_eq!((text.body.as_str(), text.formatted_body.as_deref()), (body, Some(html)));
    }
}

#[test]
fn blocks_are_written() {
    let p = |text: &str| Block::Paragraph(vec![t(text)]);
    let cases: Vec<(Vec<Block>, &str, &str)> = vec![
        (vec![p("a"), Block::Paragraph(vec![Inline::bold([t("b")])])], "a\n\nb", "<p>a</p><p><strong>b</strong></p>"),
        (vec![Block::Heading { level: 2, text: vec![t("a")] }], "a", "<h2>a</h2>"),
        (
            vec![Block::Quote(vec![p("a"), p("b")]), p("c")],
            "> a\n> \n> b\nc",
            "<blockquote><p>a</p><p>b</p></blockquote><p>c</p>",
        ),
        (
            vec![Block::List {
                start: None,
                items: vec![vec![p("a"), Block::List { start: Some(9), items: vec![vec![p("b")], vec![p("c")]] }]],
            }],
            "- a\n  9. b\n  10. c",
            "<ul><li>a<ol start=\"9\"><li>b</li><li>c</li></ol></li></ul>",
        ),
        (
            vec![Block::Code { language: Some("c++".into()), text: "a < b\nc".into() }],
            "a < b\nc",
            "<pre><code class=\"language-c++\">a &lt; b\nc\n</code></pre>",
        ),
        (
            vec![Block::Code { language: Some("\" onclick=".into()), text: "a".into() }],
            "a",
            "<pre><code>a\n</code></pre>",
        ),
        (vec![Block::Rule], "---", "<hr>"),
        (
            vec![Block::Table { head: vec![vec![t("a")], vec![t("b")]], rows: vec![vec![vec![t("1")], vec![t("2")]]] }],
            "a\tb\n1\t2",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
        ),
        (
            vec![Block::Details { summary: vec![t("more")], body: vec![p("a")] }],
            "more\na",
            "<details><summary>more</summary>a</details>",
        ),
    ];
    for (blocks, body, html) in cases {
        let text = Doc { blocks }.to_matrix();
        assert_eq!((text.body.as_str(), text.formatted_body.as_deref()), (body, Some(html)));
    }
}

struct Book;

impl Directory for Book {
    fn matrix_user(&self, remote: &str) -> Option<Known> {
        (remote == "1").then(|| Known { id: "@discord_1:a.example".into(), name: Some("Bob".into()) })
    }
    fn remote_user(&self, matrix: &str) -> Option<Known> {
        (matrix == "@discord_1:a.example").then(|| Known { id: "1".into(), name: None })
    }
    fn matrix_place(&self, channel: &str, message: Option<&str>) -> Option<Place> {
        (channel == "2").then(|| Place {
            room: Id::Matrix("!r:a.example".into()),
            message: message.map(|message| format!("${message}")),
            via: vec![],
            name: "room".into(),
        })
    }
    fn matrix_emoji(&self, remote: &str) -> Option<String> {
        (remote == "3").then(|| "mxc://a/3".into())
    }
}

#[test]
fn ids_are_looked_up_in_the_directory() {
    let doc = Doc::paragraph(vec![
        Inline::mention(Id::Remote("1".into()), "bob"),
        Inline::bold([
            Inline::mention(Id::Remote("9".into()), "nobody"),
            Inline::mention(Id::Remote("1".into()), "bob"),
        ]),
        Inline::Place(Place { room: Id::Remote("2".into()), message: Some("7".into()), via: vec![], name: "x".into() }),
        Inline::Emoji(CustomEmoji { id: Some("3".into()), name: "cat".into(), mxc: None, animated: true }),
    ]);
    let asked = doc.references();
    assert_eq!(asked.users, [Id::Remote("1".into()), Id::Remote("9".into())]);
    assert_eq!(asked.places, [(Id::Remote("2".into()), Some("7".into()))]);
    assert_eq!(asked.remote_emoji, ["3"]);

    let matrix = doc.toward_matrix(&Book);
    let text = matrix.to_matrix();
    assert_eq!(text.mentions, ["@discord_1:a.example"]);
    assert_eq!(text.body, "Bob@nobodyBob#room:cat:");
    let back = matrix.toward_remote(&Book);
    let Block::Paragraph(inlines) = &back.blocks[0] else { panic!() };
    assert_eq!(inlines[0], Inline::Mention(Mention { user: Id::Remote("1".into()), name: "Bob".into() }));
    assert_eq!(back.clone().toward_matrix(&()), back);
}

mod any {
    use proptest::prelude::*;

    use crate::content::tests::docs;

    proptest! {
        #[test]
        fn html_is_balanced_and_attributes_are_closed(doc in docs()) {
            let html = doc.to_html();
            let clean = ruma::html::Html::parse(&html);
            clean.sanitize_with(&ruma::html::SanitizerConfig::strict());
            let again = ruma::html::Html::parse(&html);
            prop_assert_eq!(clean.to_string(), again.to_string(), "the specification's own sanitizer takes nothing away");
        }

        #[test]
        fn every_text_can_be_stored(doc in docs()) {
            let json = serde_json::to_string(&doc).unwrap();
            prop_assert_eq!(serde_json::from_str::<crate::content::Doc>(&json).unwrap(), doc);
        }
    }
}
