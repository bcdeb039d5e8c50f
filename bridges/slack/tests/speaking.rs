//! What people do in Matrix is done on Slack.

use appservice_sdk::content::Everyone;
use appservice_sdk::prelude::*;

use crate::harness::{House, SOON};

#[tokio::test]
async fn a_message_appears_under_the_senders_name_and_picture() {
    let house = House::open().await;
    let mut message = house.message("hello");
    let mxc = MediaSource::Matrix("mxc://test/alice".into());
    message.sender.avatar = Some(MediaRef::new(mxc));
    house.send(message).await.unwrap();
    let line = house.slack.transcript(&house.general).pop().unwrap();
    assert_eq!((line.author.as_str(), line.plain.as_str()), ("Alice", "hello"));
    let icon = line.icon.unwrap();
    assert!(icon.starts_with("https://matrix.test/_bridge/slack/avatar/"), "{icon}");
}

#[tokio::test]
async fn an_answer_stands_in_the_thread_and_in_the_channel() {
    let house = House::open().await;
    let root = house.slack.say(&house.general, &house.ada, "lunch?").unwrap();
    let answer = Outgoing { reply_to: Some(house.theirs(&root)), ..house.message("yes") };
    house.send(answer).await.unwrap();
    let inside = Outgoing { thread: Some(house.theirs(&root)), ..house.message("where?") };
    house.send(inside).await.unwrap();
    let lines = house.slack.transcript(&house.general);
    let [.., yes, place] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!((yes.thread.as_deref(), yes.broadcast), (Some(root.as_str()), true));
    assert_eq!((place.thread.as_deref(), place.broadcast), (Some(root.as_str()), false));
}

#[tokio::test]
async fn a_message_is_edited_pinned_reacted_to_and_deleted() {
    let house = House::open().await;
    let known = house.says("helo").await;
    let message = std::sync::Arc::new(house.message("hello"));
    let payload = house.bridge().plan(&message).unwrap().remove(0);
    house.bridge().edit(&Edit { target: known.clone(), payload, message }).await.unwrap();
    let react = React { target: known.clone(), emoji: Emoji::unicode("👍") };
    for _ in 0..2 {
        house.bridge().react(&react).await.unwrap();
        house.bridge().pin(&known, true).await.unwrap();
    }
    let line = house.slack.transcript(&house.general).pop().unwrap();
    assert_eq!((line.plain.as_str(), line.edited, line.pinned), ("hello", true, true));
    assert_eq!(line.reactions, [("+1".to_owned(), 1)]);
    for _ in 0..2 {
        house.bridge().unreact(&react).await.unwrap();
        house.bridge().pin(&known, false).await.unwrap();
    }
    let line = house.slack.transcript(&house.general).pop().unwrap();
    assert!(line.reactions.is_empty() && !line.pinned);
    for _ in 0..2 {
        house.bridge().delete(&known).await.unwrap();
    }
    assert!(house.slack.transcript(&house.general).is_empty());
    house.slack.say(&house.general, &house.ada, "after").unwrap();
    house.store.hears(1).await;
    assert!(
        !house.store.state().events.iter().any(|event| matches!(event.what, What::Delete { .. } | What::React { .. }))
    );
}

#[tokio::test]
async fn a_file_appears_with_its_words_under_the_senders_name() {
    let house = House::open().await;
    let mxc = "mxc://test/dog";
    house.store.state().media.insert(mxc.into(), ("image/jpeg".into(), Bytes::from_static(b"woof")));
    let file = MediaRef {
        name: Some("dog.jpg".into()),
        mime: Some("image/jpeg".into()),
        size: Some(4),
        ..MediaRef::new(MediaSource::Matrix(mxc.into()))
    };
    let part = Part::Media { kind: MediaKind::Image, file, caption: Some(Doc::text("my dog")) };
    let sent = house.send(house.parts(vec![part])).await.unwrap();
    let line = house.slack.transcript(&house.general).pop().unwrap();
    assert_eq!((line.ts.as_str(), line.author.as_str()), (sent[0].id.as_str(), "Alice"));
    assert_eq!((line.files[0].0.as_str(), line.plain.as_str()), ("dog.jpg", "my dog"));
    house.slack.say(&house.general, &house.ada, "nice").unwrap();
    assert_eq!(house.store.hears(1).await, ["nice"]);
}

#[tokio::test]
async fn a_long_message_arrives_whole_and_in_order() {
    let house = House::open().await;
    let words: String = (0..4000).map(|n| format!("w{n} ")).collect();
    let sent = house.send(house.message(&words)).await.unwrap();
    assert!(sent.len() > 3);
    let told: String = house.slack.transcript(&house.general).into_iter().map(|line| line.plain + " ").collect();
    assert_eq!(told.split_whitespace().collect::<Vec<_>>(), words.split_whitespace().collect::<Vec<_>>());
}

#[tokio::test]
async fn nobody_is_called_without_the_right() {
    let house = House::open().await;
    let call = Part::Text(Doc::paragraph(vec![Inline::Everyone(Everyone::Room), Inline::text(" <!here> @channel")]));
    house.send(house.parts(vec![call.clone()])).await.unwrap();
    house.send(Outgoing { may_ping_everyone: true, ..house.parts(vec![call]) }).await.unwrap();
    let lines = house.slack.transcript(&house.general);
    let told = |at: usize| serde_json::to_string(&lines[at].blocks).unwrap();
    assert!(!told(0).contains("broadcast") && !lines[0].text.contains("<!"));
    assert!(told(1).contains(r#""range":"channel""#));
}

#[tokio::test]
async fn a_poll_is_voted_on_by_both_sides() {
    let house = House::open().await;
    let answer = |id: &str| PollAnswer { id: id.into(), text: format!("answer {id}") };
    let poll = Poll { question: "Tea?".into(), answers: vec![answer("a"), answer("b")], max_choices: 1, hidden: false };
    let sent = house.send(house.parts(vec![Part::Poll(poll)])).await.unwrap();
    let known = house.known(&sent[0]);
    let press = |n: usize| {
        let ts = sent[0].id.as_str();
        house.slack.press(&house.general, &house.ada, ts, &format!("causeway_poll:1:{n}")).unwrap();
    };
    press(0);
    press(1);
    let vote = house.event(|event| matches!(&event.what, What::Vote { answers, .. } if answers == &["b"])).await;
    assert!(matches!(&vote.from, Author::Them(id, _) if id.as_str() == house.ada));
    let state = |ended| PollState { target: known.clone(), counts: vec![("a".into(), 2), ("b".into(), 1)], ended };
    house.bridge().poll(&state(false)).await.unwrap();
    let shows = |house: &House, words: &[&str]| {
        let line = house.slack.transcript(&house.general).pop().unwrap();
        let told = serde_json::to_string(&line.blocks).unwrap();
        words.iter().all(|word| told.contains(word))
    };
    house.slack.wait_for(SOON, |_| shows(&house, &["answer a  `2`", "answer b  `2`"])).await.unwrap();
    house.bridge().poll(&state(true)).await.unwrap();
    assert!(shows(&house, &["ended with 4 votes"]) && !shows(&house, &["button"]));
}

#[tokio::test]
async fn people_are_invited_and_removed_and_the_channel_changes_its_look() {
    let house = House::open().await;
    let bob = house.slack.person("bob").unwrap();
    let order =
        |act| Moderate { chat: house.chat(), user: bob.as_str().into(), act, reason: None, by: "@alice:test".into() };
    let members = || house.slack.channel_info(&house.general).unwrap().members.contains(&bob);
    for act in [Act::Invite, Act::Invite] {
        house.bridge().moderate(&order(act)).await.unwrap();
    }
    assert!(members());
    for act in [Act::Ban, Act::Kick, Act::Unban] {
        house.bridge().moderate(&order(act)).await.unwrap();
    }
    assert!(!members());
    let look = ChatDelta { name: Some("The Port!".into()), topic: Some("ships & more".into()), ..ChatDelta::default() };
    // Only who made a channel may give it another name.
    let refused = house.bridge().change(&house.chat(), &look).await.unwrap_err();
    assert!(matches!(refused, SendError::Refused(_)) && refused.to_string().contains("creator"), "{refused}");
    let info = house.bridge().chat(&house.chat()).await.unwrap();
    assert_eq!((info.name.as_deref(), info.topic.as_deref()), (Some("harbour"), Some("ships & more")));
    house.bridge().announce(&house.chat(), "for <all>").await.unwrap();
    assert_eq!(house.slack.transcript(&house.general).pop().unwrap().text, "for &lt;all&gt;");
}
