//! The bridge dies at every commit of a story, comes back, and nothing is lost, doubled or out of order.

use std::time::{Duration, Instant};

use serde_json::json;

use super::polls::{tea, vote};
use crate::{
    engine::poll,
    network::What,
    testing::{
        SendFault,
        world::{ALICE, BOB, World},
    },
};

/// Tells a story again and again, dying one commit later each time, until the bridge survives it.
async fn die_everywhere(tell: impl Fn(&World), told: impl Fn(&World) -> Result<(), String>) {
    for commits in 0.. {
        let mut world = World::new().await;
        world.die_after(commits);
        tell(&world);
        let begun = Instant::now();
        let mut finished = false;
        while !world.is_dead() && !finished && begun.elapsed() < Duration::from_secs(20) {
            finished = told(&world).is_ok() && world.running().core.store.waiting().await.unwrap().count == 0;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Whatever else is in hand may go on until it, too, needs to commit.
        tokio::time::sleep(Duration::from_millis(30)).await;
        let died = world.is_dead();
        if died {
            world.restart().await;
        }
        let begun = Instant::now();
        while told(&world).is_err() && begun.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        world.settle().await;
        told(&world).unwrap_or_else(|why| panic!("after dying at commit {commits}: {why}"));
        world.kill().await;
        if !died {
            assert!(commits > 3, "the story commits nothing");
            return;
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found:?} is not {expected:?}")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_anywhere_loses_and_doubles_nothing_on_the_way_to_the_network() {
    die_everywhere(
        |world| {
            world.net.cut_at(3);
            world.home.say(ALICE, &world.room, "one");
            let long = world.home.say(ALICE, &world.room, "aaabbbccc");
            world.home.react(ALICE, &world.room, &long, "👍");
            world.home.react(BOB, &world.room, &long, "👍");
            world.home.edit(ALICE, &world.room, &long, "aaaBBBcccddd");
            world.home.say(BOB, &world.room, "end");
        },
        |world| {
            same(world.net.texts(), ["one", "aaa", "BBB", "ccc", "ddd", "end"].map(str::to_owned).to_vec())?;
            same(world.net.reactions().len(), 1)?;
            same(world.notices(), vec![])
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_anywhere_loses_and_doubles_nothing_on_the_way_to_matrix() {
    die_everywhere(
        |world| {
            let first = world.net.says("c", "b", "one");
            world.net.says("c", "d", "two");
            world.net.edits("c", "b", &first, "ONE");
            world.net.reacts("c", "d", &first, "👍", true);
            let gone = world.net.says("c", "b", "gone");
            world.net.deletes("c", &gone);
            world.net.says("c", "b", "end");
        },
        |world| {
            same(world.bodies(), ["one", "two", "* ONE", "end"].map(str::to_owned).to_vec())?;
            let timeline = world.home.timeline(&world.room);
            same(timeline.iter().filter(|event| event["type"] == "m.reaction").count(), 1)
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_anywhere_loses_no_vote() {
    die_everywhere(
        |world| {
            let event = world.home.send(ALICE, &world.room, poll::START, poll::write(&tea()));
            vote(world, ALICE, &event, "y");
            vote(world, BOB, &event, "n");
            vote(world, BOB, &event, "y");
            world.home.send(ALICE, &world.room, poll::END, poll::write_end(&event));
        },
        |world| {
            same(world.net.texts(), vec!["[poll: Tea?]".to_owned()])?;
            let state = world.net.messages().first().and_then(|message| world.net.poll_state(&message.id));
            same(state, Some((vec![("y".to_owned(), 2), ("n".to_owned(), 0)], true)))
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_anywhere_while_a_message_is_tried_again_doubles_nothing() {
    die_everywhere(
        |world| {
            world.net.fail([SendFault::Refuse("busy".into())]);
            let failed = world.home.say(ALICE, &world.room, "once");
            world.home.react(ALICE, &world.room, &failed, "🔁");
            world.home.say(ALICE, &world.room, "end");
        },
        |world| {
            let mut texts = world.net.texts();
            texts.sort();
            same(texts, ["end", "once"].map(str::to_owned).to_vec())
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_anywhere_loses_no_pin() {
    die_everywhere(
        |world| {
            let event = world.home.say(ALICE, &world.room, "one");
            world.home.set_state(ALICE, &world.room, "m.room.pinned_events", "", json!({ "pinned": [event] }));
            let theirs = world.net.says("c", "b", "theirs");
            world.net.happens("c", "b", What::Pin { id: theirs.as_str().into(), on: true });
        },
        |world| {
            let ours = world.net.messages().first().map(|message| message.id.clone()).unwrap_or_default();
            same(world.net.pins().first(), Some(&(ours, true)))?;
            let pinned = world.home.room_state(&world.room, "m.room.pinned_events", "").unwrap_or_default();
            same(pinned["pinned"].as_array().map(Vec::len), Some(2))
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_anywhere_while_a_room_is_made_makes_one_room_and_one_space() {
    die_everywhere(
        |world| {
            let direct = world.home.room(ALICE, &["@netbot:test"]);
            world.home.say(ALICE, &direct, "!net bridge d");
            world.net.says("c", "b", "one");
        },
        |world| {
            same(world.bodies(), vec!["one".to_owned()])?;
            let made = |spaces: bool| -> Vec<String> {
                let rooms = world.home.rooms(spaces).into_iter();
                rooms.filter(|room| world.home.room_state(room, "m.bridge", bridged(spaces)).is_some()).collect()
            };
            same((made(false).len(), made(true).len()), (1, 1))?;
            let room = made(false).remove(0);
            same(world.home.room_state(&made(true)[0], "m.space.child", &room).is_some(), true)?;
            let direct =
                world.home.rooms(false).into_iter().find(|id| *id != room && *id != world.room).unwrap_or_default();
            same(world.home.said(&direct).len(), 2)
        },
    )
    .await;
}

fn bridged(space: bool) -> &'static str {
    if space { "org.causeway://net/guild" } else { "org.causeway://net/d" }
}
