use serde_json::json;

use crate::{
    network::{Act, FetchError, Person},
    testing::{
        eventually,
        world::{ALICE, BOB, BOT, World},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_in_matrix_is_put_out_there_but_not_by_the_bot() {
    let world = World::new().await;
    for who in ["b", "d", "owner"] {
        world.net.says("c", who, "hi");
    }
    let joined = |who: &str| world.home.members(&world.room).contains(&format!("@net_{who}:test"));
    eventually("all are there", || ["b", "d", "owner"].iter().all(|who| joined(who)).then_some(())).await;
    world.settle().await;
    world.home.kick(&world.room, ALICE, "@net_b:test");
    world.home.ban(&world.room, ALICE, "@net_d:test");
    world.home.kick(&world.room, ALICE, "@net_d:test");
    world.home.kick(&world.room, BOT, "@net_b:test");
    world.home.invite(&world.room, ALICE, "@net_b:test");
    world.home.invite(&world.room, BOB, "@net_x:test");
    world.home.kick(&world.room, ALICE, "@net_owner:test");
    world.settle().await;
    let orders: Vec<(String, Act)> =
        world.net.orders().into_iter().map(|order| (order.user.to_string(), order.act)).collect();
    let (b, d) = ("b".to_owned(), "d".to_owned());
    assert_eq!(orders, [(b.clone(), Act::Kick), (d.clone(), Act::Ban), (d, Act::Unban), (b, Act::Invite)]);
    assert_eq!(world.notices(), ["Not delivered: the owner cannot be put out."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_manages_the_chat_sees_and_governs_the_people_of_matrix() {
    let world = World::new().await;
    let remote = world.net.remote().unwrap();
    let id = world.net.says("c", "b", "hi");
    world.home.say(BOB, &world.room, "hello");
    eventually("both crossed", || (world.bodies().len() == 2 && world.net.texts().len() == 1).then_some(())).await;
    world.settle().await;
    let person = |id: &str| Person { user_id: id.into(), name: id.into() };
    assert_eq!(remote.people(&"c".into()).await.unwrap(), [person(ALICE), person(BOB)]);
    let known = remote.origin(&"c".into(), &id.as_str().into()).await.unwrap().unwrap();
    assert_eq!((known.author_id.as_str(), known.from_matrix), ("b", false));
    let ours = world.net.messages()[0].id.clone();
    assert_eq!(remote.origin(&"c".into(), &ours.as_str().into()).await.unwrap().unwrap().author_id, BOB);
    remote.govern(&"c".into(), BOB, Act::Ban, Some("spam")).await.unwrap();
    assert_eq!(remote.people(&"c".into()).await.unwrap(), [person(ALICE)]);
    remote.govern(&"c".into(), BOB, Act::Unban, None).await.unwrap();
    remote.govern(&"c".into(), BOB, Act::Invite, None).await.unwrap();
    assert_eq!(world.home.room_state(&world.room, "m.room.member", BOB).unwrap()["membership"], "invite");
    for nobody in ["@net_b:test", BOT, "bob"] {
        let refused = remote.govern(&"c".into(), nobody, Act::Kick, None).await;
        assert!(matches!(refused, Err(FetchError::Refused(_))), "{nobody}");
    }
    assert!(matches!(remote.people(&"missing".into()).await, Err(FetchError::Missing)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_follows_the_look_of_its_room_only_where_that_is_configured() {
    let mut world = World::new().await;
    let name = |world: &World, name: &str| {
        world.home.set_state(ALICE, &world.room, "m.room.name", "", json!({ "name": name }));
    };
    name(&world, "first");
    world.settle().await;
    world.settings.look_follows_matrix = true;
    world.restart().await;
    name(&world, "second");
    world.settle().await;
    let looks: Vec<Option<String>> = world.net.looks().into_iter().map(|(_, look)| look.name).collect();
    assert_eq!(looks, [Some("second".to_owned())]);
}
