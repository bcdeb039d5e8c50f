use serde_json::{Value, json};

use crate::{
    bridge::LinkConfig,
    network::{ChatDelta, What},
    testing::{
        eventually,
        world::{ALICE, BOB, BOT, World},
    },
};

pub(super) async fn answer(world: &World, room: &str, count: usize) -> String {
    eventually("the bot answers", || {
        let said = world.home.said(room);
        let answers: Vec<&String> = said.iter().filter(|(sender, _)| sender == BOT).map(|(_, body)| body).collect();
        answers.get(count - 1).map(|body| (*body).clone())
    })
    .await
}

/// A room of Alice, some others and the bot.
pub(super) async fn with_the_bot(world: &World, others: &[&str]) -> String {
    let room = world.home.room(ALICE, others);
    world.home.invite(&room, ALICE, BOT);
    eventually("the bot comes", || world.home.members(&room).contains(&BOT.to_owned()).then_some(())).await;
    room
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_room_of_two_the_bot_takes_commands() {
    let world = World::new().await;
    let direct = with_the_bot(&world, &[]).await;
    world.home.say(ALICE, &direct, "help");
    assert!(answer(&world, &direct, 1).await.contains("!net link"));
    world.home.say(ALICE, &direct, "list");
    assert_eq!(answer(&world, &direct, 2).await, format!("c general → {}", world.room));
    world.home.say(ALICE, &direct, "status");
    assert!(answer(&world, &direct, 3).await.starts_with("Connected to Net; 1 chats linked"));
    world.home.say("@eve:elsewhere", &direct, "status");
    assert_eq!(answer(&world, &direct, 4).await, "You are not allowed to use this bridge.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_linked_and_unlinked_by_who_governs_it() {
    let world = World::new().await;
    let room = with_the_bot(&world, &[BOB]).await;
    world.home.say(BOB, &room, "!net link d");
    assert!(answer(&world, &room, 1).await.starts_with("Only who may change"));
    world.home.say(ALICE, &room, "!net link missing");
    assert!(answer(&world, &room, 2).await.starts_with("There is no such chat"));
    world.home.say(ALICE, &room, "!net link c");
    assert!(answer(&world, &room, 3).await.starts_with("That chat is linked to"));
    world.home.say(ALICE, &room, "!net link d");
    assert!(answer(&world, &room, 4).await.starts_with("Linked"));
    world.home.say(ALICE, &room, "hello d");
    eventually("it is bridged", || world.net.messages().iter().any(|m| m.chat == "d").then_some(())).await;
    world.home.say(BOB, &room, "!net unlink");
    assert!(answer(&world, &room, 5).await.starts_with("Only who may change"));
    world.home.say(ALICE, &room, "!net unlink");
    assert_eq!(answer(&world, &room, 6).await, "No longer linked.");
    let count = world.net.messages().len();
    world.home.say(ALICE, &room, "alone again");
    world.settle().await;
    assert_eq!(world.net.messages().len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_gets_a_room_in_the_space_of_its_guild_and_its_asker_governs_it() {
    let mut world = World::new().await;
    let direct = with_the_bot(&world, &[]).await;
    world.home.say(ALICE, &direct, "bridge d");
    let said = answer(&world, &direct, 1).await;
    let room = said.rsplit('/').next().unwrap().to_owned();
    let text = |kind: &str, key: &str| world.home.room_state(&room, kind, key);
    assert_eq!(text("m.room.name", "").unwrap(), json!({ "name": "#d" }));
    assert_eq!(text("m.room.topic", "").unwrap(), json!({ "topic": "talk" }));
    assert_eq!(text("m.room.power_levels", "").unwrap()["users"], json!({ ALICE: 100, BOT: 100 }));
    assert_eq!(text("m.bridge", "org.causeway://net/d").unwrap()["channel"]["id"], "d");
    assert_eq!(text("m.room.member", ALICE).unwrap()["membership"], "invite");
    let spaces = world.home.rooms(true);
    let space = spaces.first().unwrap();
    assert_eq!(world.home.room_state(space, "m.room.name", "").unwrap(), json!({ "name": "Guild" }));
    assert_eq!(world.home.room_state(space, "m.space.child", &room).unwrap(), json!({ "via": ["test"] }));
    assert_eq!(world.home.room_state(space, "m.room.member", ALICE).unwrap()["membership"], "invite");
    assert_eq!(text("m.space.parent", space).unwrap(), json!({ "via": ["test"], "canonical": true }));
    world.restart().await;
    world.home.say(ALICE, &direct, "bridge d");
    assert_eq!(answer(&world, &direct, 2).await, said, "asking twice makes one room");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_follow_the_chat_until_a_person_chooses_one() {
    let world = World::new().await;
    let direct = with_the_bot(&world, &[]).await;
    world.home.say(ALICE, &direct, "bridge d");
    let room = answer(&world, &direct, 1).await.rsplit('/').next().unwrap().to_owned();
    let named = |name: &str| What::Chat(ChatDelta { name: Some(name.into()), ..ChatDelta::default() });
    let name = || world.home.room_state(&room, "m.room.name", "").unwrap()["name"].clone();
    world.net.happens("d", "b", named("second"));
    eventually("the name follows", || (name() == "second").then_some(())).await;
    world.home.set_state(ALICE, &room, "m.room.name", "", json!({ "name": "ours" }));
    world.settle().await;
    world.net.happens("d", "b", named("third"));
    world.net.says("d", "b", "after");
    eventually("it was handled", || (!world.home.said(&room).is_empty()).then_some(())).await;
    assert_eq!(name(), Value::from("ours"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_tells_its_health_and_links_to_whoever_has_the_token() {
    let world = World::new().await;
    world.net.says("c", "b", "one");
    world.home.say(ALICE, &world.room, "two");
    eventually("both crossed", || (world.bodies().len() == 2 && world.net.texts().len() == 1).then_some(())).await;
    world.settle().await;
    let base = format!("http://{}", world.running().address());
    let client = reqwest::Client::new();
    let token = world.home.registration().hs_token;
    let get = async |path: &str| -> Value {
        let answer = client.get(format!("{base}{path}")).bearer_auth(token.reveal()).send().await.unwrap();
        answer.json().await.unwrap()
    };
    assert_eq!(client.get(format!("{base}/_bridge/health")).send().await.unwrap().status(), 401);
    let health = get("/_bridge/health").await;
    assert_eq!(
        (&health["state"], &health["waiting"], &health["linked_chats"]),
        (&json!("connected"), &json!(0), &json!(1))
    );
    assert_eq!((&health["from_matrix"]["handled"], &health["from_remote"]["handled"]), (&json!(1), &json!(1)));
    assert_eq!(get("/_bridge/links").await, json!({ "links": [{ "chat": "c", "room_id": world.room }] }));
    let post = client.post(format!("{base}/_bridge/unlink")).bearer_auth(token.reveal()).json(&json!({ "chat": "c" }));
    assert_eq!(post.send().await.unwrap().json::<Value>().await.unwrap(), json!({ "unlinked": true }));
    let post = client.post(format!("{base}/_bridge/link")).bearer_auth(token.reveal());
    let body = json!({ "room": world.room, "chat": "e" });
    assert_eq!(post.json(&body).send().await.unwrap().json::<Value>().await.unwrap(), json!({ "room_id": world.room }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ghost_is_found_by_the_homeserver_if_the_network_knows_the_person() {
    let world = World::new().await;
    let base = format!("http://{}/_matrix/app/v1/users", world.running().address());
    let token = world.home.registration().hs_token;
    let client = reqwest::Client::new();
    for (user, status) in [("@net_b:test", 200), ("@net_missing:test", 404), ("@other:test", 404)] {
        let answer =
            client.get(format!("{base}/{}", user.replace('@', "%40"))).bearer_auth(token.reveal()).send().await;
        assert_eq!(answer.unwrap().status(), status, "{user}");
    }
    assert_eq!(world.home.profile("@net_b:test").0.as_deref(), Some("B"));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_the_configuration_come_and_go_with_it() {
    let mut world = World::new().await;
    let room = with_the_bot(&world, &[]).await;
    world.links = vec![LinkConfig { room: room.clone(), chat: "d".into() }];
    world.restart().await;
    let linked = |world: &World| world.running().core.portals.room_of("d");
    assert_eq!(linked(&world), Some(room));
    world.links.clear();
    world.restart().await;
    assert_eq!(linked(&world), None);
    assert_eq!(world.running().core.portals.room_of("c").as_ref(), Some(&world.room), "others stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_moves_into_the_upgraded_room() {
    let world = World::new().await;
    let new = world.home.room(ALICE, &[]);
    world.home.invite(&new, ALICE, BOT);
    world.home.say(ALICE, &world.room, "before");
    world.home.set_state(ALICE, &world.room, "m.room.tombstone", "", json!({ "replacement_room": new }));
    eventually("the link moves", || (world.running().core.portals.chat_of(&new).as_deref() == Some("c")).then_some(()))
        .await;
    world.home.say(ALICE, &new, "after");
    world.net.says("c", "b", "welcome");
    eventually("the network speaks there", || (world.home.said(&new).len() == 2).then_some(())).await;
    world.settle().await;
    assert_eq!(world.net.texts(), ["before", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_people_named_keeps_its_name_and_one_without_gets_the_chats() {
    let world = World::new().await;
    eventually("the name follows", || world.home.room_state(&world.room, "m.room.name", "")).await;
    let room = with_the_bot(&world, &[]).await;
    world.home.set_state(ALICE, &room, "m.room.name", "", json!({ "name": "ours" }));
    world.home.say(ALICE, &room, "!net link d");
    assert!(answer(&world, &room, 1).await.starts_with("Linked"));
    eventually("the topic follows", || {
        // The bot has no power there, so nothing can follow; it must not try the name at all.
        world
            .home
            .requests()
            .iter()
            .any(|request| request.contains("m.room.topic") && request.contains(&room[1..5]))
            .then_some(())
    })
    .await;
    assert!(
        !world.home.requests().iter().any(|request| request.contains("m.room.name") && request.contains(&room[1..]))
    );
}
