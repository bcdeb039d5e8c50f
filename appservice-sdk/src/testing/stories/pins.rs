use serde_json::{Value, json};

use crate::{
    network::{MediaRef, PackImage, What},
    testing::{
        eventually,
        world::{ALICE, BOT, World},
    },
};

fn pinned(world: &World) -> Vec<String> {
    let state = world.home.room_state(&world.room, "m.room.pinned_events", "").unwrap_or_default();
    serde_json::from_value(state["pinned"].clone()).unwrap_or_default()
}

fn pin(world: &World, events: &[&str]) {
    world.home.set_state(ALICE, &world.room, "m.room.pinned_events", "", json!({ "pinned": events }));
}

/// The event that says this.
fn event(world: &World, text: &str) -> Option<String> {
    let timeline = world.home.timeline(&world.room);
    let found = timeline.iter().find(|event| event["content"]["body"] == text)?;
    Some(found["event_id"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_go_both_ways_and_do_not_come_back() {
    let world = World::new().await;
    let first = world.net.says("c", "b", "first");
    let second = world.net.says("c", "b", "second");
    let (one, two) = eventually("both are there", || event(&world, "first").zip(event(&world, "second"))).await;
    pin(&world, &["$other", &one]);
    world.settle().await;
    assert_eq!(world.net.pins(), [(first.clone(), true)], "what the network does not know is not told");
    // Its echo, and news.
    world.net.happens("c", "b", What::Pin { id: first.as_str().into(), on: true });
    world.net.happens("c", "b", What::Pin { id: second.as_str().into(), on: true });
    eventually("the second is pinned", || (pinned(&world) == ["$other", &one, &two]).then_some(())).await;
    world.net.happens("c", "b", What::Pins { ids: vec![second.as_str().into()] });
    eventually("the first is not pinned any more", || (pinned(&world) == ["$other", &two]).then_some(())).await;
    world.settle().await;
    assert_eq!(world.net.pins().len(), 1, "nothing comes back");
    pin(&world, &["$other"]);
    world.settle().await;
    assert_eq!(world.net.pins().last(), Some(&(second, false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn ghosts_get_their_power_but_not_more_than_the_bot() {
    let world = World::new().await;
    let power = |who: &str, level: i64| world.net.happens("c", who, What::Power { level });
    power("b", 40);
    power("d", 100);
    power("e", 0);
    let users = || world.home.room_state(&world.room, "m.room.power_levels", "").unwrap()["users"].clone();
    let given = json!({ ALICE: 100, BOT: 50, "@net_b:test": 40, "@net_d:test": 50 });
    eventually("they have it", || (users() == given).then_some(())).await;
    power("b", 0);
    let taken = json!({ ALICE: 100, BOT: 50, "@net_d:test": 50 });
    eventually("it is taken away", || (users() == taken).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emoji_of_a_chat_are_a_pack_and_are_found_back_in_texts() {
    let world = World::new().await;
    let image = |name: &str, sticker| PackImage {
        name: name.into(),
        file: MediaRef::remote(format!("emoji:{name}")).with_id(format!("emoji:{name}")),
        sticker,
    };
    world.net.happens("c", "b", What::Pack { images: vec![image("parrot", false), image("wave", true)] });
    let pack = eventually("the pack is there", || {
        world.home.room_state(&world.room, "m.room.image_pack", "net.stickers")?;
        world.home.room_state(&world.room, "m.room.image_pack", "net")
    })
    .await;
    let mxc = pack["images"]["parrot"]["url"].as_str().unwrap();
    assert!(mxc.starts_with("mxc://"));
    world.settle().await;
    assert_eq!(world.home.room_state(&world.room, "im.ponies.room_emotes", "net"), Some(pack.clone()));
    let said = world.home.say(ALICE, &world.room, "hello");
    world.home.react(ALICE, &world.room, &said, mxc);
    world.settle().await;
    assert_eq!(world.net.reactions()[0].1, "parrot");
    world.net.happens("c", "b", What::Pack { images: Vec::new() });
    let empty = || world.home.room_state(&world.room, "m.room.image_pack", "net.stickers") == Some(json!({}));
    eventually("it is empty", || empty().then_some(())).await;
    let _: Value = pack;
}
