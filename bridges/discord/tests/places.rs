//! Where channels lie and who may come in: spaces, posts, permissions.

use appservice_sdk::prelude::*;
use simulators::discord::model::Overwrite;
use simulators::discord::permission::{EVERYONE, VIEW_CHANNEL};
use simulators::discord::{Fault, Plan, Snowflake};

use crate::harness::House;

fn found(event: &Incoming, chat: Snowflake) -> Option<&ChatInfo> {
    match &event.what {
        What::Found(info) if event.chat.as_str() == chat.to_string() => Some(info),
        _ => None,
    }
}

/// Takes a channel from everybody's sight.
fn hide(house: &House, channel: Snowflake, deny: u64) {
    let everyone = Overwrite { id: house.guild, member: false, allow: 0, deny };
    house.discord.overwrite(channel, everyone).unwrap();
}

fn access(event: &Incoming, chat: Snowflake) -> Option<Access> {
    match &event.what {
        What::Chat(delta) if event.chat.as_str() == chat.to_string() => delta.access,
        _ => None,
    }
}

/// Waits until that is the last that was told of who may come into the linked room.
async fn becomes(house: &House, wanted: Access) {
    let last = |state: &crate::harness::State| state.events.iter().rev().find_map(|event| access(event, house.general));
    house.store.until(|state| last(state).filter(|access| *access == wanted)).await;
}

#[tokio::test]
async fn channels_are_found_at_the_start_and_when_they_appear_in_the_space_they_lie_in() {
    let mut house = House::build(simulators::discord::Settings::default()).await;
    let harbour = house.discord.category(house.guild, "Harbour").unwrap();
    let early = house.discord.text_channel_in(harbour, "early").unwrap();
    house.start().await;
    let event = house.told(|event| found(event, early).is_some()).await;
    let info = found(&event, early).unwrap();
    assert_eq!(info.parent.as_ref().unwrap().as_str(), harbour.to_string());
    assert_eq!((info.kind, info.access), (ChatKind::Room, Access::Container));
    let above = house.bridge().chat(info.parent.as_ref().unwrap()).await.unwrap();
    assert_eq!((above.kind, above.name.as_deref()), (ChatKind::Space, Some("Harbour")));
    assert_eq!(above.parent.unwrap().as_str(), format!("guild:{}", house.guild));
    let late = house.discord.text_channel(house.guild, "late").unwrap();
    house.told(|event| found(event, late).is_some()).await;
    assert!(!house.store.state().events.iter().any(|event| found(event, harbour).is_some()));
}

#[tokio::test]
async fn a_private_channel_is_for_the_invited_and_a_channel_that_becomes_private_closes_at_once() {
    let house = House::open().await;
    let bot = Overwrite { id: house.discord.bot(), member: true, allow: VIEW_CHANNEL, deny: 0 };
    house.discord.overwrite(house.general, bot).unwrap();
    hide(&house, house.general, VIEW_CHANNEL);
    becomes(&house, Access::Invited).await;
    assert_eq!(house.bridge().chat(&house.chat()).await.unwrap().access, Access::Invited);
    hide(&house, house.general, 0);
    becomes(&house, Access::Container).await;
    house.discord.change_role(house.guild, house.guild, |role| role.permissions = EVERYONE & !VIEW_CHANNEL).unwrap();
    becomes(&house, Access::Invited).await;
    assert_eq!(house.bridge().chat(&house.chat()).await.unwrap().access, Access::Invited);
}

#[tokio::test]
async fn a_post_of_a_forum_is_a_room_in_its_space_from_its_first_message_on() {
    let house = House::open().await;
    let forum = house.discord.forum(house.guild, "ideas").unwrap();
    let event = house.told(|event| found(event, forum).is_some()).await;
    assert_eq!(found(&event, forum).unwrap().kind, ChatKind::Space);
    let post = house.discord.forum_post(forum, house.ada, "a boat", "it should float").unwrap();
    let event = house.told(|event| found(event, post).is_some()).await;
    let info = found(&event, post).unwrap();
    assert_eq!(
        (info.name.as_deref(), info.parent.as_ref().unwrap().as_str()),
        (Some("a boat"), forum.to_string().as_str())
    );
    house.discord.say(post, house.ada, "and sail").unwrap();
    house.link(post).await;
    assert_eq!(house.store.hears(2).await, ["it should float", "and sail"]);
    house.discord.say(post, house.ada, "soon").unwrap();
    let soon = house
        .told(|event| matches!(&event.what, What::Message { parts, .. } if crate::harness::text(parts) == "soon"))
        .await;
    assert_eq!(soon.chat.as_str(), post.to_string());
    let What::Message { thread, .. } = soon.what else { panic!() };
    assert_eq!(thread, None);
}

#[tokio::test]
async fn people_in_matrix_answer_edit_react_and_delete_in_a_post() {
    let house = House::open().await;
    let forum = house.discord.forum(house.guild, "ideas").unwrap();
    let post = house.discord.forum_post(forum, house.ada, "a boat", "it should float").unwrap();
    house.link(post).await;
    let chat = ChatId::new(post.to_string());
    house.store.hears(1).await;
    assert!(!house.bridge().features(&chat).thread, "posts have no threads");
    let sent = house.send(Outgoing { chat: chat.clone(), ..house.message("and sail") }).await.unwrap();
    let known = Known { chat, ..house.known(&sent[0]) };
    let lines = || house.discord.transcript(post).into_iter().map(|line| line.content).collect::<Vec<_>>();
    assert_eq!(lines(), ["it should float", "and sail"]);
    let message = std::sync::Arc::new(Outgoing { chat: known.chat.clone(), ..house.message("and row") });
    let payload = house.bridge().plan(&message).unwrap().remove(0);
    house.bridge().edit(&Edit { target: known.clone(), payload, message }).await.unwrap();
    assert_eq!(lines(), ["it should float", "and row"]);
    house.bridge().react(&React { target: known.clone(), emoji: Emoji::unicode("⛵") }).await.unwrap();
    assert_eq!(house.discord.transcript(post)[1].reactions, [("⛵".to_owned(), 1)]);
    house.bridge().delete(&known).await.unwrap();
    assert_eq!(lines(), ["it should float"]);
}

#[tokio::test]
async fn a_lost_answer_in_a_post_is_looked_for_in_the_post() {
    let house = House::open().await;
    let forum = house.discord.forum(house.guild, "ideas").unwrap();
    let post = house.discord.forum_post(forum, house.ada, "a boat", "it should float").unwrap();
    house.link(post).await;
    house.discord.inject(Plan::new(Fault::BadGatewayAfter, "POST /webhooks/{webhook}/{token}"));
    house.send(Outgoing { chat: ChatId::new(post.to_string()), ..house.message("once") }).await.unwrap();
    assert_eq!(house.discord.transcript(post).len(), 2);
}

#[tokio::test]
async fn a_post_that_is_announced_late_loses_nothing() {
    let house = House::open().await;
    let forum = house.discord.forum(house.guild, "ideas").unwrap();
    house.discord.inject(Plan::new(Fault::ThreadCreateLate, "THREAD_CREATE"));
    let post = house.discord.forum_post(forum, house.ada, "a boat", "it should float").unwrap();
    house.told(|event| found(event, post).is_some()).await;
    house.link(post).await;
    assert_eq!(house.store.hears(1).await, ["it should float"]);
}

#[tokio::test]
async fn tags_and_titles_of_a_post_are_followed_and_a_deleted_post_is_gone() {
    let house = House::open().await;
    let forum = house.discord.forum(house.guild, "ideas").unwrap();
    let tag = house.discord.forum_tag(forum, "wood", false).unwrap();
    let post = house.discord.forum_post(forum, house.ada, "a boat", "it should float").unwrap();
    house.link(post).await;
    house.store.hears(1).await;
    house.discord.tag(post, &[tag]).unwrap();
    let topic = |event: &Incoming| match &event.what {
        What::Chat(delta) if event.chat.as_str() == post.to_string() => delta.topic.clone(),
        _ => None,
    };
    house.told(|event| topic(event).as_deref() == Some("Tags: wood")).await;
    house.discord.delete_channel(post).unwrap();
    house.told(|event| event.what == What::Gone && event.chat.as_str() == post.to_string()).await;
}

#[tokio::test]
async fn a_private_thread_is_not_heard_in_the_room_of_its_channel() {
    let house = House::open().await;
    let thread = house.discord.private_thread(house.general, house.ada, "secret").unwrap();
    house.discord.say(thread, house.ada, "psst").unwrap();
    house.discord.say(house.general, house.ada, "hello").unwrap();
    assert_eq!(house.store.hears(1).await, ["hello"]);
}
