//! `/matrix` in Slack: who may, and what happens.

use appservice_sdk::prelude::Act;

use crate::harness::{House, SOON};

/// Runs a command and gives what the asker alone is told.
async fn told(house: &House, user: &str, text: &str) -> String {
    let before = house.slack.whispers().len();
    house.slack.command(&house.general, user, "/matrix", text).unwrap();
    let heard = house.slack.wait_for(SOON, |slack| slack.whispers().len() > before).await;
    assert!(heard.is_ok(), "`/matrix {text}` got no answer");
    house.slack.whispers().pop().unwrap().text
}

#[tokio::test]
async fn everybody_may_ask_and_only_administrators_and_makers_may_change() {
    let house = House::open().await;
    assert!(told(&house, &house.ada, "info").await.contains("linked to"));
    assert!(told(&house, &house.ada, "who").await.contains("Alice &lt;3"));
    assert!(told(&house, &house.ada, "dance").await.contains("/matrix link"));
    for forbidden in ["link", "unlink", "invite @a:test", "kick @a:test", "ban @a:test"] {
        let answer = told(&house, &house.ada, forbidden).await;
        assert!(answer.contains("Only administrators"), "{forbidden}: {answer}");
    }
    assert!(house.store.state().governed.is_empty());
    let owner = house.slack.owner();
    house.slack.join(&house.general, &owner).unwrap_or_default();
    assert!(told(&house, &owner, "link").await.contains("!slack link CODE-"));
    assert!(told(&house, &owner, "link BAD").await.contains("unknown or too old"));
    assert!(told(&house, &owner, "link GOOD").await.contains("!accepted:test"));
    told(&house, &owner, "kick @a:test too loud").await;
    let governed = house.store.state().governed.clone();
    assert_eq!(governed, [("@a:test".to_owned(), Act::Kick, Some("too loud".to_owned()))]);
    assert!(told(&house, &owner, "unlink").await.contains("ended"));
    assert!(told(&house, &owner, "info").await.contains("not linked"));
}

#[tokio::test]
async fn somebody_of_another_workspace_never_may() {
    let house = House::open().await;
    let eve = house.slack.stranger("eve").unwrap();
    house.slack.change_user(&eve, |user| user.is_admin = true).unwrap();
    house.slack.join(&house.general, &eve).unwrap();
    assert!(told(&house, &eve, "link").await.contains("Only administrators"));
}
