//! Very many messages through Discord, bridge and server, and what that costs in memory. By hand, because it takes its
//! time: `CAUSEWAY_MESSAGES=1000000 cargo test --test main a_million -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use crate::town::{Person, SOON, Town, segment};

/// So many messages are said before the room must show some of them.
const AHEAD: usize = 500;
/// How often memory is read.
const READINGS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes as long as it is asked to"]
async fn a_million_messages_cross_and_memory_does_not_grow() {
    let count = std::env::var("CAUSEWAY_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_usize);
    let town = Town::build().await;
    let alice = town.person("alice").await;
    let room = town.linked_room(&alice).await;
    let bob = town.stranger("bob");
    let begun = Instant::now();
    let mut readings = Vec::new();
    eprintln!("messages    seconds   server KiB   bridge KiB");
    for number in 0..count {
        town.discord.say(town.channel, bob, &format!("bob {number}")).unwrap();
        if number % (AHEAD / 5) == 0 && number >= AHEAD {
            until_shown(&alice, &room, number - AHEAD).await;
        }
        if (number + 1) % (count / READINGS).max(1) == 0 {
            let (server, bridge) = town.server.memory("discord").await;
            eprintln!("{:>8} {:>10.1} {server:>12} {bridge:>12}", number + 1, begun.elapsed().as_secs_f64());
            readings.push((server, bridge));
        }
    }
    until_shown(&alice, &room, count - 1).await;
    eprintln!("all {count} crossed in {:.1} s", begun.elapsed().as_secs_f64());
    let said = alice.messages(&room).await.into_iter().map(|said| said.text).filter(|text| text.starts_with("bob "));
    assert!(said.eq((0..count).map(|number| format!("bob {number}"))), "once and in order");
    // Caches fill in the beginning; after the first quarter nothing may grow by more than a few pages of the allocator.
    let (early, late) = (readings[READINGS / 4], readings[readings.len() - 1]);
    assert!(late.0 < early.0 * 5 / 4 + 32_768, "the server grew: {readings:?}");
    assert!(late.1 < early.1 * 5 / 4 + 32_768, "the bridge grew: {readings:?}");
}

/// Waits until the room's newest message of Bob is at least this one.
async fn until_shown(alice: &Person, room: &str, number: usize) {
    let looking = async {
        while newest(alice, room).await.is_none_or(|newest| newest < number) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(SOON * 4, looking).await.is_ok(), "message {number} does not arrive");
}

async fn newest(alice: &Person, room: &str) -> Option<usize> {
    let page = alice.get(&format!("rooms/{}/messages?dir=b&limit=5", segment(room))).await;
    let texts = page["chunk"].as_array()?.iter().filter_map(|event| event["content"]["body"].as_str());
    let numbers = texts.filter_map(|text| text.strip_prefix("bob ")?.parse().ok());
    numbers.max()
}
