//! The faults of others that this SDK was built not to share, one test each.

use crate::testing::{
    Fault, PushFault, eventually,
    world::{ALICE, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_transaction_is_ignored() {
    let world = World::new().await;
    world.home.fail_push([PushFault::DuplicateTransaction]);
    world.home.say(ALICE, &world.room, "once");
    world.settle().await;
    world.home.say(ALICE, &world.room, "after");
    world.settle().await;
    assert_eq!(world.net.texts(), ["once", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_two_transactions_is_one_message() {
    let world = World::new().await;
    world.home.fail_push([PushFault::SameEventsAgain]);
    world.home.say(ALICE, &world.room, "once");
    world.settle().await;
    assert_eq!(world.net.texts(), ["once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn transaction_ids_that_begin_anew_swallow_nothing() {
    let mut world = World::new().await;
    world.home.say(ALICE, &world.room, "one");
    world.settle().await;
    for text in ["two", "three"] {
        world.home.fail_push([PushFault::ResetTransactionIds]);
        world.home.say(ALICE, &world.room, text);
        world.settle().await;
        world.restart().await;
    }
    assert_eq!(world.net.texts(), ["one", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_timed_out_after_it_was_done_is_repeated_under_the_same_id() {
    let world = World::new().await;
    world.net.says("c", "b", "zero");
    eventually("it is there", || (world.bodies().len() == 1).then_some(())).await;
    world.home.fail([Fault::TimeoutAfterCommit]);
    world.net.says("c", "b", "one");
    world.net.says("c", "b", "two");
    eventually("all are there", || (world.bodies().len() >= 3).then_some(())).await;
    world.settle().await;
    assert_eq!(world.bodies(), ["zero", "one", "two"]);
    let sends: Vec<String> = world.home.requests().into_iter().filter(|request| request.contains("/send/")).collect();
    assert_eq!(sends[1], sends[2], "the same path, so the same transaction id");
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_and_bad_gateways_are_waited_out_in_order() {
    let world = World::new().await;
    world.net.says("c", "b", "zero");
    eventually("it is there", || (world.bodies().len() == 1).then_some(())).await;
    let begun = std::time::Instant::now();
    world.home.fail([Fault::TooManyRequests(600), Fault::BadGateway]);
    world.net.says("c", "b", "one");
    world.net.says("c", "b", "two");
    eventually("all are there", || (world.bodies().len() >= 3).then_some(())).await;
    assert_eq!(world.bodies(), ["zero", "one", "two"]);
    assert!(begun.elapsed() >= std::time::Duration::from_millis(600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_needs_the_token_and_a_body() {
    let world = World::new().await;
    let url = format!("http://{}/_matrix/app/v1/transactions/x", world.running().address());
    let token = world.home.registration().hs_token;
    let client = reqwest::Client::new();
    let put = |body: &'static str| client.put(&url).body(body);
    let cases = [
        (put(r#"{"events":[]}"#), 401),
        (put(r#"{"events":[]}"#).bearer_auth("wrong"), 403),
        (put("nonsense").bearer_auth(token.reveal()), 400),
        (put("{}").bearer_auth(token.reveal()), 400),
        (put(r#"{"events":[1, {}, {"type": 5}]}"#).bearer_auth(token.reveal()), 200),
        (put(r#"{"events":[]}"#).query(&[("access_token", token.reveal())]), 200),
    ];
    for (request, status) in cases {
        assert_eq!(request.send().await.unwrap().status().as_u16(), status);
    }
}
