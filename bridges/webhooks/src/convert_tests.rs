//! Cases for whole messages.

use super::*;
use crate::post::{Card, Mentions};

#[test]
fn pictures_are_files_and_only_from_the_web() {
    let card = Card {
        images: vec![File::web("https://ci/7/graph.png?x"), File::web("file:///etc/passwd")],
        ..Card::default()
    };
    let parts = parts(&Post { say: Doc::text("Hello"), cards: vec![card], ..Post::default() });
    assert_eq!(parts.len(), 2);
    let Part::Media { file, kind, .. } = &parts[1] else { panic!("no picture") };
    assert_eq!((file.name.as_deref(), *kind), (Some("graph.png"), MediaKind::Image));
}

#[test]
fn a_text_too_long_for_one_event_is_cut() {
    for text in ["word ".repeat(20_000), "&".repeat(60_000), "<>\n".repeat(20_000)] {
        let parts = parts(&Post { say: Doc::text(&text), ..Post::default() });
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| weight(part.doc().unwrap()) <= LONGEST));
    }
}

#[test]
fn nobody_is_called_by_a_text() {
    let say = Doc::from_html(r#"<a href="https://matrix.to/#/@alice:example.org">Alice</a> @room"#);
    let post = Post { say, mentions: Mentions { room: true, people: vec!["@a:b".into()] }, ..Post::default() };
    let text = parts(&post)[0].doc().unwrap().to_matrix();
    assert!(text.mentions.is_empty() && !text.calls_room);
    assert!(text.body.contains("@Alice"), "{}", text.body);
}

#[test]
fn what_is_silent_is_a_notice() {
    let post = Post { say: Doc::text("psst"), silent: true, ..Post::default() };
    assert!(matches!(parts(&post).as_slice(), [Part::Notice(_)]));
}
