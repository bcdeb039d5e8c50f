//! To Telegram and back: names, markup, replies, edits, reactions, albums, and updates that come again.

use serde_json::json;
use simulators::telegram::{Draft, Fault, Media, Plan};

use crate::town::{Mole, Person, Town, segment};

async fn harbour() -> (Town, Mole, Person, String) {
    let mole = Mole::build().await;
    let town = Town::build_with(json!({ "telegram": mole.section() })).await;
    let alice = town.person("alice").await;
    let asked = json!({ "name": "Harbour", "preset": "private_chat" });
    let room = alice.post("createRoom", asked).await["room_id"].as_str().unwrap().to_owned();
    town.link(&alice, &room, "telegram", &mole.group.to_string()).await;
    (town, mole, alice, room)
}

#[tokio::test]
async fn a_message_crosses_telegram() {
    let (_town, mole, alice, room) = harbour().await;
    let (telegram, group, ada) = (&mole.telegram, mole.group, mole.ada);
    let event = alice.say(&room, "hello, harbour").await;
    mole.until(|shown| shown == ["alice: hello, harbour"]).await;
    let id = telegram.said(group)[0].id;

    let bold = json!([{ "type": "bold", "offset": 3, "length": 5 }]);
    telegram.post(Draft::text(group, ada, "😀 hello from Telegram").entities(bold).reply(id)).unwrap();
    let said = alice.until(&room, |said| said.iter().find(|said| said.text.contains("from Telegram")).cloned()).await;
    assert!(said.sender.starts_with("@telegram_"), "{}", said.sender);
    assert_eq!(alice.name_of(&room, &said.sender).await, "Ada");
    let events = alice.events(&room).await;
    let told = events.iter().find(|event| event["event_id"] == said.event.as_str()).unwrap();
    assert_eq!(told["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], event.as_str());
    assert!(told["content"]["formatted_body"].as_str().unwrap().contains("<strong>hello</strong>"));

    let react = json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": said.event, "key": "👍" } });
    alice.send(&room, "m.reaction", react).await;
    let liked = |t: &simulators::telegram::Telegram| t.said(group).iter().any(|line| !line.reactions.is_empty());
    telegram.wait_for(crate::town::SOON, liked).await.unwrap();

    let edit = json!({
        "msgtype": "m.text", "body": "* hello, shore", "m.new_content": { "msgtype": "m.text", "body": "hello, shore" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": event },
    });
    alice.send(&room, "m.room.message", edit).await;
    mole.until(|shown| shown[0] == "alice: hello, shore").await;
    alice.put(&format!("rooms/{}/redact/{event}/gone", segment(&room)), json!({})).await;
    mole.until(|shown| !shown.contains(&"alice: hello, shore".to_owned())).await;
}

#[tokio::test]
async fn what_comes_from_telegram_twice_is_in_the_room_once_and_in_order() {
    let (_town, mole, alice, room) = harbour().await;
    let (telegram, group, ada) = (&mole.telegram, mole.group, mole.ada);
    for number in 0..12 {
        telegram.say(group, ada, &format!("line {number}")).unwrap();
        match number % 4 {
            0 => telegram.inject(Plan::new(Fault::UpdatesAgain(3), "getUpdates")),
            1 => telegram.inject(Plan::new(Fault::CutAfter, "getUpdates")),
            2 => telegram.inject(Plan::new(Fault::BadGatewayBefore, "getUpdates")),
            _ => telegram.jump_update_id(1000),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    telegram.album(group, ada, vec![Media::photo([1, 2, 3]), Media::photo([4, 5, 6])], "an album").unwrap();
    telegram.say(group, ada, "the end").unwrap();
    alice.until(&room, |said| said.iter().any(|said| said.text == "the end").then_some(())).await;
    let said = alice.messages(&room).await.into_iter().filter(|said| said.sender.starts_with("@telegram_"));
    let lines: Vec<String> = said.map(|said| said.text).filter(|text| text.starts_with("line ")).collect();
    assert_eq!(lines, (0..12).map(|number| format!("line {number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_uncertain_message_is_there_once_or_the_sender_is_told() {
    let (_town, mole, alice, room) = harbour().await;
    alice.say(&room, "before").await;
    mole.until(|shown| shown == ["alice: before"]).await;
    mole.telegram.inject(Plan::new(Fault::CutAfter, "sendMessage"));
    let after = alice.say(&room, "once").await;
    mole.telegram.inject(Plan::new(Fault::BadGatewayBefore, "sendMessage").after(1));
    let never = alice.say(&room, "perhaps").await;
    alice.say(&room, "the end").await;
    mole.until(|shown| shown.last().is_some_and(|text| text == "alice: the end")).await;
    let shown = mole.shown();
    let times = |text: &str| shown.iter().filter(|line| line.ends_with(text)).count();
    assert_eq!(times("once"), 1, "{shown:?}");
    assert!(times("perhaps") <= 1, "{shown:?}");
    for (event, text) in [(after, "once"), (never, "perhaps")] {
        let told = alice.told_about(&room, &event).await;
        assert!(times(text) == 1 || told, "{text} is neither there nor does anybody say so");
    }
}
