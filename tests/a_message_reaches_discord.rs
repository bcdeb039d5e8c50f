//! From a Matrix client to Discord, step by step as README.md tells it.

use serde_json::json;

use crate::town::Town;

#[tokio::test]
async fn a_message_reaches_discord() {
    let town = Town::build().await;
    let alice = town.person("alice").await;
    let room = town.linked_room(&alice).await;

    // 1-2. The client sends, and is answered once the message is kept.
    let event = alice.say(&room, "hello, harbour").await;
    assert!(event.starts_with('$'));
    // 3-6. The server delivers it to the bridge, the bridge stores it, plans it, journals it.
    // 7. One call to Discord, under Alice's name, through the channel's webhook.
    town.until_discord(|shown| shown == [("alice".to_owned(), "hello, harbour".to_owned())]).await;
    let line = town.discord.transcript(town.channel).remove(0);
    assert!(line.webhook.is_some());
    // 8. Outcome and ids were recorded: an edit and a deletion find their message.
    let edit = json!({
        "msgtype": "m.text", "body": "* hello, shore", "m.new_content": { "msgtype": "m.text", "body": "hello, shore" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": event },
    });
    alice.send(&room, "m.room.message", edit).await;
    town.until_discord(|shown| shown == [("alice".to_owned(), "hello, shore".to_owned())]).await;
    let path = format!("rooms/{}/redact/{event}/gone", crate::town::segment(&room));
    alice.put(&path, json!({})).await;
    town.until_discord(|shown| shown.is_empty()).await;
}

#[tokio::test]
async fn markdown_mentions_and_order_survive_the_way() {
    let town = Town::build().await;
    let alice = town.person("alice").await;
    let room = town.linked_room(&alice).await;
    let html = json!({
        "msgtype": "m.text", "body": "bold and code", "format": "org.matrix.custom.html",
        "formatted_body": "<strong>bold</strong> and <code>code</code>",
    });
    alice.send(&room, "m.room.message", html).await;
    for number in 0..20 {
        alice.say(&room, &format!("line {number} @everyone")).await;
    }
    town.until_discord(|shown| shown.len() == 21).await;
    let shown = town.on_discord();
    assert_eq!(shown[0].1, "**bold** and `code`");
    for (number, (_, text)) in shown[1..].iter().enumerate() {
        assert!(text.starts_with(&format!("line {number} ")), "{text}");
    }
    let pings = town.discord.transcript(town.channel).into_iter().filter(|line| line.pings.everyone).count();
    assert_eq!(pings, 0, "nobody without the power to do so calls everyone");
}
