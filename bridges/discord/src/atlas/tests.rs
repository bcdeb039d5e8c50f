//! What the atlas remembers, and that it does not grow without end.

use serde_json::json;
use serenity::model::channel::ChannelType;

use super::map::{CHANNELS, PEOPLE};
use super::*;
use crate::config::Secret;
use crate::wire::{Member, User};

const GUILD: GuildId = GuildId::new(1);

fn atlas() -> Atlas {
    let rest = Rest::new("http://127.0.0.1:9", &Secret::new("token")).unwrap();
    Atlas::new(Arc::new(rest), Cdn::new("http://127.0.0.1:9"), UserId::new(3))
}

fn channel(id: u64, kind: ChannelType, parent: Option<u64>) -> Channel {
    let kind: u8 = kind.into();
    let parent = parent.map(|parent| parent.to_string());
    serde_json::from_value(json!({"id": id.to_string(), "type": kind, "guild_id": "1", "parent_id": parent})).unwrap()
}

#[test]
fn threads_and_people_are_forgotten_before_they_fill_the_memory() {
    let atlas = atlas();
    atlas.learn_channel(channel(5, ChannelType::Text, None));
    for id in 10..10 + 2 * CHANNELS as u64 {
        atlas.learn_channel(channel(id, ChannelType::PublicThread, Some(5)));
    }
    for id in 10..10 + 2 * PEOPLE as u64 {
        let user: User = serde_json::from_value(json!({"id": id.to_string(), "username": "x"})).unwrap();
        atlas.meet(GUILD, &user, Some(&Member::default()));
    }
    let (channels, people) = atlas.map().size();
    assert!(channels <= CHANNELS && people <= PEOPLE, "{channels} {people}");
    assert!(atlas.known(ChannelId::new(5)).is_some(), "a channel is no thread");
}

#[tokio::test]
async fn a_post_is_a_chat_and_a_thread_is_part_of_one_and_a_private_thread_is_neither() {
    let atlas = atlas();
    atlas.learn_channel(channel(5, ChannelType::Text, None));
    atlas.learn_channel(channel(6, ChannelType::Forum, None));
    atlas.learn_channel(channel(7, ChannelType::PublicThread, Some(5)));
    atlas.learn_channel(channel(8, ChannelType::PublicThread, Some(6)));
    atlas.learn_channel(channel(9, ChannelType::PrivateThread, Some(5)));
    let place = |id: u64| {
        let atlas = &atlas;
        async move {
            let place = atlas.place(ChannelId::new(id)).await.unwrap();
            place.map(|place| (place.chat.get(), place.home.get(), place.thread.map(ChannelId::get)))
        }
    };
    assert_eq!(place(5).await, Some((5, 5, None)));
    assert_eq!(place(7).await, Some((5, 5, Some(7))));
    assert_eq!(place(8).await, Some((8, 6, None)));
    assert_eq!(place(9).await, None);
    assert!(atlas.is_post(ChannelId::new(8)) && !atlas.is_post(ChannelId::new(7)));
}
