use super::*;
use crate::content::{Block, Id, Inline};

/// A measure with overhead for markup: HTML's length.
fn measure(doc: &Doc) -> usize {
    doc.to_html().chars().count()
}

fn text(doc: &Doc) -> String {
    doc.plain().split_whitespace().collect()
}

fn check(doc: &Doc, limit: usize) -> Vec<Doc> {
    let parts = split(doc.clone(), limit, measure);
    for part in &parts {
        assert!(measure(part) <= limit, "{} > {limit}: {part:?}", measure(part));
        assert!(!part.is_empty());
        assert_eq!(*part, part.clone().tidy());
    }
    parts
}

#[test]
fn a_text_that_fits_stays_whole() {
    let doc = Doc::text("one\ntwo");
    assert_eq!(split(doc.clone(), 11, measure), [doc]);
    assert!(split(Doc::default(), 10, measure).is_empty());
}

#[test]
fn paragraphs_come_before_lines_before_words_before_characters() {
    let cases: [(&str, &[&str]); 5] = [
        ("aaaa bbbb\ncccc dddd", &["aaaa bbbb", "cccc dddd"]),
        ("aaaa bbbb cccc dddd", &["aaaa bbbb", "cccc dddd"]),
        ("aaaaaaaaaabbbbbbbbbbcc", &["aaaaaaaaaa", "bbbbbbbbbb", "cc"]),
        ("a bbbbbbbbbbbbbbb", &["a bbbbbbbb", "bbbbbbb"]),
        ("aaaaaaaaae\u{301}b", &["aaaaaaaaa", "e\u{301}b"]),
    ];
    for (text, parts) in cases {
        let got: Vec<String> = split(Doc::text(text), 10, measure).iter().map(Doc::plain).collect();
        assert_eq!(got, parts, "{text}");
    }
    let two = Doc::text("aaa aaa").with(Block::Paragraph(vec![Inline::text("bb bb bb")]));
    let got: Vec<String> = split(two, 20, measure).iter().map(Doc::plain).collect();
    assert_eq!(got, ["aaa aaa", "bb bb bb"]);
}

#[test]
fn the_first_part_may_have_less_room() {
    let doc = Doc::text("aaa bbb ccc ddd");
    let got: Vec<String> =
        split_into(doc, |part| if part == 0 { 4 } else { 11 }, measure).iter().map(Doc::plain).collect();
    assert_eq!(got, ["aaa", "bbb ccc ddd"]);
}

#[test]
fn styles_quotes_and_code_go_on_in_the_next_part() {
    let doc = Doc::default()
        .with(Block::Quote(vec![Block::Paragraph(vec![Inline::bold([Inline::text("one two three four")])])]))
        .with(Block::Code { language: Some("rust".into()), text: "let a = 1;\nlet b = 2;\n\nlet c = 3;".into() });
    let parts = check(&doc, 75);
    let html: Vec<String> = parts.iter().map(Doc::to_html).collect();
    assert_eq!(
        html,
        [
            "<blockquote><strong>one two three four</strong></blockquote>",
            "<pre><code class=\"language-rust\">let a = 1;\nlet b = 2;\n</code></pre>",
            "<pre><code class=\"language-rust\">let c = 3;\n</code></pre>",
        ]
    );
    let parts = check(&doc, 60);
    assert_eq!(parts[0].to_html(), "<blockquote><strong>one two three four</strong></blockquote>");
    let parts = check(&Doc { blocks: doc.blocks[..1].to_vec() }, 55);
    assert_eq!(parts[1].to_html(), "<blockquote><strong>four</strong></blockquote>");
}

#[test]
fn numbers_of_a_list_go_on() {
    let item = |text: &str| vec![Block::Paragraph(vec![Inline::text(text)])];
    let doc =
        Doc::default().with(Block::List { start: Some(3), items: vec![item("aaaa"), item("bbbb"), item("cccc")] });
    let html: Vec<String> = check(&doc, 45).iter().map(Doc::to_html).collect();
    assert_eq!(html, ["<ol start=\"3\"><li>aaaa</li><li>bbbb</li></ol>", "<ol start=\"5\"><li>cccc</li></ol>"]);
}

#[test]
fn what_is_too_long_to_stay_whole_is_taken_apart() {
    let long = "x".repeat(100);
    let cells = vec![vec![Inline::text(long.clone())], vec![Inline::text("y")]];
    let cases = [
        Doc::paragraph(vec![
            Inline::text("see "),
            Inline::url(format!("https://a.example/{long}")),
            Inline::text(" there"),
        ]),
        Doc::paragraph(vec![Inline::bold([Inline::link(format!("https://a.example/{long}"), [Inline::text("here")])])]),
        Doc::paragraph(vec![Inline::mention(Id::Remote("1".into()), long.clone())]),
        Doc::paragraph(vec![Inline::code(long.clone())]),
        Doc::default().with(Block::Table { head: vec![], rows: vec![cells] }),
        Doc::default().with(Block::Code { language: Some(long.clone()), text: "a".into() }),
    ];
    for doc in cases {
        let parts = check(&doc, 60);
        let together: String = parts.iter().map(text).collect();
        assert!(together.matches('x').count() >= 100 || text(&doc) == "a", "{doc:?}");
    }
}

#[test]
fn a_long_text_is_cut_in_reasonable_work() {
    let work = std::cell::Cell::new(0);
    let doc = Doc::text(&"word and *word* \n".repeat(4000));
    let size = doc.plain().len();
    let parts = split(doc, 2000, |doc| {
        let size = measure(doc);
        work.set(work.get() + size);
        size
    });
    assert!(parts.len() <= size / 1000);
    assert!(work.get() < size * 64, "{} for {size}", work.get());
}

mod any {
    use proptest::prelude::*;

    use super::*;
    use crate::content::tests::docs;

    /// All literal text. Addresses behind words are left out: they stand in each part that has some of the words.
    fn letters(doc: &Doc) -> String {
        let mut out = String::new();
        doc.visit(&mut |inline| match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            _ => {}
        });
        out.retain(char::is_alphabetic);
        out
    }

    proptest! {
        #[test]
        fn parts_fit_and_carry_the_whole_text(doc in docs(), limit in 300_usize..600) {
            let parts = split(doc.clone(), limit, measure);
            for part in &parts {
                prop_assert!(measure(part) <= limit, "{part:?}");
            }
            let together: String = parts.iter().map(letters).collect();
            prop_assert_eq!(together, letters(&doc.tidy()));
        }
    }
}
