//! What is stored, and when: albums over restarts, positions, polls, the move to a supergroup.

use std::sync::Arc;

use appservice_sdk::testing::Recorder;
use serde_json::{Value, json};

use super::*;
use crate::config::Config;
use crate::rest::{Pace, Rest};

const GROUP: i64 = -1_001_000_000_001;

/// A bridge whose Telegram cannot be reached: what comes in needs no answer.
async fn feed(recorder: &Arc<Recorder>) -> Feed {
    let config = Config::read(json!({"token": "1:x", "api_url": "http://127.0.0.1:9"})).unwrap();
    let rest = Arc::new(Rest::new(config.api(), &config.token, Pace::default()).unwrap());
    let me = serde_json::from_value(json!({"id": 99, "username": "causebot"})).unwrap();
    let shared = Shared::load(config, rest, recorder.remote(), me).await.unwrap();
    Feed::load(Arc::new(shared), Duration::ZERO).await.unwrap()
}

fn update(id: i64, kind: &str, more: Value) -> Value {
    let mut message = json!({"message_id": id, "date": 100, "chat": {"id": GROUP, "type": "supergroup", "title": "Harbour"},
        "from": {"id": 9, "first_name": "Ada"}});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"update_id": id, kind: message})
}

fn photo(id: i64) -> Value {
    update(
        id,
        "message",
        json!({"media_group_id": "g", "photo": [{"file_id": format!("f{id}"), "file_unique_id": format!("u{id}")}]}),
    )
}

fn text(id: i64, text: &str) -> Value {
    update(id, "message", json!({ "text": text }))
}

/// What was told, but for the chats themselves.
fn events(recorder: &Recorder) -> Vec<Incoming> {
    recorder.events().into_iter().filter(|event| !matches!(event.what, What::Found(_))).collect()
}

/// Messages by id and number of parts.
fn messages(recorder: &Recorder) -> Vec<(String, usize)> {
    let told = |event: Incoming| match event.what {
        What::Message { id, parts, .. } => Some((id.to_string(), parts.len())),
        _ => None,
    };
    recorder.events().into_iter().filter_map(told).collect()
}

fn recorder() -> Arc<Recorder> {
    Recorder::new(&[&GROUP.to_string()])
}

fn at(wanted: &[(&str, usize)]) -> Vec<(String, usize)> {
    wanted.iter().map(|(id, parts)| ((*id).to_owned(), *parts)).collect()
}

#[tokio::test]
async fn updates_are_stored_with_the_position_behind_them() {
    let recorder = recorder();
    let mut feed = feed(&recorder).await;
    feed.take(&[text(5, "a"), json!({"update_id": 6, "from_the_future": {}}), text(7, "b"), json!("nonsense")]).await;
    assert_eq!(messages(&recorder), at(&[("5", 1), ("7", 1)]));
    let position = recorder.remote().get::<Position>(POSITION).await.unwrap().unwrap();
    assert_eq!(position.offset, 8);
    feed.take(&[text(5, "a"), text(7, "b")]).await;
    assert_eq!(messages(&recorder).len(), 2, "what is told again is not doubled");
}

#[tokio::test]
async fn an_album_is_whole_when_something_else_comes() {
    let recorder = recorder();
    let mut feed = feed(&recorder).await;
    feed.take(&[photo(1), photo(2)]).await;
    feed.take(&[photo(3)]).await;
    assert_eq!(messages(&recorder), []);
    assert!(feed.is_waiting());
    feed.take(&[text(4, "nice")]).await;
    assert_eq!(messages(&recorder), at(&[("1", 3), ("4", 1)]));
    assert!(!feed.is_waiting());
}

#[tokio::test]
async fn an_album_is_whole_when_nothing_comes_any_more() {
    let recorder = recorder();
    let mut feed = feed(&recorder).await;
    feed.take(&[photo(1), photo(2)]).await;
    feed.settle(Instant::now()).await;
    assert_eq!(messages(&recorder), at(&[("1", 2)]));
}

#[tokio::test]
async fn an_album_is_whole_over_a_restart_wherever_it_is_interrupted() {
    let parts = [photo(1), photo(2), photo(3), photo(4)];
    for cut in 0..=parts.len() {
        let recorder = recorder();
        let mut former = feed(&recorder).await;
        for part in &parts[..cut] {
            former.take(std::slice::from_ref(part)).await;
        }
        drop(former);
        let mut next = feed(&recorder).await;
        // The last one may be told again: it was stored, and its confirmation lost.
        next.take(&parts[cut.saturating_sub(1)..]).await;
        next.settle(Instant::now()).await;
        assert_eq!(messages(&recorder), at(&[("1", 4)]), "{cut}");
        assert!(recorder.remote().get_all::<Value>("pending/").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_caption_changed_while_the_album_comes_in_is_told_once() {
    let recorder = recorder();
    let mut feed = feed(&recorder).await;
    feed.take(&[photo(1), photo(2)]).await;
    let mut changed = photo(1)["message"].clone();
    changed["caption"] = json!("new");
    feed.take(&[json!({"update_id": 3, "edited_message": changed})]).await;
    feed.settle(Instant::now()).await;
    let events = events(&recorder);
    let What::Message { parts, .. } = &events[0].what else { panic!("{events:?}") };
    assert_eq!(parts[0].doc().map(Doc::plain).as_deref(), Some("new"));
    assert_eq!(events.len(), 1);
}

#[tokio::test]
async fn albums_of_two_chats_do_not_mix() {
    let other: i64 = GROUP - 1;
    let recorder = Recorder::new(&[&GROUP.to_string(), &other.to_string()]);
    let mut feed = feed(&recorder).await;
    let mut there = photo(8);
    there["message"]["chat"]["id"] = json!(other);
    feed.take(&[photo(1), there, photo(2)]).await;
    feed.settle(Instant::now()).await;
    let mut told = messages(&recorder);
    told.sort();
    assert_eq!(told, at(&[("1", 2), ("8", 1)]));
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_moves_once() {
    let recorder = Recorder::new(&["-5"]);
    let mut feed = feed(&recorder).await;
    let old = json!({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": -5, "title": "H"}, "migrate_to_chat_id": GROUP}});
    feed.take(&[old, update(2, "message", json!({"migrate_from_chat_id": -5}))]).await;
    let moved: Vec<What> = events(&recorder).into_iter().map(|event| event.what).collect();
    assert_eq!(moved, [What::Moved { to: ChatId::new(GROUP.to_string()) }]);
    assert_eq!(feed.shared.today(-5), GROUP);
    let again = self::feed(&recorder).await;
    assert_eq!(again.shared.today(-5), GROUP, "it is remembered");
}

#[tokio::test]
async fn votes_and_the_end_of_a_poll_find_it() {
    let recorder = recorder();
    let mut feed = feed(&recorder).await;
    let poll = json!({"id": "p", "question": "Q", "options": [{"text": "a"}, {"text": "b"}]});
    let mut closed = poll.clone();
    closed["is_closed"] = json!(true);
    feed.take(&[
        update(1, "message", json!({ "poll": poll })),
        json!({"update_id": 2, "poll_answer": {"poll_id": "p", "user": {"id": 9, "first_name": "Ada"}, "option_ids": [1, 7]}}),
        json!({"update_id": 3, "poll": closed}),
        json!({"update_id": 4, "poll_answer": {"poll_id": "unknown", "user": {"id": 9}, "option_ids": [0]}}),
    ])
    .await;
    let told: Vec<What> = events(&recorder).into_iter().skip(1).map(|event| event.what).collect();
    let poll = MessageId::new("1");
    assert_eq!(told, [What::Vote { poll: poll.clone(), answers: vec!["1".into()] }, What::PollEnd { poll }]);
}

#[tokio::test]
async fn a_reaction_in_a_forum_finds_its_topic() {
    let topic = format!("{GROUP}/2");
    let recorder = Recorder::new(&[&GROUP.to_string(), &topic]);
    let mut feed = feed(&recorder).await;
    let said = update(
        7,
        "message",
        json!({"text": "x", "is_topic_message": true, "message_thread_id": 2,
        "chat": {"id": GROUP, "title": "F", "is_forum": true}}),
    );
    let reaction = json!({"update_id": 8, "message_reaction": {"chat": {"id": GROUP}, "message_id": 7, "date": 1,
        "user": {"id": 9, "first_name": "Ada"}, "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}]}});
    feed.take(&[said, reaction]).await;
    let chats: Vec<String> = events(&recorder).into_iter().map(|event| event.chat.to_string()).collect();
    assert_eq!(chats, [topic.clone(), topic]);
}

#[tokio::test]
async fn a_command_is_no_message() {
    let recorder = recorder();
    let mut feed = feed(&recorder).await;
    feed.take(&[text(1, "/matrix info"), text(2, "/matrix@other info"), text(3, "/start")]).await;
    assert_eq!(messages(&recorder), at(&[("2", 1), ("3", 1)]));
}
