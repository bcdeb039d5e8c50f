//! Many messages through one bridge: what it remembers does not grow with them.
//!
//! `MESSAGES=1000000` in the environment makes it as many; the default is for every run of the tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use appservice_sdk::network::remote::Host;
use appservice_sdk::prelude::*;
use bridge_discord::DiscordNetwork;
use serde_json::{Value, json};
use simulators::discord::{Discord, Limits, Settings};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// From this many messages on, growth is measured.
const LONG: usize = 100_000;

/// A store that only counts.
struct Drain {
    chat: ChatId,
    messages: AtomicUsize,
}

impl Host for Drain {
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>> {
        let heard = batch.events.iter().filter(|event| matches!(event.what, What::Message { .. })).count();
        self.messages.fetch_add(heard, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
    fn recall<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
    fn recall_all<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn chats(&self) -> Vec<LinkedChat> {
        vec![LinkedChat { chat: self.chat.clone(), room_id: "!room:test".to_owned() }]
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
        [7; 32]
    }
}

/// Resident memory in MiB.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4096 / (1 << 20)
}

#[tokio::test]
async fn what_is_remembered_does_not_grow_with_the_messages() {
    let messages = std::env::var("MESSAGES").ok().and_then(|count| count.parse().ok()).unwrap_or(4000_usize);
    let settings = Settings {
        limits: Limits::off(),
        recorded: 0,
        kept_messages: 1000,
        replay: 1000,
        unfurl: false,
        ..Settings::default()
    };
    let discord = Discord::start(settings).await.unwrap();
    let guild = discord.guild("Harbour");
    let general = discord.text_channel(guild, "general").unwrap();
    let people: Vec<_> = (0..50).map(|n| discord.person(guild, &format!("person{n}")).unwrap()).collect();
    let store = Arc::new(Drain { chat: ChatId::new(general.to_string()), messages: AtomicUsize::new(0) });
    let section = json!({"token": discord.token(), "api_url": discord.url(), "cdn_url": discord.cdn_url()});
    let bridge = DiscordNetwork::open(section).unwrap().connect(Remote::new(store.clone())).await.unwrap();
    let heard = |wanted: usize| {
        let store = store.clone();
        async move {
            while store.messages.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    };
    let (mut half, began) = (0, resident());
    for said in 0..messages {
        let id =
            discord.say(general, people[said % people.len()], &format!("message {said} <:e{said}:{said}1>")).unwrap();
        match said % 10 {
            3 => discord.edit(general, id, "edited").unwrap(),
            5 => discord.react(general, id, people[0], "👍").unwrap(),
            7 => discord.delete(general, id).unwrap(),
            _ => {}
        }
        if said % 200 == 199 {
            tokio::time::timeout(Duration::from_secs(60), heard(said - 100)).await.unwrap();
        }
        if said == messages / 2 {
            half = resident();
        }
    }
    tokio::time::timeout(Duration::from_secs(60), heard(messages)).await.unwrap();
    let end = resident();
    println!("{messages} messages: {began} MiB at first, {half} MiB halfway, {end} MiB at the end");
    // A short run says nothing about growth, and shares its process with other tests.
    assert!(messages < LONG || end <= half + 16, "memory grew from {half} to {end} MiB");
    drop(bridge);
}
