//! One room, linked to Discord and to Slack: what is said anywhere appears once everywhere else.

use serde_json::json;

use crate::town::{Quay, Town};

fn line(who: &str, text: &str) -> (String, String) {
    (who.to_owned(), text.to_owned())
}

#[tokio::test]
async fn one_room_two_networks() {
    let quay = Quay::build().await;
    let town = Town::build_with(json!({ "slack": quay.section() })).await;
    let alice = town.person("alice").await;
    let room = town.linked_room(&alice).await;
    town.link(&alice, &room, "slack", &quay.channel).await;
    let bob = town.stranger("bob");

    alice.say(&room, "from Matrix").await;
    town.until_discord(|shown| shown.contains(&line("alice", "from Matrix"))).await;
    quay.until(|shown| shown.contains(&line("alice", "from Matrix"))).await;
    town.discord.say(town.channel, bob, "from Discord").unwrap();
    quay.until(|shown| shown.contains(&line("bob", "from Discord"))).await;
    quay.slack.say(&quay.channel, &quay.ada, "from Slack").unwrap();
    town.until_discord(|shown| shown.contains(&line("ada", "from Slack"))).await;
    alice.say(&room, "the end").await;
    town.until_discord(|shown| shown.contains(&line("alice", "the end"))).await;
    quay.until(|shown| shown.contains(&line("alice", "the end"))).await;

    let words = ["from Matrix", "from Discord", "from Slack", "the end"];
    let told =
        |texts: Vec<String>| -> Vec<String> { texts.into_iter().filter(|t| words.contains(&t.as_str())).collect() };
    assert_eq!(told(town.on_discord().into_iter().map(|(_, text)| text).collect()), words);
    assert_eq!(told(quay.shown().into_iter().map(|(_, text)| text).collect()), words);
    assert_eq!(told(alice.messages(&room).await.into_iter().map(|said| said.text).collect()), words);
}
