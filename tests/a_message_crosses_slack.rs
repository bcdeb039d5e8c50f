//! To Slack and back: names, markup, threads, edits, and what was said while nobody listened.

use serde_json::json;
use simulators::slack::{Fault, Goodbye, Plan};

use crate::town::{Person, Quay, Town, segment};

async fn harbour() -> (Town, Quay, Person, String) {
    let quay = Quay::build().await;
    let town = Town::build_with(json!({ "slack": quay.section() })).await;
    let alice = town.person("alice").await;
    let asked = json!({ "name": "Harbour", "preset": "private_chat" });
    let room = alice.post("createRoom", asked).await["room_id"].as_str().unwrap().to_owned();
    town.link(&alice, &room, "slack", &quay.channel).await;
    (town, quay, alice, room)
}

fn line(who: &str, text: &str) -> (String, String) {
    (who.to_owned(), text.to_owned())
}

#[tokio::test]
async fn a_message_crosses_slack() {
    let (_town, quay, alice, room) = harbour().await;
    let event = alice.say(&room, "hello, harbour").await;
    quay.until(|shown| shown == [line("alice", "hello, harbour")]).await;
    let ts = quay.slack.transcript(&quay.channel)[0].ts.clone();

    quay.slack.reply(&quay.channel, &quay.ada, &ts, "*hello* from Slack").unwrap();
    let said = alice.until(&room, |said| said.iter().find(|said| said.text.contains("from Slack")).cloned()).await;
    assert!(said.sender.starts_with("@slack_"), "{}", said.sender);
    assert_eq!(alice.name_of(&room, &said.sender).await, "ada");
    let events = alice.events(&room).await;
    let told = events.iter().find(|event| event["event_id"] == said.event.as_str()).unwrap();
    assert_eq!(told["content"]["m.relates_to"]["event_id"], event.as_str());
    assert!(told["content"]["formatted_body"].as_str().unwrap().contains("<strong>hello</strong>"));

    let edit = json!({
        "msgtype": "m.text", "body": "* hello, shore", "m.new_content": { "msgtype": "m.text", "body": "hello, shore" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": event },
    });
    alice.send(&room, "m.room.message", edit).await;
    quay.until(|shown| shown[0] == line("alice", "hello, shore")).await;
    alice.put(&format!("rooms/{}/redact/{event}/gone", segment(&room)), json!({})).await;
    quay.until(|shown| !shown.contains(&line("alice", "hello, shore"))).await;
}

#[tokio::test]
async fn an_answer_that_was_lost_doubles_nothing() {
    let (_town, quay, alice, room) = harbour().await;
    for (n, fault) in [Fault::CutAfter, Fault::BadGatewayAfter, Fault::InternalErrorAfter, Fault::ServerErrorBefore]
        .into_iter()
        .enumerate()
    {
        quay.slack.inject(Plan::new(fault, "chat.postMessage"));
        alice.say(&room, &format!("line {n}")).await;
    }
    alice.say(&room, "the end").await;
    quay.until(|shown| shown.iter().any(|(_, text)| text == "the end")).await;
    let texts: Vec<String> = quay.shown().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["line 0", "line 1", "line 2", "line 3", "the end"]);
}

#[tokio::test]
async fn what_was_said_while_no_socket_was_open_is_fetched_from_history() {
    let (_town, quay, alice, room) = harbour().await;
    let say = |text: &str| quay.slack.say(&quay.channel, &quay.ada, text).unwrap();
    say("before");
    alice.until(&room, |said| said.iter().any(|said| said.text == "before").then_some(())).await;
    quay.slack.disconnect(Goodbye::Cut);
    for number in 0..5 {
        say(&format!("missed {number}"));
    }
    let missed = alice
        .until(&room, |said| {
            let missed: Vec<_> = said.iter().map(|s| s.text.clone()).filter(|t| t.starts_with("missed")).collect();
            (missed.len() >= 5).then_some(missed)
        })
        .await;
    assert_eq!(missed, (0..5).map(|number| format!("missed {number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn in_bad_weather_everything_arrives_once_and_in_order() {
    let (_town, quay, alice, room) = harbour().await;
    let weather = [
        (Fault::CutAfter, "chat.postMessage", 0.08),
        (Fault::CutBefore, "chat.postMessage", 0.08),
        (Fault::BadGatewayAfter, "chat.postMessage", 0.08),
        (Fault::RateLimited { retry_after: 1 }, "chat.postMessage", 0.08),
        (Fault::ServerErrorBefore, "conversations.history", 0.2),
        (Fault::Twice, "message.channels", 0.1),
        (Fault::AckLost, "message.channels", 0.1),
        (Fault::DropBefore, "message.channels", 0.05),
        (Fault::Drop, "message.channels", 0.05),
    ];
    for (seed, (fault, place, chance)) in (7..).zip(weather) {
        quay.slack.inject(Plan::new(fault, place).chance(chance, seed));
    }
    const MANY: usize = 20;
    for number in 0..MANY {
        alice.say(&room, &format!("over {number}")).await;
        quay.slack.say(&quay.channel, &quay.ada, &format!("back {number}")).unwrap();
    }
    let expected = |word: &str| (0..MANY).map(|number| format!("{word} {number}")).collect::<Vec<_>>();
    let of =
        |texts: Vec<String>, word: &str| texts.into_iter().filter(|text| text.starts_with(word)).collect::<Vec<_>>();
    quay.until(|shown| shown.iter().filter(|(_, text)| text.starts_with("over")).count() >= MANY).await;
    alice.until(&room, |said| (said.iter().filter(|s| s.text.starts_with("back")).count() >= MANY).then_some(())).await;
    assert!(quay.slack.faults_struck() > 5);
    // A last word each way, and nothing may have come twice before it.
    quay.slack.clear_faults();
    alice.say(&room, "over and out").await;
    quay.slack.say(&quay.channel, &quay.ada, "back in a while").unwrap();
    quay.until(|shown| shown.iter().any(|(_, text)| text == "over and out")).await;
    alice.until(&room, |said| said.iter().any(|said| said.text == "back in a while").then_some(())).await;
    let mut over = of(quay.shown().into_iter().map(|(_, text)| text).collect(), "over");
    let mut back = of(alice.messages(&room).await.into_iter().map(|said| said.text).collect(), "back");
    assert_eq!((over.pop().as_deref(), back.pop().as_deref()), (Some("over and out"), Some("back in a while")));
    assert_eq!((over, back), (expected("over"), expected("back")));
}
