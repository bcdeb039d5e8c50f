//! What people do on Slack arrives as what it is.

use appservice_sdk::prelude::*;
use serde_json::json;
use simulators::slack::Note;

use crate::harness::{House, text};

#[tokio::test]
async fn a_message_is_told_with_its_author_its_time_and_its_markup() {
    let house = House::open().await;
    let ts = house.slack.say(&house.general, &house.ada, "hello *there* :tada:").unwrap();
    assert_eq!(house.store.hears(1).await, ["hello there 🎉"]);
    let told = house.event(|event| matches!(event.what, What::Message { .. })).await;
    let Author::Them(id, info) = &told.from else { panic!("{told:?}") };
    assert_eq!((id.as_str(), info.name.as_str(), info.is_bot), (house.ada.as_str(), "ada", false));
    assert!(info.avatar.is_some());
    let What::Message { id, parts, .. } = &told.what else { panic!("{told:?}") };
    assert_eq!(id.as_str(), ts);
    assert!(parts[0].doc().unwrap().to_html().contains("<strong>there</strong>"));
}

#[tokio::test]
async fn threads_edits_and_deletions_are_told() {
    let house = House::open().await;
    let root = house.slack.say(&house.general, &house.ada, "root").unwrap();
    house.slack.reply(&house.general, &house.ada, &root, "inside").unwrap();
    house.slack.broadcast(&house.general, &house.ada, &root, "for all").unwrap();
    house.slack.edit(&house.general, &house.ada, &root, "root, better").unwrap();
    house.slack.delete(&house.general, &root).unwrap();
    house.event(|event| matches!(&event.what, What::Delete { id } if id.as_str() == root)).await;
    let state = house.store.state();
    let place = |wanted: &str| {
        let found = state.events.iter().find_map(|event| match &event.what {
            What::Message { parts, reply_to, thread, .. } if text(parts) == wanted => Some((reply_to, thread)),
            _ => None,
        });
        found.map(|(reply, thread)| (reply.clone(), thread.clone())).unwrap()
    };
    let root = Some(MessageId::new(root));
    assert_eq!(place("root"), (None, None));
    assert_eq!(place("inside"), (None, root.clone()));
    assert_eq!(place("for all"), (root, None));
    let edits = state
        .events
        .iter()
        .filter(|event| matches!(&event.what, What::Edit { parts, .. } if text(parts) == "root, better"));
    assert_eq!(edits.count(), 1);
}

#[tokio::test]
async fn reactions_and_pins_are_told_with_what_emoji_mean_here() {
    let house = House::open().await;
    house.slack.emoji("parrot", None);
    house.slack.emoji("bird", Some("parrot"));
    let ts = house.slack.say(&house.general, &house.ada, "hello").unwrap();
    for name in ["+1", "bird"] {
        house.slack.react(&house.general, &house.ada, &ts, name).unwrap();
    }
    house.slack.unreact(&house.general, &house.ada, &ts, "+1").unwrap();
    house.slack.pin(&house.general, &house.ada, &ts).unwrap();
    house.slack.unpin(&house.general, &house.ada, &ts).unwrap();
    house.event(|event| matches!(event.what, What::Pin { on: false, .. })).await;
    let reactions: Vec<(String, bool)> = house
        .store
        .state()
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::React { emoji, on, .. } => Some((emoji.key.clone(), *on)),
            _ => None,
        })
        .collect();
    assert_eq!(reactions, [("👍".to_owned(), true), ("parrot".to_owned(), true), ("👍".to_owned(), false)]);
}

#[tokio::test]
async fn files_are_looked_up_and_read_with_the_bots_token() {
    let house = House::open().await;
    let file = house.slack.file(&house.ada, "cat.png", &b"\x89PNG meow"[..]).unwrap();
    house.slack.share(&house.general, &house.ada, &file, "look").unwrap();
    house.store.hears(1).await;
    let told = house.event(|event| matches!(event.what, What::Message { .. })).await;
    let What::Message { parts, .. } = told.what else { panic!() };
    let [Part::Media { kind, file, caption: Some(caption) }] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!((*kind, file.name.as_deref(), caption.plain().as_str()), (MediaKind::Image, Some("cat.png"), "look"));
    let bytes = house.bridge().fetch(file).await.unwrap().collect(100).await.unwrap();
    assert_eq!(&bytes[..], b"\x89PNG meow");
}

#[tokio::test]
async fn programs_appear_under_the_name_they_take() {
    let house = House::open().await;
    house.slack.say_as_other_app(&house.general, "Deployer", "up *again*").unwrap();
    house.store.hears(1).await;
    let told = house.event(|event| matches!(event.what, What::Message { .. })).await;
    let What::Message { parts, profile, .. } = &told.what else { panic!() };
    assert!(matches!(parts.as_slice(), [Part::Notice(_)]), "{parts:?}");
    let Author::Them(_, info) = &told.from else { panic!("{told:?}") };
    let shown = profile.as_ref().unwrap_or(info);
    assert!(shown.name == "Deployer" && shown.is_bot, "{told:?}");
}

#[tokio::test]
async fn attachments_links_and_actions_are_shown() {
    let house = House::open().await;
    let alert = json!([{ "fallback": "x", "title": "CPU", "text": "at *99%*" }]);
    let note = Note::new("see").with_attachments(alert.as_array().unwrap().clone());
    house.slack.write(&house.general, &house.ada, note).unwrap();
    house.slack.write(&house.general, &house.ada, Note::new("waves").as_action()).unwrap();
    let link = house.slack.say(&house.general, &house.ada, "https://x.example").unwrap();
    house.slack.unfurl(&house.general, &link, "https://x.example", "The X").unwrap();
    let edit = house.event(|event| matches!(event.what, What::Edit { .. })).await;
    let What::Edit { parts, .. } = edit.what else { panic!() };
    assert_eq!(parts.len(), 2, "{parts:?}");
    let heard = house.store.heard();
    assert!(heard[0].contains("CPU") && heard[0].contains("at 99%"), "{heard:?}");
    let emotes = house.store.state().events.iter().any(
        |event| matches!(&event.what, What::Message { parts, .. } if matches!(parts.as_slice(), [Part::Emote(_)])),
    );
    assert!(emotes);
}

#[tokio::test]
async fn people_and_channels_change() {
    let house = House::open().await;
    let bob = house.slack.person("bob").unwrap();
    house.slack.join(&house.general, &bob).unwrap();
    house.slack.change_user(&bob, |user| user.display_name = "Bobby".to_owned()).unwrap();
    house.slack.set_topic(&house.general, &bob, "ships").unwrap();
    house.slack.rename(&house.general, "port").unwrap();
    house.slack.leave(&house.general, &bob).unwrap();
    let other = house.slack.private_channel("secret").unwrap();
    house.event(|event| matches!(event.what, What::Member { joined: false })).await;
    house.event(|event| matches!(&event.what, What::Profile if matches!(&event.from, Author::Them(_, info) if info.name == "Bobby"))).await;
    house.event(|event| matches!(&event.what, What::Chat(delta) if delta.topic.as_deref() == Some("ships"))).await;
    house.event(|event| matches!(&event.what, What::Chat(delta) if delta.name.as_deref() == Some("port"))).await;
    let found = house.event(|event| event.chat.as_str() == other && matches!(event.what, What::Found(_))).await;
    let What::Found(info) = found.what else { panic!() };
    assert_eq!((info.access, info.name.as_deref()), (Access::Invited, Some("secret")));
    let seen = house.event(|event| event.chat == house.chat() && matches!(event.what, What::Found(_))).await;
    let What::Found(info) = seen.what else { panic!() };
    assert_eq!((info.access, info.parent), (Access::Container, Some(house.slack.team().into())));
    house.slack.delete_channel(&house.general).unwrap();
    house.event(|event| matches!(event.what, What::Gone)).await;
}

#[tokio::test]
async fn people_of_other_workspaces_have_names() {
    let house = House::open().await;
    let eve = house.slack.stranger("eve").unwrap();
    house.slack.join(&house.general, &eve).unwrap();
    house.slack.say(&house.general, &eve, "hello from afar").unwrap();
    house.store.hears(1).await;
    let told = house.event(|event| matches!(event.what, What::Message { .. })).await;
    assert!(matches!(&told.from, Author::Them(_, info) if info.name == "eve"), "{told:?}");
}

#[tokio::test]
async fn what_the_bridge_said_is_not_heard() {
    let house = House::open().await;
    house.says("ours").await;
    house.slack.say(&house.general, &house.ada, "theirs").unwrap();
    assert_eq!(house.store.hears(1).await, ["theirs"]);
}
