//! From Matrix: what is done there is done on Telegram.

use std::sync::Arc;

use appservice_sdk::content::Id;
use appservice_sdk::prelude::*;
use simulators::telegram::model::Status;

use crate::harness::{House, Outcome};

#[tokio::test]
async fn a_text_says_who_speaks_and_keeps_its_markup() {
    let house = House::open().await;
    let ada = Inline::mention(Id::Remote(house.ada.to_string()), "Ada");
    let doc = Doc::paragraph(vec![Inline::text("hi "), ada, Inline::text(" 😀 "), Inline::bold([Inline::text("now")])]);
    house.send(house.parts(vec![Part::Text(doc)])).await;
    house.reads(&["Alice: hi Ada 😀 now"]).await;
    let line = house.telegram.transcript(house.group).pop().unwrap();
    let kinds: Vec<&str> = line.entities.iter().filter_map(|entity| entity["type"].as_str()).collect();
    assert_eq!(kinds, ["bold", "text_mention", "bold"]);
}

#[tokio::test]
async fn a_long_text_arrives_whole_in_pieces() {
    let house = House::open().await;
    let text = "wörd 😀 ".repeat(1500);
    let Outcome::Sent(sent) = house.send(house.message(text.trim())).await else { panic!() };
    assert!(sent.len() > 2);
    assert_eq!(house.spoken().join(" ").matches("wörd").count(), 1500);
}

#[tokio::test]
async fn edits_deletions_and_pins_are_done_and_may_be_repeated() {
    let house = House::open().await;
    let known = house.says("frist").await;
    for _ in 0..2 {
        let message = Arc::new(house.message("first"));
        let payload = house.bridge().plan(&message).unwrap().remove(0);
        house.bridge().edit(&Edit { target: known.clone(), payload, message }).await.unwrap();
        house.bridge().pin(&known, true).await.unwrap();
    }
    house.reads(&["Alice: first"]).await;
    assert!(house.telegram.transcript(house.group).iter().any(|line| line.pinned));
    for _ in 0..2 {
        house.bridge().pin(&known, false).await.unwrap();
    }
    for _ in 0..2 {
        house.bridge().delete(&known).await.unwrap();
    }
    house.reads(&[]).await;
}

#[tokio::test]
async fn the_latest_reaction_stands_and_only_it_is_taken_away() {
    let house = House::open().await;
    let id = house.telegram.say(house.group, house.ada, "hello").unwrap();
    let react = |emoji: &str| React { target: house.theirs(id), emoji: Emoji::unicode(emoji) };
    let shown = || house.telegram.transcript(house.group).into_iter().find(|line| line.id == id).unwrap().reactions;
    house.bridge().react(&react("👍")).await.unwrap();
    house.bridge().react(&react("❤️")).await.unwrap();
    assert_eq!(shown(), [("❤".to_owned(), 1)]);
    house.bridge().unreact(&react("👍")).await.unwrap();
    assert_eq!(shown().len(), 1);
    house.bridge().unreact(&react("❤️")).await.unwrap();
    assert!(shown().is_empty());
    let refused = house.bridge().react(&react("🦖")).await.unwrap_err();
    assert!(refused.to_string().contains("fixed list"), "{refused}");
}

#[tokio::test]
async fn files_and_places_cross() {
    let house = House::open().await;
    let file = house.file("text/plain", b"words");
    let caption = Some(Doc::text("read"));
    house.send(house.parts(vec![Part::Media { kind: MediaKind::File, file, caption }])).await;
    house.send(house.parts(vec![Part::Location { latitude: 1.5, longitude: 2.5, label: Some("Pier".into()) }])).await;
    house.reads(&["Alice: read", "Alice: Pier", ""]).await;
    let line = house.telegram.transcript(house.group).into_iter().find(|line| line.text == "Alice: read").unwrap();
    assert_eq!(line.media.as_ref().map(|(kind, _)| *kind), Some("document"));
    assert_eq!(house.telegram.bytes_of(house.group, line.id).as_deref(), Some(&b"words"[..]));
}

#[tokio::test]
async fn polls_are_voted_in_on_both_sides_and_end_together() {
    let house = House::open().await;
    let answers = ["a", "b"].map(|id| PollAnswer { id: format!("answer-{id}"), text: id.to_uppercase() }).to_vec();
    let poll = Poll { question: "Which?".into(), answers, max_choices: 1, hidden: false };
    let Outcome::Sent(sent) = house.send(house.parts(vec![Part::Poll(poll)])).await else { panic!() };
    let id: i32 = sent[0].id.as_str().parse().unwrap();
    house.telegram.vote(house.group, id, house.ada, &[1]).unwrap();
    let voted = house.store.sees(|what| match what {
        What::Vote { answers, .. } => Some(answers.clone()),
        _ => None,
    });
    assert_eq!(voted.await, ["answer-b"]);
    let counts = vec![("answer-a".to_owned(), 2), ("answer-b".to_owned(), 0)];
    let state = PollState { target: house.known(&sent[0]), counts, ended: true };
    for _ in 0..2 {
        house.bridge().poll(&state).await.unwrap();
    }
    let lines = house.spoken().into_iter().filter(|text| text.starts_with("Votes in Matrix")).collect::<Vec<_>>();
    assert_eq!(lines, ["Votes in Matrix (the poll is over): 1. 2 · 2. 0"]);
    assert_eq!(house.telegram.calls_to("stopPoll").len(), 2);
    assert!(house.telegram.vote(house.group, id, house.ada, &[0]).is_err(), "it is over there, too");
}

#[tokio::test]
async fn people_are_put_out_and_let_back() {
    let house = House::open().await;
    let bob = house.telegram.person("Bob", None);
    house.telegram.join(house.group, bob).unwrap();
    let order = |act| Moderate {
        chat: house.chat(),
        user: RemoteUserId::new(bob.to_string()),
        act,
        reason: None,
        by: "@alice:test".into(),
    };
    house.bridge().moderate(&order(Act::Ban)).await.unwrap();
    house.store.sees(|what| (*what == What::Member { joined: false }).then_some(())).await;
    let status = || house.telegram.member(house.group, bob).status;
    assert_eq!(status(), Status::Kicked, "a ban holds");
    house.bridge().moderate(&order(Act::Unban)).await.unwrap();
    house.telegram.join(house.group, bob).unwrap();
    house.bridge().moderate(&order(Act::Kick)).await.unwrap();
    assert_eq!(status(), Status::Left, "who was kicked may come back");
}

#[tokio::test]
async fn the_look_of_a_chat_is_told_and_changed() {
    let house = House::open().await;
    house.telegram.describe(house.group, "about ships").unwrap();
    let info = house.bridge().chat(&house.chat()).await.unwrap();
    assert_eq!((info.name.as_deref(), info.topic.as_deref()), (Some("Harbour"), Some("about ships")));
    assert_eq!(info.access, Access::Invited);
    let delta = ChatDelta { name: Some("Port".into()), topic: Some("about boats".into()), ..ChatDelta::default() };
    for _ in 0..2 {
        house.bridge().change(&house.chat(), &delta).await.unwrap();
    }
    let info = house.bridge().chat(&house.chat()).await.unwrap();
    assert_eq!((info.name.as_deref(), info.topic.as_deref()), (Some("Port"), Some("about boats")));
}
