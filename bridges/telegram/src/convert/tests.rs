//! Golden texts both ways, and what holds for any text.

use appservice_sdk::content::{CustomEmoji, Everyone, Id, Stamp};
use appservice_sdk::prelude::{Block, Doc, Inline};
use proptest::prelude::*;
use serde_json::{Value, json};
use teloxide::types::{MessageEntity, MessageEntityKind as Kind};

use super::*;

struct Harbour;

impl Names for Harbour {
    fn user(&self, username: &str) -> Option<(String, String)> {
        (username == "ada").then(|| ("9".to_owned(), "Ada L.".to_owned()))
    }
}

fn heard(text: &str, entities: Value) -> Doc {
    let entities: Vec<MessageEntity> = serde_json::from_value(entities).unwrap();
    read(text, &entities, &Harbour)
}

fn e(kind: &str, offset: usize, length: usize) -> Value {
    json!({ "type": kind, "offset": offset, "length": length })
}

fn line(inlines: Vec<Inline>) -> Doc {
    Doc::paragraph(inlines)
}

#[test]
fn every_kind_of_entity_is_read() {
    let t = Inline::text;
    let cases = [
        ("plain", json!([]), line(vec![t("plain")])),
        ("a b", json!([e("bold", 2, 1)]), line(vec![t("a "), Inline::bold([t("b")])])),
        ("😀 b", json!([e("italic", 3, 1)]), line(vec![t("😀 "), Inline::italic([t("b")])])),
        ("x", json!([e("underline", 0, 1)]), line(vec![Inline::Underline(vec![t("x")])])),
        ("x", json!([e("strikethrough", 0, 1)]), line(vec![Inline::Strike(vec![t("x")])])),
        ("x", json!([e("spoiler", 0, 1)]), line(vec![Inline::spoiler([t("x")])])),
        ("x", json!([e("code", 0, 1)]), line(vec![Inline::code("x")])),
        (
            "abc",
            json!([e("bold", 0, 3), e("italic", 1, 1)]),
            line(vec![Inline::bold([t("a"), Inline::italic([t("b")]), t("c")])]),
        ),
        ("abc", json!([e("italic", 0, 3), e("bold", 0, 3)]), line(vec![Inline::italic([Inline::bold([t("abc")])])])),
        (
            "see a.example",
            json!([e("url", 4, 9)]),
            line(vec![t("see "), Inline::link("https://a.example", [t("a.example")])]),
        ),
        ("https://a.example/", json!([e("url", 0, 18)]), line(vec![Inline::url("https://a.example/")])),
        (
            "x",
            json!([{"type": "text_link", "url": "https://a.example/", "offset": 0, "length": 1}]),
            line(vec![Inline::link("https://a.example/", [t("x")])]),
        ),
        ("x", json!([{"type": "text_link", "url": "tg://user?id=5", "offset": 0, "length": 1}]), line(vec![t("x")])),
        (
            "A",
            json!([{"type": "text_link", "url": "https://matrix.to/#/@a:b.example", "offset": 0, "length": 1}]),
            line(vec![Inline::mention(Id::Matrix("@a:b.example".into()), "A")]),
        ),
        (
            "Bob",
            json!([{"type": "text_mention", "user": {"id": 7, "is_bot": false, "first_name": "B"}, "offset": 0, "length": 3}]),
            line(vec![Inline::mention(Id::Remote("7".into()), "Bob")]),
        ),
        ("@ada", json!([e("mention", 0, 4)]), line(vec![Inline::mention(Id::Remote("9".into()), "Ada L.")])),
        ("@bob", json!([e("mention", 0, 4)]), line(vec![Inline::link("https://t.me/bob", [t("@bob")])])),
        (
            "#a $B /c",
            json!([e("hashtag", 0, 2), e("cashtag", 3, 2), e("bot_command", 6, 2)]),
            line(vec![t("#a $B /c")]),
        ),
        ("a@b.example", json!([e("email", 0, 11)]), line(vec![Inline::link("mailto:a@b.example", [t("a@b.example")])])),
        (
            "👍",
            json!([{"type": "custom_emoji", "custom_emoji_id": "55", "offset": 0, "length": 2}]),
            line(vec![Inline::Emoji(CustomEmoji {
                id: Some("55".into()),
                name: "👍".into(),
                mxc: None,
                animated: false,
            })]),
        ),
        ("a\nb", json!([]), line(vec![t("a"), Inline::Break, t("b")])),
    ];
    for (text, entities, wanted) in cases {
        assert_eq!(heard(text, entities.clone()), wanted, "{text} {entities}");
    }
}

#[test]
fn quotes_and_code_stand_on_lines_of_their_own() {
    let doc = heard(
        "a\nb c\nlet x;\nd",
        json!([e("blockquote", 2, 3), e("bold", 4, 1),
        {"type": "pre", "language": "rust", "offset": 6, "length": 6}]),
    );
    let wanted = Doc {
        blocks: vec![
            Block::Paragraph(vec![Inline::text("a")]),
            Block::Quote(vec![Block::Paragraph(vec![Inline::text("b "), Inline::bold([Inline::text("c")])])]),
            Block::Code { language: Some("rust".into()), text: "let x;".into() },
            Block::Paragraph(vec![Inline::text("d")]),
        ],
    };
    assert_eq!(doc, wanted);
    let long = heard("abc", json!([e("expandable_blockquote", 0, 3), e("pre", 1, 1)]));
    assert!(matches!(&long.blocks[..], [Block::Quote(inner)] if inner.len() == 3), "{long:?}");
}

#[test]
fn nonsense_loses_no_text() {
    let cases = [
        json!([e("bold", 5, 100), e("italic", 90, 3)]),
        json!([e("bold", 0, 4), e("italic", 2, 6)]),
        json!([e("bold", 1, 1), e("spoiler", 2, 1)]),
        json!([e("blockquote", 0, 6), e("blockquote", 2, 9), e("pre", 1, 3)]),
        json!([e("bold", 0, 0)]),
    ];
    for entities in cases {
        let plain = heard("😀bcd efg", entities.clone()).to_html();
        for c in ["😀", "b", "c", "d", "e", "f", "g"] {
            assert!(plain.contains(c), "{entities}: {plain}");
        }
    }
}

fn alice() -> Heading {
    Heading::new("{name}: ", "Alice", "@alice:test")
}

fn said(doc: &Doc) -> (String, Vec<(String, String)>) {
    let written = written(doc, &alice());
    let utf16: Vec<u16> = written.text.encode_utf16().collect();
    let at = |entity: &MessageEntity| {
        let piece = String::from_utf16(&utf16[entity.offset..entity.offset + entity.length]).unwrap();
        let kind = serde_json::to_value(&entity.kind).unwrap()["type"].as_str().unwrap().to_owned();
        (kind, piece)
    };
    let entities = written.entities.iter().map(at).collect();
    (written.text, entities)
}

#[test]
#[expect(clippy::too_many_lines, clippy::type_complexity, reason = "a table of cases")]
fn every_kind_of_markup_is_written() {
    let t = Inline::text;
    let cases: [(Doc, &str, &[(&str, &str)]); 15] = [
        (line(vec![t("hi")]), "Alice: hi", &[("bold", "Alice")]),
        (
            line(vec![t("😀 "), Inline::bold([t("b"), Inline::italic([t("c")])])]),
            "Alice: 😀 bc",
            &[("bold", "Alice"), ("bold", "bc"), ("italic", "c")],
        ),
        (
            line(vec![Inline::bold([t("a "), Inline::code("x"), t(" b")])]),
            "Alice: a x b",
            &[("bold", "Alice"), ("bold", "a "), ("code", "x"), ("bold", " b")],
        ),
        (
            line(vec![Inline::link("https://a.example/", [t("here")])]),
            "Alice: here",
            &[("bold", "Alice"), ("text_link", "here")],
        ),
        (line(vec![Inline::link("mailto:a@b", [t("here")])]), "Alice: here (mailto:a@b)", &[("bold", "Alice")]),
        (line(vec![Inline::url("https://a.example/")]), "Alice: https://a.example/", &[("bold", "Alice")]),
        (
            line(vec![Inline::mention(Id::Remote("9".into()), "Ada")]),
            "Alice: Ada",
            &[("bold", "Alice"), ("text_mention", "Ada")],
        ),
        (
            line(vec![Inline::mention(Id::Matrix("@b:x".into()), "Bob")]),
            "Alice: Bob",
            &[("bold", "Alice"), ("text_link", "Bob")],
        ),
        (line(vec![Inline::Everyone(Everyone::Room)]), "Alice: @\u{2060}room", &[("bold", "Alice")]),
        (
            line(vec![Inline::Spoiler { reason: Some("film".into()), text: vec![t("x")] }]),
            "Alice: (film) x",
            &[("bold", "Alice"), ("spoiler", "x")],
        ),
        (
            line(vec![Inline::Timestamp(Stamp { unix: 0, style: 'f' })]),
            "Alice: 1970-01-01 00:00 UTC",
            &[("bold", "Alice")],
        ),
        (
            Doc {
                blocks: vec![Block::Quote(vec![
                    Block::Paragraph(vec![t("q")]),
                    Block::Quote(vec![Block::Paragraph(vec![t("r")])]),
                ])],
            },
            "Alice:\nq\n> r",
            &[("bold", "Alice"), ("blockquote", "q\n> r")],
        ),
        (
            Doc {
                blocks: vec![
                    Block::Heading { level: 1, text: vec![t("H")] },
                    Block::List {
                        start: Some(3),
                        items: vec![
                            vec![
                                Block::Paragraph(vec![t("a")]),
                                Block::List { start: None, items: vec![vec![Block::Paragraph(vec![t("b")])]] },
                            ],
                            vec![Block::Paragraph(vec![t("c")])],
                        ],
                    },
                ],
            },
            "Alice:\nH\n3. a\n   • b\n4. c",
            &[("bold", "Alice"), ("underline", "H"), ("bold", "H")],
        ),
        (
            Doc {
                blocks: vec![Block::Table {
                    head: vec![vec![t("n")], vec![t("word")]],
                    rows: vec![vec![vec![t("10")], vec![t("x")]]],
                }],
            },
            "Alice:\nn  │ word\n───┼─────\n10 │ x",
            &[("bold", "Alice"), ("pre", "n  │ word\n───┼─────\n10 │ x")],
        ),
        (
            Doc {
                blocks: vec![Block::Details {
                    summary: vec![t("more")],
                    body: vec![Block::Code { language: Some("rs".into()), text: "x".into() }],
                }],
            },
            "Alice:\nmore\nx",
            &[("bold", "Alice"), ("bold", "more"), ("expandable_blockquote", "x"), ("pre", "x")],
        ),
    ];
    for (doc, text, entities) in cases {
        let (got, spans) = said(&doc);
        assert_eq!(got, text, "{doc:?}");
        let spans: Vec<(&str, &str)> = spans.iter().map(|(kind, piece)| (kind.as_str(), piece.as_str())).collect();
        assert_eq!(spans, entities, "{doc:?}");
    }
}

#[test]
fn a_name_is_nothing_to_click_on() {
    let cases = [
        ("@durov", "@\u{2060}durov"),
        ("t.me/x", "t.\u{2060}me/\u{2060}x"),
        ("/start", "/\u{2060}start"),
        ("a\nb", "a b"),
        ("\u{202e}evil", "evil"),
    ];
    for (name, wanted) in cases {
        assert_eq!(Heading::new("{name}: ", name, "@x:y").name, wanted);
    }
    let both = Heading::new("[{id}] {name} - ", "A", "@a:b");
    assert_eq!((both.before.as_str(), both.name.as_str(), both.after.as_str()), ("[", "@\u{2060}a:b", "] A - "));
    assert_eq!(Heading::new("", "A", "@a:b"), Heading::default());
}

#[test]
fn a_text_with_too_many_styles_is_cut() {
    let bolds = (0..250).flat_map(|n| [Inline::bold([Inline::text(n.to_string())]), Inline::text(" ")]).collect();
    let parts = write(&line(bolds), &alice(), |_| MAX_TEXT);
    assert!(parts.len() >= 3);
    assert!(parts.iter().all(|part| part.entities.len() <= MAX_ENTITIES));
}

/// What Telegram demands of every message.
fn check(written: &Written, limit: usize) {
    let utf16: Vec<u16> = written.text.encode_utf16().collect();
    assert!(utf16.len() <= limit, "{} units", utf16.len());
    assert!(written.entities.len() <= MAX_ENTITIES);
    let mut open: Vec<(usize, &Kind)> = Vec::new();
    for entity in &written.entities {
        let to = entity.offset + entity.length;
        assert!(entity.length > 0 && to <= utf16.len());
        assert!(String::from_utf16(&utf16[entity.offset..to]).is_ok(), "a character is cut");
        open.retain(|(end, _)| *end > entity.offset);
        for (end, outer) in &open {
            assert!(to <= *end, "two entities cross");
            assert!(!matches!(outer, Kind::Code | Kind::Pre { .. }), "something in code");
            let quote = |kind: &Kind| matches!(kind, Kind::Blockquote | Kind::ExpandableBlockquote);
            assert!(!quote(outer) || !quote(&entity.kind), "a quote in a quote");
            if matches!(entity.kind, Kind::Code | Kind::Pre { .. }) {
                assert!(quote(outer), "code in {outer:?}");
            }
        }
        open.push((to, &entity.kind));
    }
}

fn inline() -> impl Strategy<Value = Inline> {
    let leaf = prop_oneof![
        "[a-c😀é\n@./ ]{0,40}".prop_map(|text| Inline::text(text.replace('\n', " "))),
        "[a-z😀]{1,20}".prop_map(Inline::code),
        Just(Inline::Break),
        Just(Inline::Everyone(Everyone::Everyone)),
        "[a-z@]{0,6}".prop_map(|name| Inline::mention(Id::Remote("5".into()), name)),
        Just(Inline::Emoji(CustomEmoji { id: Some("5".into()), name: "👍".into(), mxc: None, animated: false })),
        Just(Inline::url("https://a.example/")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let list = prop::collection::vec(inner, 0..4);
        prop_oneof![
            list.clone().prop_map(Inline::Bold),
            list.clone().prop_map(Inline::Italic),
            list.clone().prop_map(|text| Inline::link("https://b.example/", text)),
            list.prop_map(Inline::spoiler),
        ]
    })
}

fn doc() -> impl Strategy<Value = Doc> {
    let text = || prop::collection::vec(inline(), 0..5);
    let leaf = prop_oneof![
        text().prop_map(Block::Paragraph),
        (1_u8..7, text()).prop_map(|(level, text)| Block::Heading { level, text }),
        "[a-c\n😀]{0,60}".prop_map(|text| Block::Code { language: None, text }),
        Just(Block::Rule),
        (text(), text()).prop_map(|(a, b)| Block::Table { head: vec![], rows: vec![vec![a, b]] }),
    ];
    let block = leaf.prop_recursive(3, 24, 4, |inner| {
        let list = prop::collection::vec(inner, 0..4);
        prop_oneof![
            list.clone().prop_map(Block::Quote),
            prop::collection::vec(list.clone(), 0..3).prop_map(|items| Block::List { start: Some(1), items }),
            list.prop_map(|body| Block::Details { summary: vec![Inline::text("s")], body }),
        ]
    });
    prop::collection::vec(block, 0..5).prop_map(|blocks| Doc { blocks })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_written_keeps_telegrams_rules(doc in doc(), limit in 60_usize..400) {
        for part in write(&doc, &alice(), |_| limit) {
            check(&part, limit);
        }
    }

    #[test]
    fn whatever_is_read_breaks_nothing(
        text in "[a-c😀é\n ]{0,30}",
        spans in prop::collection::vec((0_usize..40, 0_usize..40, 0_usize..8), 0..12),
    ) {
        let kinds = ["bold", "italic", "blockquote", "pre", "code", "spoiler", "url", "mention"];
        let entities: Vec<Value> = spans.iter().map(|(at, length, kind)| e(kinds[*kind], *at, *length)).collect();
        let html = heard(&text, json!(entities)).to_html();
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            prop_assert!(html.contains(c));
        }
        serde_json::to_string(&heard(&text, json!(entities))).unwrap();
    }

    #[test]
    fn simple_texts_come_back_as_they_were(words in prop::collection::vec(("[a-z😀]{1,6}", 0_u8..5), 1..12)) {
        let styled = |(word, style): &(String, u8)| match style {
            0 => Inline::text(format!("{word} ")),
            1 => Inline::bold([Inline::text(format!("{word}x"))]),
            2 => Inline::italic([Inline::text(format!("{word}x"))]),
            3 => Inline::code(format!("{word}x")),
            _ => Inline::spoiler([Inline::text(format!("{word}x"))]),
        };
        let doc = line(words.iter().map(styled).collect()).tidy();
        let out = written(&doc, &Heading::default());
        prop_assert_eq!(read(&out.text, &out.entities, &()), doc);
    }
}
