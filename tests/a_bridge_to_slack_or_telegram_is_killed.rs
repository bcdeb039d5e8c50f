//! `kill -9` at random moments, under load and with a network that fails now and then: the server, the bridge, or both.
//! On Slack everything is there once and in order. Telegram takes no key with a message, so that there a message may be
//! missing or unproven, but then its sender was told; nothing is ever doubled.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use simulators::{slack, telegram};

use crate::town::{Mole, Person, Quay, SOON, Town};

const KILLS: u32 = 12;
/// How long everything may take to come to rest after the last kill: both networks take one message a second.
const REST: Duration = Duration::from_secs(120);

/// What Alice said, with its event ids.
type Told = Vec<(String, String)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_shows_everything_once_though_processes_are_killed() {
    let quay = Quay::build().await;
    let (mut town, alice, room) = linked("slack", quay.section(), &quay.channel).await;
    for (seed, fault) in [slack::Fault::CutAfter, slack::Fault::InternalErrorAfter, slack::Fault::ServerErrorBefore]
        .into_iter()
        .enumerate()
    {
        quay.slack.inject(slack::Plan::new(fault, "chat.postMessage").chance(0.05, seed as u64));
    }
    let say = {
        let quay = (quay.slack.clone(), quay.channel.clone(), quay.ada.clone());
        move |text: &str| drop(quay.0.say(&quay.1, &quay.2, text).unwrap())
    };
    let (told, heard) = under_fire(&mut town, "slack", &alice, &room, say).await;
    quay.slack.clear_faults();
    let shown = || texts(quay.shown().into_iter().map(|(_, text)| text), "alice ");
    rest(&alice, &room, heard, || shown().len() >= told.len()).await;
    let said: Vec<String> = told.into_iter().map(|(text, _)| text).collect();
    assert_eq!(shown(), said, "on Slack\n{}", town.server.log());
    assert_eq!(in_room(&alice, &room, "ada ").await, numbers("ada", heard), "in the room\n{}", town.server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_doubles_nothing_and_loses_nothing_silently_when_processes_are_killed() {
    let mole = Mole::build().await;
    let (mut town, alice, room) = linked("telegram", mole.section(), &mole.group.to_string()).await;
    for (seed, fault) in [telegram::Fault::CutAfter, telegram::Fault::BadGatewayBefore].into_iter().enumerate() {
        mole.telegram.inject(telegram::Plan::new(fault, "sendMessage").chance(0.05, seed as u64));
    }
    mole.telegram.inject(telegram::Plan::new(telegram::Fault::UpdatesAgain(5), "getUpdates").chance(0.05, 7));
    let say = {
        let (telegram, group, ada) = (mole.telegram.clone(), mole.group, mole.ada);
        move |text: &str| {
            telegram.say(group, ada, text).unwrap();
        }
    };
    let (told, heard) = under_fire(&mut town, "telegram", &alice, &room, say).await;
    mole.telegram.clear_faults();
    let shown =
        || texts(mole.shown().iter().filter_map(|text| text.strip_prefix("alice: ").map(str::to_owned)), "alice ");
    let last = alice.say(&room, "alice and out").await;
    rest(&alice, &room, heard, || shown().contains(&"alice and out".to_owned())).await;
    let mut expected = Vec::new();
    let there = shown();
    for (text, event) in told.into_iter().chain([("alice and out".to_owned(), last)]) {
        if there.contains(&text) {
            expected.push(text);
        } else {
            assert!(alice.told_about(&room, &event).await, "{text} is lost and nobody says so\n{}", town.server.log());
        }
    }
    assert_eq!(there, expected, "once and in order on Telegram\n{}", town.server.log());
    assert_eq!(in_room(&alice, &room, "ada ").await, numbers("ada", heard), "in the room\n{}", town.server.log());
}

/// A town with one bridge more, Alice, and her room that is linked by it.
async fn linked(network: &str, section: serde_json::Value, chat: &str) -> (Town, Arc<Person>, String) {
    let town = Town::build_with(json!({ network: section })).await;
    let alice = Arc::new(town.person("alice").await);
    let asked = json!({ "name": "Harbour", "preset": "private_chat" });
    let room = alice.post("createRoom", asked).await["room_id"].as_str().unwrap().to_owned();
    town.link(&alice, &room, network, chat).await;
    (town, alice, room)
}

/// Both sides talk while processes are killed; what Alice said, and how much Ada did.
async fn under_fire(
    town: &mut Town,
    network: &str,
    alice: &Arc<Person>,
    room: &str,
    say: impl Fn(&str) + Send + 'static,
) -> (Told, usize) {
    let over = Arc::new(AtomicBool::new(false));
    let talking = tokio::spawn(talk(alice.clone(), room.to_owned(), over.clone()));
    let stop = over.clone();
    let answering = tokio::spawn(async move {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            say(&format!("ada {number}"));
            number += 1;
            tokio::time::sleep(Duration::from_millis(rand_below(200))).await;
        }
        number
    });
    for kill in 0..KILLS {
        let calm = if kill % 3 == 0 { 4000 } else { 1500 };
        tokio::time::sleep(Duration::from_millis(rand_below(calm))).await;
        if kill % 3 != 1 {
            town.server.kill_bridge(network).await;
        }
        if kill % 3 != 0 {
            town.server.kill();
            town.server.start_again().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    let (told, heard) = (talking.await.unwrap(), answering.await.unwrap());
    assert!(told.len() > 5 && heard > 50, "too little was said: {}, {heard}", told.len());
    (told, heard)
}

/// Alice says numbers, one after the other, each until it is acknowledged, not faster than the networks take them.
async fn talk(alice: Arc<Person>, room: String, over: Arc<AtomicBool>) -> Told {
    let mut told = Told::new();
    while !over.load(Ordering::Relaxed) {
        let text = format!("alice {}", told.len());
        let event = alice.say(&room, &text).await;
        told.push((text, event));
        tokio::time::sleep(Duration::from_millis(500 + rand_below(2000))).await;
    }
    told
}

/// Waits until both sides show everything, and a little longer for what would be too much.
async fn rest(alice: &Person, room: &str, heard: usize, arrived: impl Fn() -> bool) {
    let resting = async {
        while !arrived() || in_room(alice, room, "ada ").await.len() < heard {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let _ = tokio::time::timeout(REST, resting).await;
    tokio::time::sleep(SOON / 10).await;
}

async fn in_room(alice: &Person, room: &str, who: &str) -> Vec<String> {
    texts(alice.messages(room).await.into_iter().map(|said| said.text), who)
}

fn texts(all: impl Iterator<Item = String>, who: &str) -> Vec<String> {
    all.filter(|text| text.starts_with(who)).collect()
}

fn numbers(who: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{who} {number}")).collect()
}

fn rand_below(limit: u64) -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0) % limit
}
