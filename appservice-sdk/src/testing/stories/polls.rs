use serde_json::{Value, json};

use crate::{
    engine::poll,
    network::{Features, Incoming, MediaKind, MediaRef, Part, Poll, PollAnswer, Timestamp, What},
    testing::{
        eventually,
        world::{ALICE, BOB, World},
    },
};

pub(super) fn tea() -> Poll {
    let answer = |id: &str, text: &str| PollAnswer { id: id.into(), text: text.into() };
    Poll {
        question: "Tea?".into(),
        answers: vec![answer("y", "yes"), answer("n", "no")],
        max_choices: 1,
        hidden: false,
    }
}

pub(super) fn vote(world: &World, who: &str, event: &str, answer: &str) {
    world.home.send(who, &world.room, poll::RESPONSE, poll::write_vote(event, &[answer.to_owned()]));
}

fn of_kind(world: &World, kind: &str) -> Vec<Value> {
    world.home.timeline(&world.room).into_iter().filter(|event| event["type"] == kind).collect()
}

fn votes(yes: u64, no: u64) -> Vec<(String, u64)> {
    vec![("y".to_owned(), yes), ("n".to_owned(), no)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_from_matrix_is_one_there_and_its_votes_are_counted() {
    let world = World::new().await;
    let event = world.home.send(ALICE, &world.room, poll::START, poll::write(&tea()));
    vote(&world, ALICE, &event, "y");
    vote(&world, BOB, &event, "y");
    vote(&world, BOB, &event, "n");
    vote(&world, BOB, &event, "nonsense");
    vote(&world, BOB, &event, "n");
    world.settle().await;
    assert_eq!(world.net.texts(), ["[poll: Tea?]"]);
    let id = world.net.messages()[0].id.clone();
    assert_eq!(world.net.poll_state(&id), Some((votes(1, 1), false)));
    assert!(world.net.polled() < 5, "votes are gathered");
    world.home.send(BOB, &world.room, poll::END, poll::write_end(&event));
    world.home.send(ALICE, &world.room, poll::END, poll::write_end(&event));
    vote(&world, BOB, &event, "y");
    world.settle().await;
    assert_eq!(world.net.poll_state(&id), Some((votes(1, 1), true)), "who asked ends it, and late votes do not count");
    assert!(world.notices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_from_the_network_takes_votes_of_both_sides_and_ends() {
    let world = World::new().await;
    let id = world.net.says_parts("c", "b", vec![Part::Poll(tea())], None);
    world.net.happens("c", "d", What::Vote { poll: id.as_str().into(), answers: vec!["y".into()] });
    let event = eventually("the ghost votes", || {
        of_kind(&world, poll::RESPONSE).first()?;
        of_kind(&world, poll::START).first().cloned()
    })
    .await;
    assert_eq!((&event["sender"], poll::read(&event["content"])), (&json!("@net_b:test"), Some(tea())));
    let voted = &of_kind(&world, poll::RESPONSE)[0];
    assert_eq!((&voted["sender"], poll::read_vote(&voted["content"])), (&json!("@net_d:test"), vec!["y".to_owned()]));
    let event = event["event_id"].as_str().unwrap().to_owned();
    vote(&world, ALICE, &event, "n");
    world.settle().await;
    assert_eq!(world.net.poll_state(&id), Some((votes(0, 1), false)), "only those of Matrix are told");
    world.net.happens("c", "b", What::PollEnd { poll: id.as_str().into() });
    let end = eventually("it ends", || of_kind(&world, poll::END).pop()).await;
    assert_eq!((&end["sender"], &end["content"]["m.relates_to"]["event_id"]), (&json!("@net_b:test"), &json!(event)));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_no_polls_one_becomes_its_text() {
    let world = World::new().await;
    world.net.can(Features { poll: false, ..Features::all() });
    let event = world.home.send(ALICE, &world.room, poll::START, poll::write(&tea()));
    vote(&world, BOB, &event, "y");
    world.settle().await;
    assert_eq!(world.net.texts(), ["Tea?\n1. yes\n2. no"]);
    assert!(world.net.polled() == 0 && world.notices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_message_and_fields_of_the_bridges_own_arrive() {
    let world = World::new().await;
    let mut file = MediaRef::remote("voice").with_id("voice");
    (file.duration, file.waveform) = (Some(1500), vec![0, 512, 1024]);
    let part = Part::Media { kind: MediaKind::Voice, file, caption: None };
    let mut said = Incoming::message(
        "c",
        crate::network::Author::them("b", crate::network::UserInfo::named("B")),
        "v",
        vec![part],
    );
    said.at = Timestamp(1);
    said.extra = json!({ "org.x.priority": 3, "m.mentions": { "room": true } }).as_object().cloned().unwrap();
    world.net.tell(said);
    let event = eventually("it comes", || of_kind(&world, "m.room.message").pop()).await;
    let content = &event["content"];
    assert_eq!(content["org.matrix.msc1767.audio"], json!({ "duration": 1500, "waveform": [0, 512, 1024] }));
    assert!(content["org.matrix.msc3245.voice"].is_object() && content["msgtype"] == "m.audio");
    assert_eq!((&content["org.x.priority"], &content["m.mentions"]["room"]), (&json!(3), &json!(true)));
}
