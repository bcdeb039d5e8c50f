//! Channels as chats: what each becomes in Matrix, in which space, and who may come in. Pure.

use appservice_sdk::prelude::{Access, ChatDelta, ChatInfo, ChatKind};
use serenity::model::id::GuildId;

use crate::ids;
use crate::look::Cdn;
use crate::wire::{Channel, Guild};

/// Where Discord's own client opens things.
const CLIENT: &str = "https://discord.com/channels";

/// A guild: a space of its own. Discord shows a guild to its members only.
pub(crate) fn guild(guild: &Guild, cdn: &Cdn) -> ChatInfo {
    ChatInfo {
        name: guild.name.clone(),
        topic: guild.description.clone(),
        avatar: cdn.icon(guild),
        kind: ChatKind::Space,
        link: Some(format!("{CLIENT}/{}", guild.id)),
        ..ChatInfo::default()
    }
}

/// A channel, category, forum or post. `above` is the forum of a post.
pub(crate) fn channel(channel: &Channel, above: Option<&Channel>, guild: GuildId, access: Access) -> ChatInfo {
    let space = channel.is_category() || channel.is_forum();
    ChatInfo {
        name: channel.name.clone(),
        topic: Some(topic(channel, above)).filter(|topic| !topic.is_empty()),
        parent: Some(channel.parent_id.map_or_else(|| ids::guild_chat(guild), ids::chat)),
        kind: if space { ChatKind::Space } else { ChatKind::Room },
        access,
        link: Some(format!("{CLIENT}/{guild}/{}", channel.id)),
        ..ChatInfo::default()
    }
}

/// All of a channel's look that may have changed.
pub(crate) fn delta(now: &Channel, above: Option<&Channel>, guild: GuildId, access: Access) -> ChatDelta {
    let info = channel(now, above, guild, access);
    ChatDelta {
        name: info.name,
        topic: Some(info.topic.unwrap_or_default()),
        parent: info.parent,
        access: Some(access),
        ..ChatDelta::default()
    }
}

/// A post has no topic of its own: its tags stand there.
fn topic(channel: &Channel, above: Option<&Channel>) -> String {
    let own = channel.topic.clone().unwrap_or_default();
    let Some(forum) = above.filter(|_| channel.is_thread()) else { return own };
    let tags = forum.available_tags.iter().filter(|tag| channel.applied_tags.contains(&tag.id));
    let names: Vec<&str> = tags.map(|tag| tag.name.as_str()).filter(|name| !name.is_empty()).collect();
    if names.is_empty() { own } else { format!("Tags: {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Channel {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn each_kind_of_channel_lies_where_it_lies_on_discord() {
        let guild = GuildId::new(1);
        let cases = [
            (json!({"id": "2", "type": 0, "name": "general"}), ChatKind::Room, "guild:1"),
            (json!({"id": "2", "type": 0, "name": "general", "parent_id": "3"}), ChatKind::Room, "3"),
            (json!({"id": "3", "type": 4, "name": "Harbour"}), ChatKind::Space, "guild:1"),
            (json!({"id": "4", "type": 15, "name": "ideas", "parent_id": "3"}), ChatKind::Space, "3"),
            (json!({"id": "4", "type": 16, "name": "art"}), ChatKind::Space, "guild:1"),
            (json!({"id": "5", "type": 11, "name": "a boat", "parent_id": "4"}), ChatKind::Room, "4"),
        ];
        for (value, kind, parent) in cases {
            let info = channel(&read(value.clone()), None, guild, Access::Invited);
            assert_eq!((info.kind, info.parent.unwrap().as_str()), (kind, parent), "{value}");
        }
    }

    #[test]
    fn a_post_shows_its_tags() {
        let forum = read(json!({
            "id": "4", "type": 15, "available_tags": [{"id": "7", "name": "bug"}, {"id": "8", "name": "done"}]
        }));
        let post = read(json!({"id": "5", "type": 11, "name": "leak", "applied_tags": ["8", "7", "9"]}));
        let info = channel(&post, Some(&forum), GuildId::new(1), Access::Invited);
        assert_eq!(info.topic.as_deref(), Some("Tags: bug, done"));
        let bare = read(json!({"id": "5", "type": 11}));
        assert_eq!(channel(&bare, Some(&forum), GuildId::new(1), Access::Invited).topic, None);
    }
}
