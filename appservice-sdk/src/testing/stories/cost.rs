//! What a message costs, in transactions of the bridge's database.

use std::sync::atomic::Ordering;

use crate::testing::{
    eventually,
    world::{ALICE, World},
};

const PLENTY: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_costs_three_transactions_out_and_two_in() {
    let world = World::new().await;
    eventually("the chat's container is known", || world.running().core.portals.parent_of("c")).await;
    // The first message of each registers a ghost and lets it in.
    world.home.say(ALICE, &world.room, "first");
    world.net.says("c", "b", "first");
    eventually("both crossed", || (world.bodies().len() == 2 && world.net.texts().len() == 1).then_some(())).await;
    world.settle().await;
    let fuse = &world.running().core.store.fuse;
    let spent = || PLENTY - fuse.swap(PLENTY, Ordering::SeqCst);
    spent();
    for number in 0..5 {
        world.home.say(ALICE, &world.room, &format!("{number}"));
        world.settle().await;
    }
    let out = spent();
    for number in 0..5 {
        let count = world.bodies().len();
        world.net.says("c", "b", &format!("{number}"));
        eventually("it crossed", || (world.bodies().len() > count).then_some(())).await;
        world.settle().await;
    }
    let home = spent();
    // Out: stored, journaled, done. In: stored, done; what the homeserver echoes of it costs nothing.
    assert!(out <= 15, "{out} transactions for 5 messages");
    assert!(home <= 10, "{home} transactions for 5 messages");
}
