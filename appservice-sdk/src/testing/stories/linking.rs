use serde_json::json;

use super::rooms::{answer, with_the_bot};
use crate::{
    network::FetchError,
    settings::{AutoCreate, Settings},
    testing::{
        eventually,
        world::{ALICE, BOB, BOT, World},
    },
};

/// A world in which nobody administers the bridge.
async fn without_admins(auto_create: AutoCreate) -> World {
    let mut world = World::new().await;
    world.settings = Settings { auto_create, ..Settings::default() };
    world.restart().await;
    world
}

/// The code in a sentence of the bot.
fn code(said: &str) -> String {
    said.split("/matrix link ").nth(1).unwrap().chars().take(9).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_from_the_chat_links_it_to_a_room_of_who_has_it() {
    let world = without_admins(AutoCreate::Off).await;
    let remote = world.net.remote().unwrap();
    assert!(matches!(remote.offer(&"c".into()).await, Err(FetchError::Refused(_))), "it is linked already");
    let code = remote.offer(&"d".into()).await.unwrap();
    let room = with_the_bot(&world, &[BOB]).await;
    world.home.say(BOB, &room, &format!("!net link {code}"));
    assert!(answer(&world, &room, 1).await.starts_with("Only who may change"));
    world.home.say(ALICE, &room, &format!("!net link {}", code.to_lowercase()));
    assert!(answer(&world, &room, 2).await.starts_with("Linked"));
    assert_eq!(world.running().core.portals.room_of("d"), Some(room));
    let other = with_the_bot(&world, &[BOB]).await;
    world.home.say(ALICE, &other, &format!("!net link {code}"));
    let said = answer(&world, &other, 1).await;
    assert!(said.starts_with("Somebody who manages"), "the code is used, and now the name of a chat: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_opens_no_chat_until_somebody_there_agrees() {
    let world = without_admins(AutoCreate::Off).await;
    let remote = world.net.remote().unwrap();
    let room = with_the_bot(&world, &[BOB]).await;
    world.home.say(ALICE, &room, "!net link d");
    let said = answer(&world, &room, 1).await;
    assert!(said.ends_with("I told the chat."), "{said}");
    assert_eq!(world.running().core.portals.room_of("d"), None);
    let code = code(&said);
    assert!(world.net.announced()[0].1.contains(&code) && world.net.announced()[0].0 == "d");
    world.home.say(ALICE, &room, "!net link d");
    assert!(answer(&world, &room, 2).await.starts_with("You asked for that already"));
    assert!(matches!(remote.accept("AAAA-AAAA", &"d".into()).await, Err(FetchError::Missing)));
    assert!(matches!(remote.accept(&code, &"e".into()).await, Err(FetchError::Refused(_))), "another chat");
    let linked = remote.accept(&code, &"d".into()).await.unwrap();
    assert_eq!(linked.room_id, room);
    assert!(answer(&world, &room, 3).await.starts_with("Linked"));
    assert!(matches!(remote.accept(&code, &"d".into()).await, Err(FetchError::Missing)), "a code is good once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_governs_the_room_no_more_is_linked_by_no_former_request() {
    let world = without_admins(AutoCreate::Off).await;
    let room = with_the_bot(&world, &[BOB]).await;
    world.home.say(ALICE, &room, "!net link");
    let code = code(&answer(&world, &room, 1).await);
    world.home.set_state(ALICE, &room, "m.room.power_levels", "", json!({ "users": { BOB: 100, BOT: 50 } }));
    world.settle().await;
    let refused = world.net.remote().unwrap().accept(&code, &"d".into()).await;
    assert!(matches!(refused, Err(FetchError::Refused(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_on_request_waits_for_the_chat_to_agree() {
    let world = without_admins(AutoCreate::Request).await;
    let direct = with_the_bot(&world, &[]).await;
    world.home.say(ALICE, &direct, "bridge d");
    let code = code(&answer(&world, &direct, 1).await);
    assert_eq!(world.running().core.portals.room_of("d"), None);
    let linked = world.net.remote().unwrap().accept(&code, &"d".into()).await.unwrap();
    let member = || world.home.room_state(&linked.room_id, "m.room.member", ALICE);
    eventually("who asked is invited", || member().filter(|member| member["membership"] == "invite")).await;
    world.home.say(ALICE, &direct, "bridge c");
    assert!(answer(&world, &direct, 2).await.starts_with("That chat has a room already"));
    let off = without_admins(AutoCreate::Off).await;
    let direct = with_the_bot(&off, &[]).await;
    off.home.say(ALICE, &direct, "bridge d");
    assert!(answer(&off, &direct, 1).await.starts_with("This bridge makes no rooms on request"));
}
