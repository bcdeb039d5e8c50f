use crate::{
    network::{Author, ChatInfo, Incoming, Part, UserInfo},
    testing::{
        eventually,
        world::{ALICE, BOT, World},
    },
};

fn says(world: &World, chat: &str, name: &str, id: &str) {
    let who = Author::them("b", UserInfo::named(name));
    world.net.tell(Incoming::message(chat, who, id, vec![Part::Text(crate::content::Doc::text(id))]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_nick_in_each_of_two_guilds_has_both_names() {
    let world = World::new().await;
    let inside = |guild: &str| ChatInfo { parent: Some(guild.into()), ..ChatInfo::named("inside") };
    world.net.chat_is("here", inside("one"));
    world.net.chat_is("there", inside("two"));
    let mut rooms = Vec::new();
    for chat in ["here", "there"] {
        let room = world.home.room(ALICE, &[BOT]);
        let core = &world.running().core;
        crate::portal::link::link(core, &room, &chat.into(), false).await.unwrap();
        eventually("its guild is known", || core.portals.parent_of(chat)).await;
        rooms.push(room);
    }
    let name =
        |room: &str| world.home.room_state(room, "m.room.member", "@net_b:test").map(|m| m["displayname"].clone());
    let said = |room: &str| world.home.said(room).len();
    for (round, expected) in (1..=2).zip([["Bobby", "Robert"], ["Bobby", "Robert"]]) {
        says(&world, "here", "Bobby", &format!("h{round}"));
        eventually("it is said", || (said(&rooms[0]) == round).then_some(())).await;
        says(&world, "there", "Robert", &format!("t{round}"));
        eventually("it is said", || (said(&rooms[1]) == round).then_some(())).await;
        assert_eq!([name(&rooms[0]).unwrap(), name(&rooms[1]).unwrap()], expected);
    }
    world.settle().await;
    assert_eq!(world.home.profile("@net_b:test").0.as_deref(), Some("Bobby"), "the profile follows the first");
    let changes = world.home.requests().into_iter().filter(|request| request.contains("m.room.member"));
    assert_eq!(changes.count(), 1, "a look is put on once");
}
