use serde_json::{Value, json};

use crate::{
    network::{Access, Author, ChatDelta, ChatInfo, ChatKind, Incoming, Timestamp, What},
    settings::{AutoCreate, Exclude, Settings},
    testing::{
        eventually,
        world::{ALICE, BOB, World},
    },
};

async fn with_all(world: &mut World, exclude: &[&str]) {
    world.settings = Settings {
        auto_create: AutoCreate::All,
        exclude: Exclude::new(exclude.iter().map(|&id| id.to_owned())),
        ..world.settings.clone()
    };
    world.restart().await;
}

fn found(world: &World, chat: &str, info: ChatInfo) {
    world.net.chat_is(chat, info.clone());
    world.net.tell(Incoming::new(chat, Author::Nobody, Timestamp::now(), What::Found(info)));
}

fn inside(parent: &str, access: Access) -> ChatInfo {
    ChatInfo { parent: Some(parent.into()), access, ..ChatInfo::named("inside") }
}

/// The room (or space) of a chat.
fn of(world: &World, chat: &str) -> Option<String> {
    let core = &world.running().core;
    core.portals.room_of(chat).or_else(|| core.spaces.room_of(chat))
}

fn rule(world: &World, room: &str) -> Value {
    world.home.room_state(room, "m.room.join_rules", "").unwrap_or_default()["join_rule"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn found_chats_get_rooms_in_nested_spaces_unless_excluded() {
    let mut world = World::new().await;
    with_all(&mut world, &["secret*"]).await;
    world.net.chat_is("category", ChatInfo { kind: ChatKind::Space, ..inside("guild", Access::Container) });
    found(&world, "d", inside("category", Access::Container));
    found(&world, "secret-plans", inside("category", Access::Container));
    found(&world, "open", ChatInfo { access: Access::Anybody, ..ChatInfo::named("open") });
    world.net.says("open", "b", "first words");
    let open = eventually("the last has its room", || of(&world, "open")).await;
    world.settle().await;
    let (room, category, guild) =
        (of(&world, "d").unwrap(), of(&world, "category").unwrap(), of(&world, "guild").unwrap());
    assert!(of(&world, "secret-plans").is_none());
    let heard = || world.home.said(&open).into_iter().any(|(_, body)| body == "first words");
    eventually("what was said while it was made is there", || heard().then_some(())).await;
    assert!(world.home.room_state(&category, "m.space.child", &room).is_some());
    assert!(world.home.room_state(&guild, "m.space.child", &category).is_some());
    assert_eq!((rule(&world, &open), rule(&world, &guild)), (json!("public"), json!("invite")));
    let allowed = world.home.room_state(&room, "m.room.join_rules", "").unwrap();
    assert_eq!((&allowed["join_rule"], &allowed["allow"][0]["room_id"]), (&json!("restricted"), &json!(category)));
    assert_eq!(
        world.home.room_state(&room, "m.room.member", ALICE).unwrap()["membership"],
        "invite",
        "admins are asked in"
    );
    // Told again, or after a restart: nothing is made.
    let count = world.home.rooms(false).len();
    world.restart().await;
    found(&world, "d", inside("category", Access::Container));
    world.settle().await;
    assert_eq!(world.home.rooms(false).len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_closes_closes_its_room_and_a_room_of_people_is_never_opened() {
    let mut world = World::new().await;
    with_all(&mut world, &[]).await;
    found(&world, "d", ChatInfo { access: Access::Anybody, ..ChatInfo::named("open") });
    let room = eventually("it has a room", || of(&world, "d")).await;
    let delta = |access| What::Chat(ChatDelta { access: Some(access), ..ChatDelta::default() });
    world.net.happens("d", "b", delta(Access::Invited));
    eventually("it is closed", || (rule(&world, &room) == "invite").then_some(())).await;
    world.settle().await;
    let visible = world.home.room_state(&room, "m.room.history_visibility", "").unwrap();
    assert_eq!(visible["history_visibility"], "shared");
    world.net.happens("c", "b", delta(Access::Anybody));
    world.net.says("c", "b", "after");
    eventually("it was handled", || (world.bodies() == ["after"]).then_some(())).await;
    assert_eq!(rule(&world, &world.room), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_excluded_is_not_heard_on_the_other_side() {
    let mut world = World::new().await;
    world.settings.exclude = Exclude::new(["b", BOB].map(str::to_owned));
    world.restart().await;
    world.net.says("c", "b", "spam");
    world.net.says("c", "d", "hello");
    world.home.say(BOB, &world.room, "spam");
    world.home.say(ALICE, &world.room, "hi");
    world.settle().await;
    eventually("the others are heard", || (world.net.texts() == ["hi"]).then_some(())).await;
    let heard =
        || world.home.said(&world.room).into_iter().filter(|(who, _)| who.starts_with("@net_")).map(|(_, body)| body);
    eventually("they are", || (heard().collect::<Vec<_>>() == ["hello"]).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_moves_keeps_its_room_and_what_is_counted_anew_is_no_duplicate() {
    let mut world = World::new().await;
    let message = |chat: &str, text: &str| {
        let part = crate::network::Part::Text(crate::content::Doc::text(text));
        let who = Author::them("b", crate::network::UserInfo::named("B"));
        Incoming::message(chat, who, "1", vec![part])
    };
    world.net.tell(message("c", "before"));
    world.net.happens("c", "b", What::Moved { to: "new".into() });
    world.net.tell(message("new", "after"));
    eventually("both are there", || (world.bodies() == ["before", "after"]).then_some(())).await;
    world.home.say(ALICE, &world.room, "to the new one");
    world.settle().await;
    assert_eq!(world.net.messages()[0].chat, "new");
    world.restart().await;
    assert_eq!(of(&world, "c"), of(&world, "new"));
    world.net.happens("c", "b", What::Gone);
    world.net.deletes("c", "1");
    eventually("the old one goes", || (world.bodies() == ["after", "to the new one"]).then_some(())).await;
    world.home.say(ALICE, &world.room, "again");
    world.settle().await;
    assert_eq!(world.net.messages()[1].chat, "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn ghosts_leave_a_room_that_is_unlinked_and_it_gets_no_other_room() {
    let mut world = World::new().await;
    with_all(&mut world, &[]).await;
    world.net.says("c", "b", "one");
    let ghost = "@net_b:test".to_owned();
    eventually("a ghost is there", || world.home.members(&world.room).contains(&ghost).then_some(())).await;
    world.settle().await;
    crate::portal::link::unlink(&world.running().core, &"c".into()).await.unwrap();
    eventually("it leaves", || (!world.home.members(&world.room).contains(&ghost)).then_some(())).await;
    found(&world, "c", ChatInfo::named("c"));
    world.settle().await;
    assert_eq!(of(&world, "c"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_says_what_its_chat_can_do_and_again_when_that_changes() {
    let mut world = World::new().await;
    let told = |world: &World| world.home.room_state(&world.room, "com.beeper.room_features", "org.causeway://net/c");
    eventually("it says so", || told(&world).filter(|told| told["edit"] == 2)).await;
    world.net.can(crate::network::Features { edit: false, cannot: &["editing"], ..crate::network::Features::all() });
    world.restart().await;
    let now = eventually("it says so again", || told(&world).filter(|told| told["edit"] == -1)).await;
    assert_eq!(now["org.causeway.cannot"], json!(["editing"]));
}
