//! From Telegram: what is said there is heard once and in order.

use appservice_sdk::prelude::*;
use serde_json::json;
use simulators::telegram::{Draft, Media};

use crate::harness::{House, Outcome};
use crate::store::{SOON, text, texts};

#[tokio::test]
async fn what_is_said_is_heard_once_and_in_order() {
    let mut house = House::open().await;
    house.telegram.say(house.group, house.ada, "one").unwrap();
    house.store.hears(1).await;
    house.kill();
    for word in ["two", "three"] {
        house.telegram.say(house.group, house.ada, word).unwrap();
    }
    house.start().await;
    house.telegram.say(house.group, house.ada, "four").unwrap();
    assert_eq!(house.store.hears(4).await, ["one", "two", "three", "four"]);
}

#[tokio::test]
async fn markup_replies_and_edits_are_heard() {
    let house = House::open().await;
    let bold = json!([{"type": "bold", "offset": 3, "length": 4}]);
    let first = house.telegram.post(Draft::text(house.group, house.ada, "😀 bold").entities(bold)).unwrap();
    house.telegram.reply(house.group, house.ada, "yes", first).unwrap();
    house.telegram.edit(house.group, first, "changed").unwrap();
    let edited = house.store.sees(|what| match what {
        What::Edit { id, parts } => Some((id.to_string(), text(parts))),
        _ => None,
    });
    assert_eq!(edited.await, (first.to_string(), "changed".to_owned()));
    let state = house.store.state();
    let told = |event: &Incoming| match &event.what {
        What::Message { parts, reply_to, .. } => Some((parts.clone(), reply_to.clone())),
        _ => None,
    };
    let messages: Vec<_> = state.events.iter().filter_map(told).collect();
    let bold = Doc::paragraph(vec![Inline::text("😀 "), Inline::bold([Inline::text("bold")])]);
    assert_eq!(messages[0].0, [Part::Text(bold)]);
    assert_eq!(messages[1].1, Some(MessageId::new(first.to_string())));
}

#[tokio::test]
async fn an_album_is_one_message_and_its_files_can_be_read() {
    let house = House::open().await;
    let photos = vec![Media::photo([255, 0, 0]), Media::photo([0, 255, 0]), Media::video()];
    let ids = house.telegram.album(house.group, house.ada, photos, "look").unwrap();
    let album = house.store.sees(|what| match what {
        What::Message { id, parts, .. } => Some((id.to_string(), parts.clone())),
        _ => None,
    });
    let (id, parts) = album.await;
    assert_eq!((id, parts.len()), (ids[0].to_string(), 3));
    let Part::Media { file, .. } = &parts[0] else { panic!() };
    let bytes = house.bridge().fetch(file).await.unwrap().collect(1 << 20).await.unwrap();
    assert!(!bytes.is_empty());
}

#[tokio::test]
async fn reactions_pins_and_titles_are_heard() {
    let house = House::open().await;
    let id = house.telegram.say(house.group, house.ada, "hello").unwrap();
    house.telegram.react(house.group, id, house.ada, &["👍"]).unwrap();
    house.telegram.react(house.group, id, house.ada, &["🔥"]).unwrap();
    house.telegram.pin(house.group, id, house.ada).unwrap();
    house.telegram.rename(house.group, "Port", house.ada).unwrap();
    let renamed = |what: &What| matches!(what, What::Chat(look) if look.name.as_deref() == Some("Port")).then_some(());
    house.store.sees(renamed).await;
    let state = house.store.state();
    let told = |event: &Incoming| match &event.what {
        What::React { emoji, on, .. } => Some(format!("{}{}", if *on { "+" } else { "-" }, emoji.key)),
        What::Pin { id, on } => Some(format!("pin {id} {on}")),
        _ => None,
    };
    let told: Vec<String> = state.events.iter().filter_map(told).collect();
    assert_eq!(told, ["+👍".to_owned(), "-👍".into(), "+🔥".into(), format!("pin {id} true")]);
}

#[tokio::test]
async fn a_forum_is_heard_topic_by_topic() {
    let mut house = House::open().await;
    house.kill();
    let forum = house.telegram.forum("Forum", house.ada);
    house.telegram.add_bot(forum, house.ada).unwrap();
    house.telegram.make_bot_admin(forum, house.ada).unwrap();
    let topic = house.telegram.topic(forum, house.ada, "Boats").unwrap();
    house.store.link(&format!("{forum}/{topic}"));
    house.start().await;
    let id = house.telegram.post(Draft::text(forum, house.ada, "ahoy").topic(topic)).unwrap();
    house.telegram.react(forum, id, house.ada, &["👍"]).unwrap();
    house.store.sees(|what| matches!(what, What::React { on: true, .. }).then_some(())).await;
    let state = house.store.state();
    let named = |what: &What| matches!(what, What::Found(info) if info.name.as_deref() == Some("Boats"));
    assert!(state.events.iter().any(|event| named(&event.what)), "{:#?}", state.events);
    let heard = state.events.iter().filter(|event| matches!(event.what, What::Message { .. } | What::React { .. }));
    assert!(heard.into_iter().all(|event| event.chat.as_str() == format!("{forum}/{topic}")));
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_is_followed_both_ways() {
    let mut house = House::open().await;
    house.kill();
    let group = house.telegram.group("Small", house.ada);
    house.telegram.add_bot(group, house.ada).unwrap();
    house.store.link(&group.to_string());
    house.start().await;
    house.telegram.say(group, house.ada, "before").unwrap();
    house.store.hears(1).await;
    let supergroup = house.telegram.migrate(group, house.ada).unwrap();
    // Even before the bridge was told, what is sent goes on in the supergroup.
    let message = Outgoing { chat: ChatId::new(group.to_string()), ..house.message("hi") };
    let sent = house.send(message).await;
    assert!(matches!(sent, Outcome::Sent(_)), "{sent:?}");
    house.telegram.say(supergroup, house.ada, "after").unwrap();
    assert_eq!(house.store.hears(2).await, ["before", "after"]);
    let moved = house.store.state().events.iter().filter(|event| matches!(event.what, What::Moved { .. })).count();
    assert_eq!(moved, 1);
    assert!(house.telegram.transcript(supergroup).iter().any(|line| line.text == "Alice: hi"));
}

#[tokio::test]
async fn only_administrators_link() {
    let house = House::open().await;
    let bob = house.telegram.person("Bob", None);
    house.telegram.join(house.group, bob).unwrap();
    house.telegram.say(house.group, bob, "/matrix link").unwrap();
    house.reads(&["Only administrators of this chat can ask for that."]).await;
    house.telegram.say(house.group, house.ada, "/matrix link").unwrap();
    house.telegram.wait_for(SOON, |_| house.spoken().len() == 2).await.unwrap();
    assert!(house.spoken()[1].contains(&format!("!telegram link code-for-{}", house.group)));
    assert!(texts(&house.store.state().events).is_empty(), "commands are no messages");
}
