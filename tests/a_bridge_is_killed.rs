//! `kill -9`, fifty times, at random moments under load: the server, the bridge, or both. Whatever was acknowledged is in
//! the room and on Discord, once, and in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use simulators::discord::Snowflake;

use crate::town::{Person, SOON, Town};

const KILLS: u32 = 50;
/// How long everything may take to come to rest after the last kill.
const REST: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_processes_are_killed() {
    let mut town = Town::build().await;
    let alice = Arc::new(town.person("alice").await);
    let room = town.linked_room(&alice).await;
    let bob = town.stranger("bob");
    let over = Arc::new(AtomicBool::new(false));
    let talking = tokio::spawn(talk(alice.clone(), room.clone(), over.clone()));
    let answering = tokio::spawn(answer(town.discord.clone(), town.channel, bob, over.clone()));

    for kill in 0..KILLS {
        // Mostly while everything is still starting, now and then in the midst of its work.
        let calm = if kill % 4 == 0 { 3000 } else { 500 };
        tokio::time::sleep(Duration::from_millis(rand_below(calm))).await;
        match kill % 3 {
            0 => town.server.kill_bridge("discord").await,
            1 => {
                town.server.kill();
                town.server.start_again().await;
            }
            _ => {
                town.server.kill_bridge("discord").await;
                town.server.kill();
                town.server.start_again().await;
            }
        }
    }
    let crossed = town.on_discord().len();
    over.store(true, Ordering::Relaxed);
    let from_matrix = talking.await.unwrap();
    let from_discord = answering.await.unwrap();
    assert!(from_matrix > 100 && from_discord > 100, "too little was said: {from_matrix}, {from_discord}");
    assert!(crossed > 10, "nothing crossed while it was dangerous: {crossed}");
    eprintln!("{from_matrix} from Matrix, {from_discord} from Discord, {crossed} crossed before the last kill");
    in_the_end(&town, &alice, &room, from_matrix, from_discord).await;
}

/// Alice says numbers, one after the other, each until it is acknowledged. The answer is how many.
async fn talk(alice: Arc<Person>, room: String, over: Arc<AtomicBool>) -> usize {
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        alice.say(&room, &format!("alice {number}")).await;
        number += 1;
        tokio::time::sleep(Duration::from_millis(rand_below(100))).await;
    }
    number
}

/// Bob says numbers on Discord.
async fn answer(
    discord: simulators::discord::Discord,
    channel: Snowflake,
    bob: Snowflake,
    over: Arc<AtomicBool>,
) -> usize {
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        discord.say(channel, bob, &format!("bob {number}")).unwrap();
        number += 1;
        tokio::time::sleep(Duration::from_millis(rand_below(150))).await;
    }
    number
}

/// Waits until both sides show everything, and a little longer for what would be too much.
async fn in_the_end(town: &Town, alice: &Person, room: &str, from_matrix: usize, from_discord: usize) {
    let said = |who: &str, count: usize| (0..count).map(|number| format!("{who} {number}")).collect::<Vec<_>>();
    let on_discord = || {
        let shown = town.on_discord().into_iter().map(|(_, text)| text);
        shown.filter(|text| text.starts_with("alice ")).collect::<Vec<_>>()
    };
    let in_room = async |who: &str| {
        let said = alice.messages(room).await.into_iter().map(|said| said.text);
        said.filter(|text| text.starts_with(who)).collect::<Vec<_>>()
    };
    let rest = async {
        while on_discord().len() < from_matrix || in_room("bob ").await.len() < from_discord {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let rested = tokio::time::timeout(REST, rest).await;
    tokio::time::sleep(SOON / 10).await;
    assert_eq!(in_room("alice ").await, said("alice", from_matrix), "in the room, from Matrix");
    assert_eq!(in_room("bob ").await, said("bob", from_discord), "in the room, from Discord\n{}", town.server.log());
    assert_eq!(on_discord(), said("alice", from_matrix), "on Discord\n{}", town.server.log());
    assert!(rested.is_ok());
}

fn rand_below(limit: u64) -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(0) % limit
}
