//! Cases for what deliver stores together, against a bridge that only remembers: incidents, storms, urgency, doublets.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use appservice_sdk::network::{Batch, FetchError, remote::Host};
use serde_json::{Value, json};

use super::*;
use crate::{agenda, config::Config, desk::House, timers};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Remembers what it is told, in one room.
#[derive(Default)]
struct Memory {
    told: Mutex<Vec<Incoming>>,
    values: Mutex<BTreeMap<String, Value>>,
}

impl Host for Memory {
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>> {
        self.told.lock().unwrap().extend(batch.events);
        let mut values = self.values.lock().unwrap();
        for (key, value) in batch.memory {
            match value {
                Some(value) => drop(values.insert(key, value)),
                None => drop(values.remove(&key)),
            }
        }
        Box::pin(async { Ok(()) })
    }
    fn recall<'a>(&'a self, key: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>> {
        let found = self.values.lock().unwrap().get(key).cloned();
        Box::pin(async move { Ok(found) })
    }
    fn recall_all<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>> {
        let values = self.values.lock().unwrap();
        let found = values.iter().filter(|(key, _)| key.starts_with(prefix));
        let found: Vec<(String, Value)> = found.map(|(key, value)| (key.clone(), value.clone())).collect();
        Box::pin(async move { Ok(found) })
    }
    fn chats(&self) -> Vec<LinkedChat> {
        vec![LinkedChat { chat: ChatId::new("!r:h"), room_id: "!r:h".to_owned() }]
    }
    fn last_seen<'a>(&'a self, _: &'a ChatId) -> Boxed<'a, Result<Option<MessageId>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
    fn known<'a>(&'a self, _: &'a ChatId, _: &'a [MessageId]) -> Boxed<'a, Result<Vec<MessageId>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn connection(&self, _: Option<String>) {}
    fn download<'a>(&'a self, _: &'a MediaRef) -> Boxed<'a, Result<MediaStream, FetchError>> {
        Box::pin(async { Err(FetchError::Missing) })
    }
    fn link<'a>(&'a self, _: &'a str, _: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        Box::pin(async { Ok(()) })
    }
    fn unlink<'a>(&'a self, _: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        Box::pin(async { Ok(()) })
    }
    fn resolve_room<'a>(&'a self, room: &'a str) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(async move { Ok(room.to_owned()) })
    }
    fn secret(&self, _: &str) -> [u8; 32] {
        [0; 32]
    }
}

struct World {
    memory: Arc<Memory>,
    desk: Desk,
    hook: Hook,
}

impl World {
    async fn new() -> Self {
        Self::with(json!({})).await
    }

    async fn with(section: Value) -> Self {
        let memory = Arc::new(Memory::default());
        let config = Config::read(section.as_object().unwrap()).ok().unwrap();
        let desk = Desk::new(Remote::new(memory.clone()), Arc::new(House::new(config)));
        let (hook, _) = hooks::new(&desk, "!r:h", "CI", ("@a:h", None)).await.unwrap();
        Self { memory, desk, hook }
    }

    async fn say(&self, text: &str, change: impl Fn(&mut Post)) -> Vec<String> {
        let mut post = Post { say: Doc::text(text), ..Post::default() };
        change(&mut post);
        accept(&self.hook, vec![post], &self.desk).await.unwrap().ids
    }

    /// What was told since the last time: kind, text, level, whether it stands in a thread.
    fn told(&self) -> Vec<(&'static str, String, u64, bool)> {
        let told: Vec<Incoming> = self.memory.told.lock().unwrap().drain(..).collect();
        let plain = |parts: &[Part]| parts[0].doc().unwrap().plain();
        let level = |event: &Incoming| event.extra.get(say::PRIORITY).and_then(Value::as_u64).unwrap_or_default();
        let shown = |event: &Incoming| match &event.what {
            What::Message { parts, thread, .. } => ("say", plain(parts), level(event), thread.is_some()),
            What::Edit { parts, .. } => ("edit", plain(parts), level(event), false),
            other => panic!("{other:?}"),
        };
        told.iter().map(shown).collect()
    }

    fn due(&self) -> Vec<String> {
        let values = self.memory.values.lock().unwrap();
        let due = values.keys().filter_map(|key| key.strip_prefix(agenda::PREFIX));
        due.map(|key| key.split_once('/').unwrap().0.to_owned()).collect()
    }
}

#[tokio::test]
async fn an_incident_is_one_message_that_is_kept_up_to_date() {
    let world = World::new().await;
    let disk = |post: &mut Post| post.key = Some("disk".into());
    world.say("disk 90 %", disk).await;
    assert_eq!(world.told(), [("say", "disk 90 %".to_owned(), 3, false)]);
    world.say("disk 91 %", disk).await;
    let told = world.told();
    assert_eq!((told[0].0, told[0].1.ends_with("told twice\n\ndisk 91 %")), ("edit", true), "{told:?}");
    assert_eq!(told[1], ("say", "disk 91 %".to_owned(), 1, true), "details are silent, in the thread");
    world
        .say("disk full", |post| {
            disk(post);
            post.severity = Some("critical".into());
        })
        .await;
    let told = world.told();
    assert_eq!((told[0].0, told[1].2, told[1].3), ("edit", 5, true), "it grew worse, and is heard: {told:?}");
    assert_eq!(world.due(), ["repeat"]);
    world
        .say("disk ok", |post| {
            disk(post);
            post.state = State::Resolved;
        })
        .await;
    let told = world.told();
    assert!(told[0].1.starts_with("✅ Resolved"), "{told:?}");
    assert_eq!(told[1], ("say", "disk ok".to_owned(), 1, true));
    assert!(world.due().is_empty(), "what is over repeats no more");
    world.say("disk 90 %", disk).await;
    assert_eq!(world.told(), [("say", "disk 90 %".to_owned(), 3, false)], "begun anew, it notifies anew");
}

#[tokio::test]
async fn the_same_message_is_taken_once_and_answered_with_the_same_id() {
    let world = World::new().await;
    let same = |post: &mut Post| post.dedupe = Some("run 7".into());
    let first = world.say("built", same).await;
    assert_eq!(world.say("built", same).await, first);
    assert_eq!(world.told().len(), 1);
    let posts = || Post { dedupe: Some("run 8".into()), say: Doc::text("x"), ..Post::default() };
    let ids = accept(&world.hook, vec![posts(), posts()], &world.desk).await.unwrap().ids;
    assert_eq!(ids[0], ids[1], "also within one request");
}

#[tokio::test]
async fn a_storm_is_folded_and_what_is_urgent_is_not() {
    let world = World::new().await;
    for number in 0..30 {
        world.say(&format!("alert {}", number % 3), |_| ()).await;
    }
    world.say("fire", |post| post.priority = Some(crate::post::Priority::Urgent)).await;
    let told = world.told();
    assert_eq!(told.len(), 32, "30 messages, an urgent one, and the digest");
    assert!(told[..20].iter().all(|(_, _, level, thread)| *level == 3 && !thread));
    assert!(told[20].1.starts_with("🌩") && told[20].2 == 3, "{:?}", told[20]);
    assert!(told[21..31].iter().all(|(_, _, level, thread)| *level == 1 && *thread), "{told:?}");
    assert_eq!(told[31], ("say", "fire".to_owned(), 5, false));
    let now = Timestamp::now().0;
    storm::fire(&world.desk, &world.hook.id, now).await.unwrap();
    let told = world.told();
    assert!(told[0].0 == "edit" && told[0].1.contains("10 messages in"), "{told:?}");
    storm::fire(&world.desk, &world.hook.id, now + 120_000).await.unwrap();
    assert!(world.told()[0].1.starts_with("🌤"));
    assert_eq!(world.due(), ["repeat"]);
}

#[tokio::test]
async fn what_is_urgent_repeats_until_somebody_answers() {
    let world = World::new().await;
    world.desk.put(&say::on_call_key("!r:h"), &["@a:h"]).await.unwrap();
    let id = world.say("fire", |post| post.priority = Some(crate::post::Priority::Urgent)).await.remove(0);
    let mentions = world.memory.told.lock().unwrap()[0].extra["m.mentions"].clone();
    assert_eq!(mentions, json!({ "user_ids": ["@a:h"] }));
    world.told();
    let now = Timestamp::now().0;
    urgent::fire(&world.desk, &id, now + urgent::EVERY).await.unwrap();
    let told = world.told();
    assert!(told[0].1.starts_with("⏰ Nobody has answered for 5 min: fire") && told[0].2 == 5, "{told:?}");
    assert!(urgent::acknowledge(&world.desk, &format!("{id}~1"), Some("Ann")).await.unwrap());
    assert_eq!(world.told()[0].1, "👀 Acknowledged by Ann; I no longer repeat this.");
    assert!(world.due().is_empty());
    urgent::fire(&world.desk, &id, now).await.unwrap();
    assert!(world.told().is_empty() && !urgent::acknowledge(&world.desk, &id, None).await.unwrap());
}

#[tokio::test]
async fn a_missing_heartbeat_is_told_and_our_own_absence_is_forgiven() {
    let world = World::new().await;
    heartbeat::ping(&world.desk, &world.hook, "backup", Ping::Success, "").await.unwrap();
    assert!(world.told().is_empty());
    let name = format!("{}/backup", world.hook.id);
    let late = Timestamp::now().0 + 26 * 3_600_000;
    // The bridge was last at work ten minutes before now.
    world.desk.put("alive", &(Timestamp::now().0 - 600_000)).await.unwrap();
    timers::resume(&world.desk).await.unwrap();
    let extended = heartbeat::find(&world.desk, &world.hook, "backup").await.unwrap().unwrap().extended;
    assert!((600_000..700_000).contains(&extended), "{extended}");
    heartbeat::fire(&world.desk, &name, late).await.unwrap();
    let told = world.told();
    assert!(told[0].1.starts_with("🔴 backup is missing") && told[0].1.contains("I was away myself"), "{told:?}");
    assert!(world.due().is_empty());
    heartbeat::ping(&world.desk, &world.hook, "backup", Ping::Success, "").await.unwrap();
    assert!(world.told()[0].1.starts_with("🟢 backup is back"));
}

#[tokio::test]
async fn a_hook_that_only_beats_shows_nothing() {
    let world = World::new().await;
    let beats = Hook { beats: true, ..world.hook.clone() };
    accept(&beats, vec![Post { say: Doc::text("Watchdog"), ..Post::default() }], &world.desk).await.unwrap();
    assert!(world.told().is_empty());
    assert_eq!(world.due(), ["beat"]);
}

#[tokio::test]
async fn what_nobody_answers_goes_another_way_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let script = format!("cat >> {}", out.display());
    let world = World::with(json!({ "fallback": { "after": "1s", "high": ["way"], "routes": {
        "way": { "kind": "command", "run": ["sh", "-c", script] },
    } } }))
    .await;
    let id = world.say("disk", |post| post.priority = Some(crate::post::Priority::High)).await.remove(0);
    assert_eq!(world.due(), ["fallback"]);
    let written = || std::fs::read_to_string(&out).unwrap_or_default();
    fallback::fire(&world.desk, &id, Timestamp::now().0).await.unwrap();
    for _ in 0..500 {
        if !written().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for _ in 0..500 {
        fallback::fire(&world.desk, &id, Timestamp::now().0).await.unwrap();
        if world.due().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let told = written();
    assert_eq!(told.matches("CI: disk").count(), 1, "{told}");
    assert!(world.due().is_empty());
}

#[tokio::test]
async fn only_abuse_is_refused() {
    let world = World::new().await;
    let posts = (0..1300).map(|_| Post { say: Doc::text("x"), ..Post::default() }).collect();
    assert!(matches!(accept(&world.hook, posts, &world.desk).await, Err(Refusal::TooMany(_))));
    assert!(world.told().is_empty(), "a refused request leaves nothing");
}
