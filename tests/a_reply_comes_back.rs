//! And back: from Discord to a Matrix room, as the ghost of whoever spoke.

use crate::town::Town;

#[tokio::test]
async fn a_reply_comes_back() {
    let town = Town::build().await;
    let alice = town.person("alice").await;
    let room = town.linked_room(&alice).await;
    let event = alice.say(&room, "is anybody there?").await;
    town.until_discord(|shown| shown.len() == 1).await;
    let question = town.discord.transcript(town.channel).remove(0).id;

    let bob = town.stranger("bob");
    let reply = town.discord.reply(town.channel, bob, "**yes**, me", question).unwrap();
    let said = alice.until(&room, |said| said.iter().find(|said| said.text.contains("yes")).cloned()).await;
    assert_eq!(said.sender, format!("@discord_{bob}:localhost"));
    assert_eq!(alice.name_of(&room, &said.sender).await, "bob");
    let events = alice.events(&room).await;
    let told = events.iter().find(|event| event["event_id"] == said.event.as_str()).unwrap();
    assert_eq!(told["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], event.as_str());
    assert!(told["content"]["formatted_body"].as_str().unwrap().contains("<strong>yes</strong>"));

    town.discord.edit(town.channel, reply, "no").unwrap();
    alice.until(&room, |said| said.iter().any(|said| said.text == "* no").then_some(())).await;
    town.discord.delete(town.channel, reply).unwrap();
    alice.until(&room, |now| (!now.iter().any(|now| now.event == said.event)).then_some(())).await;
}

#[tokio::test]
async fn what_was_said_while_the_bridge_was_away_is_fetched_with_its_time() {
    let mut town = Town::build().await;
    let alice = town.person("alice").await;
    let room = town.linked_room(&alice).await;
    let bob = town.stranger("bob");
    town.discord.say(town.channel, bob, "before").unwrap();
    alice.until(&room, |said| said.iter().any(|said| said.text == "before").then_some(())).await;

    assert!(town.server.stop().await, "a clean end");
    for number in 0..10 {
        town.discord.say(town.channel, bob, &format!("missed {number}")).unwrap();
    }
    town.server.start_again().await;
    let missed = alice
        .until(&room, |said| {
            let missed: Vec<_> =
                said.iter().map(|said| said.text.clone()).filter(|t| t.starts_with("missed")).collect();
            (missed.len() >= 10).then_some(missed)
        })
        .await;
    assert_eq!(missed, (0..10).map(|number| format!("missed {number}")).collect::<Vec<_>>());
}
