//! From Discord to Matrix.

use appservice_sdk::prelude::*;
use simulators::discord::{Fault, Plan};

use crate::harness::{House, text};

fn messages(state: &crate::harness::State) -> Vec<Incoming> {
    state.events.iter().filter(|event| matches!(event.what, What::Message { .. })).cloned().collect()
}

#[tokio::test]
async fn a_message_arrives_with_its_author_and_its_time() {
    let house = House::open().await;
    house.discord.set_nick(house.guild, house.ada, "Ada L.").unwrap();
    house.discord.set_avatar(house.ada, "0123456789abcdef0123456789abcdef").unwrap();
    let id = house.discord.say(house.general, house.ada, "hello").unwrap();
    let event = house.store.until(|state| messages(state).pop()).await;
    let Author::Them(who, look) = &event.from else { panic!("{event:?}") };
    assert_eq!((who.as_str(), look.name.as_str()), (house.ada.to_string().as_str(), "Ada L."));
    let avatar = look.avatar.as_ref().unwrap();
    assert_eq!(avatar.id.as_deref(), Some(format!("avatars/{}/0123456789abcdef0123456789abcdef", house.ada).as_str()));
    assert_eq!(event.at.0, i64::try_from(id.time()).unwrap());
    assert_eq!(house.store.heard(), ["hello"]);
}

#[tokio::test]
async fn what_the_bridge_said_itself_is_not_told_back() {
    let house = House::open().await;
    house.says("from Matrix").await;
    house.discord.say(house.general, house.ada, "from Discord").unwrap();
    assert_eq!(house.store.hears(1).await, ["from Discord"]);
}

#[tokio::test]
async fn messages_of_channels_nobody_linked_are_not_told() {
    let house = House::open().await;
    let other = house.discord.text_channel(house.guild, "other").unwrap();
    house.discord.say(other, house.ada, "elsewhere").unwrap();
    house.discord.say(house.discord.direct(house.ada), house.ada, "psst").unwrap();
    house.discord.say(house.general, house.ada, "here").unwrap();
    assert_eq!(house.store.hears(1).await, ["here"]);
}

#[tokio::test]
async fn an_edit_and_a_deletion_follow_their_message() {
    let house = House::open().await;
    let id = house.discord.say(house.general, house.ada, "helo").unwrap();
    house.discord.edit(house.general, id, "hello").unwrap();
    house.discord.delete(house.general, id).unwrap();
    house.told(|event| matches!(event.what, What::Delete { .. })).await;
    let what = house.store.state().events.clone();
    let id = MessageId::new(id.to_string());
    let story: Vec<String> = what
        .iter()
        .filter_map(|event| match &event.what {
            What::Message { id: of, parts, .. } if *of == id => Some(format!("says {}", text(parts))),
            What::Edit { id: of, parts } if *of == id => Some(format!("edits {}", text(parts))),
            What::Delete { id: of } if *of == id => Some("deletes".to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(story, ["says helo", "edits hello", "deletes"]);
}

#[tokio::test]
async fn a_preview_that_appears_later_is_no_edit() {
    let house = House::open().await;
    house.discord.say(house.general, house.ada, "see https://example.org/page").unwrap();
    house.discord.say(house.general, house.ada, "end").unwrap();
    house.store.hears(2).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!house.store.state().events.iter().any(|event| matches!(event.what, What::Edit { .. })));
}

#[tokio::test]
async fn many_deletions_at_once_are_told_one_by_one() {
    let house = House::open().await;
    let ids: Vec<_> = (0..3).map(|n| house.discord.say(house.general, house.ada, &n.to_string()).unwrap()).collect();
    house.discord.delete_bulk(house.general, &ids).unwrap();
    let deleted = |state: &crate::harness::State| {
        state.events.iter().filter(|event| matches!(event.what, What::Delete { .. })).count()
    };
    house.store.until(|state| (deleted(state) == 3).then_some(())).await;
}

#[tokio::test]
async fn reactions_come_and_go() {
    let house = House::open().await;
    let id = house.discord.say(house.general, house.ada, "look").unwrap();
    house.discord.react(house.general, id, house.ada, "👍").unwrap();
    house.discord.unreact(house.general, id, house.ada, "👍").unwrap();
    house.discord.react(house.general, id, house.ada, "🎉").unwrap();
    house.discord.clear_reactions(house.general, id, Some("🎉")).unwrap();
    house.discord.clear_reactions(house.general, id, None).unwrap();
    let reactions = |state: &crate::harness::State| -> Vec<(bool, String, bool)> {
        let told = state.events.iter().filter_map(|event| match &event.what {
            What::React { emoji, on, .. } => Some((*on, emoji.key.clone(), event.from == Author::Nobody)),
            _ => None,
        });
        told.collect()
    };
    let told = house.store.until(|state| Some(reactions(state)).filter(|told| told.len() >= 5)).await;
    let wanted =
        [(true, "👍", false), (false, "👍", false), (true, "🎉", false), (false, "🎉", true), (false, "", true)];
    assert_eq!(told, wanted.map(|(on, emoji, all)| (on, emoji.to_owned(), all)));
}

#[tokio::test]
async fn a_reply_names_the_message_it_answers() {
    let house = House::open().await;
    let first = house.discord.say(house.general, house.ada, "question").unwrap();
    house.discord.reply(house.general, house.ada, "answer", first).unwrap();
    let all = house.store.until(|state| Some(messages(state)).filter(|all| all.len() == 2)).await;
    let What::Message { reply_to, .. } = &all[1].what else { panic!() };
    assert_eq!(reply_to.as_ref().map(MessageId::as_str), Some(first.to_string().as_str()));
}

#[tokio::test]
async fn what_is_said_in_a_thread_is_told_under_its_root() {
    let house = House::open().await;
    house.discord.inject(Plan::new(Fault::ThreadCreateLate, "THREAD_CREATE"));
    let root = house.discord.say(house.general, house.ada, "root").unwrap();
    let thread = house.discord.thread_on(house.general, root, house.ada, "a thread").unwrap();
    house.discord.say(thread, house.ada, "inside").unwrap();
    let loose = house.discord.thread(house.general, house.ada, "loose").unwrap();
    house.discord.say(loose, house.ada, "also inside").unwrap();
    let all = house.store.until(|state| Some(messages(state)).filter(|all| all.len() >= 4)).await;
    let of = |wanted: &str| {
        let found =
            all.iter().find(|event| matches!(&event.what, What::Message { parts, .. } if text(parts) == wanted));
        let Some(Incoming { chat, what: What::Message { id, thread, .. }, .. }) = found else {
            panic!("{wanted}: {all:#?}")
        };
        assert_eq!(*chat, house.chat());
        (id.to_string(), thread.as_ref().map(ToString::to_string))
    };
    assert_eq!(of("root").1, None);
    assert_eq!(of("inside").1, Some(root.to_string()));
    assert_eq!(of("also inside").1, Some(loose.to_string()));
    assert_eq!(of("Thread: loose"), (loose.to_string(), None));
}

#[tokio::test]
async fn files_arrive_and_can_be_read_even_when_their_address_has_run_out() {
    let house = House::open().await;
    let files = [
        ("cat.png", "image/png", Bytes::from_static(b"meow")),
        ("SPOILER_end.txt", "text/plain", Bytes::from_static(b"they die")),
    ];
    house.discord.upload(house.general, house.ada, "my cat", &files).unwrap();
    let event = house.store.until(|state| messages(state).pop()).await;
    let What::Message { parts, .. } = event.what else { panic!() };
    assert_eq!(parts.len(), 3);
    let (Part::Media { kind: MediaKind::Image, file: cat, .. }, Part::Media { kind: MediaKind::File, file: end, .. }) =
        (&parts[1], &parts[2])
    else {
        panic!("{parts:#?}")
    };
    assert_eq!((cat.name.as_deref(), cat.spoiler), (Some("cat.png"), false));
    assert_eq!((end.name.as_deref(), end.spoiler), (Some("end.txt"), true));
    house.discord.pass(std::time::Duration::from_secs(48 * 3600));
    let bytes = house.bridge().fetch(cat).await.unwrap().collect(100).await.unwrap();
    assert_eq!(bytes, "meow");
}

#[tokio::test]
async fn other_webhooks_and_bots_are_told_under_the_name_they_show() {
    let house = House::open().await;
    let robot = house.discord.other_bot(house.guild, "robot").unwrap();
    house.discord.say(house.general, robot, "beep").unwrap();
    let event = house.store.until(|state| messages(state).pop()).await;
    let Author::Them(_, look) = &event.from else { panic!() };
    assert!(look.is_bot && look.name == "robot");
    let What::Message { parts, .. } = &event.what else { panic!() };
    assert!(matches!(parts[0], Part::Notice(_)));
}

#[tokio::test]
async fn names_topics_and_people_are_followed() {
    let house = House::open().await;
    house.discord.rename(house.general, "harbour").unwrap();
    house.discord.set_topic(house.general, "ships").unwrap();
    house.discord.rename_guild(house.guild, "Port").unwrap();
    house.discord.set_nick(house.guild, house.ada, "Countess").unwrap();
    let delta = |state: &crate::harness::State| {
        state.events.iter().rev().find_map(|event| match &event.what {
            What::Chat(delta) if event.chat == house.chat() => Some((delta.name.clone(), delta.topic.clone())),
            _ => None,
        })
    };
    let wanted = (Some("harbour".to_owned()), Some("ships".to_owned()));
    house.store.until(|state| delta(state).filter(|delta| *delta == wanted)).await;
    let named = |event: &Incoming| matches!(&event.from, Author::Them(_, look) if look.name == "Countess" && event.what == What::Profile);
    house.store.until(|state| state.events.iter().any(named).then_some(())).await;
    let info = house.bridge().chat(&house.chat()).await.unwrap();
    assert_eq!((info.name.as_deref(), info.topic.as_deref()), (Some("harbour"), Some("ships")));
    let guild = house.bridge().chat(&info.parent.unwrap()).await.unwrap();
    assert_eq!((guild.name.as_deref(), guild.kind), (Some("Port"), ChatKind::Space));
}

#[tokio::test]
async fn a_deleted_channel_is_gone() {
    let house = House::open().await;
    house.discord.delete_channel(house.general).unwrap();
    house.store.until(|state| state.events.iter().any(|event| event.what == What::Gone).then_some(())).await;
}

#[tokio::test]
async fn typing_is_told() {
    let house = House::open().await;
    house.discord.type_in(house.general, house.ada).unwrap();
    house
        .store
        .until(|state| state.events.iter().any(|event| event.what == What::Typing { on: true }).then_some(()))
        .await;
}

#[tokio::test]
async fn channels_are_listed_and_odd_ones_are_refused_in_plain_words() {
    let house = House::open().await;
    let forum = house.discord.forum(house.guild, "ideas").unwrap();
    let names: Vec<_> = house.bridge().chats().await.unwrap().into_iter().filter_map(|(_, info)| info.name).collect();
    assert_eq!(names, ["general", "ideas"]);
    let root = house.discord.say(house.general, house.ada, "root").unwrap();
    let thread = house.discord.thread_on(house.general, root, house.ada, "aside").unwrap();
    let thread = house.bridge().chat(&ChatId::new(thread.to_string())).await.unwrap_err();
    assert!(thread.to_string().contains("together with the channel"), "{thread}");
    let forum = house.bridge().chat(&ChatId::new(forum.to_string())).await.unwrap();
    assert_eq!(forum.kind, ChatKind::Space);
    assert!(matches!(house.bridge().chat(&ChatId::new("12345")).await, Err(FetchError::Missing)));
    assert!(matches!(house.bridge().chat(&ChatId::new("general")).await, Err(FetchError::Refused(_))));
}
