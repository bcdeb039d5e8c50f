use super::*;
use crate::content::{Block, CustomEmoji, Id, Place};

fn t(text: &str) -> Inline {
    Inline::text(text)
}

fn p(text: impl Into<Vec<Inline>>) -> Block {
    Block::Paragraph(text.into())
}

fn read(html: &str) -> Vec<Block> {
    Doc::from_html(html).blocks
}

#[test]
fn running_text_is_read() {
    let cases: Vec<(&str, Vec<Inline>)> = vec![
        ("plain", vec![t("plain")]),
        ("a &lt;b&gt; &amp;amp; &eacute;&#x1f600;", vec![t("a <b> &amp; é😀")]),
        ("<b>a</b> <strong>b</strong>", vec![Inline::bold([t("a")]), t(" "), Inline::bold([t("b")])]),
        ("<i>a</i><em>b</em>", vec![Inline::italic([t("ab")])]),
        (
            "<del>a</del> <s>b</s> <strike>c</strike>",
            vec![
                Inline::Strike(vec![t("a")]),
                t(" "),
                Inline::Strike(vec![t("b")]),
                t(" "),
                Inline::Strike(vec![t("c")]),
            ],
        ),
        ("<u>a</u>", vec![Inline::Underline(vec![t("a")])]),
        ("H<sub>2</sub>O<sup>+</sup>", vec![t("H"), Inline::Small(vec![t("2")]), t("O+")]),
        ("a<br>b<br/>c</br>d", vec![t("a"), Inline::Break, t("b"), Inline::Break, t("c"), Inline::Break, t("d")]),
        ("  a \n\t b&nbsp;&nbsp;c  ", vec![t("a b\u{a0}\u{a0}c")]),
        ("<b>a </b>b <i> c</i>", vec![Inline::bold([t("a")]), t(" b "), Inline::italic([t("c")])]),
        ("<b>a<i>b</b>c</i>", vec![Inline::bold([t("a"), Inline::italic([t("b")])]), Inline::italic([t("c")])]),
        ("<font color=\"#ff0000\"><span data-mx-color=\"#f00\">a</span></font>b", vec![t("ab")]),
        ("<span data-mx-spoiler>a</span>", vec![Inline::spoiler([t("a")])]),
        (
            "<span data-mx-spoiler=\" why \"><span>a</span>b</span>c",
            vec![Inline::Spoiler { reason: Some("why".into()), text: vec![t("ab")] }, t("c")],
        ),
        ("<span data-mx-maths=\"x^2\">x<sup>2</sup> <span>or so</span></span>!", vec![Inline::code("x^2"), t("!")]),
        ("<code>a  *b*\nc &lt;</code>", vec![Inline::code("a  *b* c <")]),
        ("<code>a<b>b</b></code>c", vec![Inline::code("ab"), t("c")]),
        (
            "<a href=\"https://a.example/?a=1&amp;b=2\"><b>x</b></a>",
            vec![Inline::link("https://a.example/?a=1&b=2", [Inline::bold([t("x")])])],
        ),
        ("<a href=\"javascript:alert(1)\">x</a><a href=\"/y\">y</a><a>z</a>", vec![t("xyz")]),
        ("<a href=\"MAILTO:a@b.example\">x</a>", vec![Inline::link("MAILTO:a@b.example", [t("x")])]),
        ("see https://a.example/a_b.", vec![t("see "), Inline::url("https://a.example/a_b"), t(".")]),
        (
            "<img data-mx-emoticon src=\"mxc://a/b\" alt=\":cat:\" title=\":cat:\">",
            vec![Inline::Emoji(CustomEmoji {
                id: None,
                name: "cat".into(),
                mxc: Some("mxc://a/b".into()),
                animated: false,
            })],
        ),
        ("<img src=\"mxc://a/b\" alt=\"a cat\"><img src=\"https://a/b\">", vec![t("a cat")]),
        ("<blink><marquee>a</marquee></blink>", vec![t("a")]),
        ("a<script>alert('<b>')</script>b<style>c</style><!-- d --><?e?>", vec![t("ab")]),
        ("<mx-reply><blockquote>old<br>text</blockquote></mx-reply>new", vec![t("new")]),
        ("a < b & c > d <3", vec![t("a < b & c > d <3")]),
    ];
    for (html, expected) in cases {
        assert_eq!(read(html), [p(expected)], "{html}");
    }
}

#[test]
fn links_to_people_and_rooms_are_mentions() {
    let alice = |name: &str| vec![p([Inline::mention(Id::Matrix("@alice:a.example".into()), name)])];
    let cases = [
        ("<a href=\"https://matrix.to/#/@alice:a.example\">Alice</a>", alice("Alice")),
        ("<a href=\"https://matrix.to/#/%40alice%3Aa.example\">@<b>Alice</b></a>", alice("Alice")),
        ("<a href=\"matrix:u/alice:a.example?action=chat\">Alice</a>", alice("Alice")),
        ("<a href=\"https://matrix.to/#/@alice:a.example\">@alice:a.example</a>", alice("@alice:a.example")),
        ("https://matrix.to/#/@alice:a.example", alice("@alice:a.example")),
        ("<a href=\"matrix:nonsense\">x</a>", vec![p([t("x")])]),
        (
            "<a href=\"https://matrix.to/#/!room:a.example/$event?via=b.example\">there</a>",
            vec![p([Inline::Place(Place {
                room: Id::Matrix("!room:a.example".into()),
                message: Some("$event".into()),
                via: vec!["b.example".into()],
                name: "there".into(),
            })])],
        ),
    ];
    for (html, expected) in cases {
        assert_eq!(read(html), expected, "{html}");
    }
}

#[test]
fn blocks_are_read() {
    let list = |start, items: Vec<Vec<Block>>| Block::List { start, items };
    let cases: Vec<(&str, Vec<Block>)> = vec![
        ("", vec![]),
        ("<p>a</p>\n<p>b<p>c", vec![p([t("a")]), p([t("b")]), p([t("c")])]),
        (
            "<div>a</div><div>b<div>c</div></div>d",
            vec![p([t("a"), Inline::Break, t("b"), Inline::Break, t("c"), Inline::Break, t("d")])],
        ),
        (
            "<h1>a</h1>b<h6><i>c</i></h6>",
            vec![
                Block::Heading { level: 1, text: vec![t("a")] },
                p([t("b")]),
                Block::Heading { level: 6, text: vec![Inline::italic([t("c")])] },
            ],
        ),
        (
            "<blockquote><p>a</p><blockquote>b</blockquote></blockquote>c",
            vec![Block::Quote(vec![p([t("a")]), Block::Quote(vec![p([t("b")])])]), p([t("c")])],
        ),
        (
            "<ul>\n<li>a</li>\n<li><p>b</p><p>c</p></li></ul>",
            vec![list(None, vec![vec![p([t("a")])], vec![p([t("b")]), p([t("c")])]])],
        ),
        (
            "<ol start=\"7\"><li>a<ul><li>b<li>c</ul><li>d</ol>e",
            vec![
                list(
                    Some(7),
                    vec![vec![p([t("a")]), list(None, vec![vec![p([t("b")])], vec![p([t("c")])]])], vec![p([t("d")])]],
                ),
                p([t("e")]),
            ],
        ),
        (
            "<ul><li>a</li><ul><li>b</li></ul></ul>",
            vec![list(None, vec![vec![p([t("a")]), list(None, vec![vec![p([t("b")])]])]])],
        ),
        ("<li>a</li><li>b</li>", vec![list(None, vec![vec![p([t("a")])], vec![p([t("b")])]])]),
    ];
    for (html, expected) in cases {
        assert_eq!(read(html), expected, "{html}");
    }
}

#[test]
fn code_tables_and_details_are_read() {
    let list = |start, items: Vec<Vec<Block>>| Block::List { start, items };
    let code =
        |language: Option<&str>, text: &str| Block::Code { language: language.map(str::to_owned), text: text.into() };
    let cases: Vec<(&str, Vec<Block>)> = vec![
        (
            "<pre><code class=\"x language-rust\">\nfn a() {\n  b &amp;&amp; c\n}\n</code></pre>",
            vec![code(Some("rust"), "fn a() {\n  b && c\n}")],
        ),
        ("<pre>a<br><b>b</b></pre><pre></pre>", vec![code(None, "a\nb")]),
        ("a<hr>b", vec![p([t("a")]), Block::Rule, p([t("b")])]),
        (
            "<details><summary><h3>more</h3></summary><p>a</p><ul><li>b</li></ul></details>",
            vec![Block::Details {
                summary: vec![t("more")],
                body: vec![p([t("a")]), list(None, vec![vec![p([t("b")])]])],
            }],
        ),
        ("<div data-mx-maths=\"a+b\"><div>x</div></div>c", vec![code(Some("latex"), "a+b"), p([t("c")])]),
        (
            "<b>a<p>b</p>c</b>d",
            vec![p([Inline::bold([t("a")])]), p([Inline::bold([t("b")])]), p([Inline::bold([t("c")]), t("d")])],
        ),
        (
            "<table><caption>T</caption><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><b>2</b><p>3</p></td></tr>\
             <tr><td>4<td>5</table>x",
            vec![
                p([t("T")]),
                Block::Table {
                    head: vec![vec![t("a")], vec![t("b")]],
                    rows: vec![
                        vec![vec![t("1")], vec![Inline::bold([t("2")]), Inline::Break, t("3")]],
                        vec![vec![t("4")], vec![t("5")]],
                    ],
                },
                p([t("x")]),
            ],
        ),
        (
            "<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table>d</td><td>e</td></tr></table>",
            vec![Block::Table {
                head: vec![],
                rows: vec![vec![
                    vec![t("a"), Inline::Break, t("b"), Inline::Break, t("c"), Inline::Break, t("d")],
                    vec![t("e")],
                ]],
            }],
        ),
    ];
    for (html, expected) in cases {
        assert_eq!(read(html), expected, "{html}");
    }
}

#[test]
fn a_body_is_taken_literally() {
    let doc = Doc::from_matrix("<b>*a*</b>\r\nhttps://a.example/_b_ c", None, false);
    let expected = [t("<b>*a*</b>"), Inline::Break, Inline::url("https://a.example/_b_"), t(" c")];
    assert_eq!(doc.blocks, [p(expected)]);
    assert_eq!(Doc::from_matrix("body", Some("<mx-reply>x</mx-reply> <br>"), false), Doc::text("body"));
}

#[test]
fn the_room_is_called_only_when_the_event_says_so() {
    for html in [None, Some("<b>hi @room!</b>")] {
        let doc = Doc::from_matrix("hi @room!", html, true);
        assert!(doc.to_matrix().calls_room);
        assert!(!Doc::from_matrix("hi @room!", html, false).to_matrix().calls_room);
    }
}

#[test]
fn hostile_markup_is_read_in_one_pass() {
    let many = |piece: &str| piece.repeat(65_536 / piece.len());
    let distinct: String = (0..20_000).map(|n| format!(" a{n}")).collect();
    let cases = [
        many("<b>"),
        many("<b><i>"),
        many("<div>"),
        many("<blockquote>"),
        many("<ul><li>"),
        many("<table><tr><td>"),
        many("<b></i>"),
        many("<p><a href=\"https://a.example/\">"),
        many("</p>"),
        many("<br>"),
        many("a<br>"),
        many("<span data-mx-spoiler>"),
        many("<details><summary>"),
        many("<"),
        many("&"),
        many("&lt"),
        many("<!--"),
        many("http://"),
        many("<pre>"),
        many("<code>"),
        format!("<a{distinct}>x"),
        format!("<a b=\"{}", many("c")),
        many("<mx-reply>"),
        many("<li><b>"),
    ];
    for html in cases {
        let doc = Doc::from_html(&html);
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc, "{}", &html[..30]);
        assert!(doc.to_matrix().body.len() <= 4 * html.len());
    }
}

#[test]
fn the_deepest_text_can_be_stored() {
    let styles = "<b><i><u><s><small><a href=\"https://a.example/\"><span data-mx-spoiler=\"x\">";
    let html = format!("{}{styles}deep", "<ul><li>".repeat(200));
    let doc = Doc::from_html(&html);
    let json = serde_json::to_string(&doc).unwrap();
    assert_eq!(serde_json::from_str::<Doc>(&json).unwrap(), doc);
    assert!(doc.plain().contains("[Spoiler for x]"));
}

mod any {
    use proptest::prelude::*;

    use super::*;
    use crate::content::tests::docs;

    proptest! {
        #[test]
        fn nothing_panics(html in "(<[/a-z!]{0,6}( [a-z]{1,4}=\"?[a-z:/]{0,9}\"?)?>?|[ &;#\\PC]{1,5}){0,60}") {
            let doc = Doc::from_html(&html);
            prop_assert_eq!(doc.clone().tidy(), doc);
        }

        #[test]
        fn what_was_read_is_written_and_read_again(doc in docs()) {
            let once = Doc::from_html(&doc.to_html());
            let again = Doc::from_html(&once.to_html());
            prop_assert_eq!(&again, &once, "{}", once.to_html());
        }
    }
}
