//! Guilds, members, roles, emoji. <https://discord.com/developers/docs/resources/guild>

use serde_json::{Value, json};

use super::{channel, user};
use crate::discord::{
    clock::iso8601,
    model::{Emoji, Guild, Role},
    snowflake::Snowflake,
    world::World,
};

/// What every guild has here, and none in a way of its own.
const ABSENT: [&str; 17] = [
    "splash",
    "discovery_splash",
    "description",
    "banner",
    "home_header",
    "application_id",
    "afk_channel_id",
    "system_channel_id",
    "rules_channel_id",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
    "widget_channel_id",
    "vanity_url_code",
    "max_presences",
    "incidents_data",
    "hub_type",
    "latest_onboarding_question_id",
];

/// The guild as REST shows it.
pub(crate) fn guild(world: &World, guild: &Guild) -> Value {
    let mut shaped = json!({
        "id": guild.id,
        "name": guild.name,
        "icon": guild.icon,
        "owner_id": guild.owner,
        "owner": guild.owner == world.app.bot,
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": false,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "nsfw": false,
        "features": [],
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": false,
        "preferred_locale": "en-US",
        "max_members": 500_000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "roles": guild.roles.iter().map(role).collect::<Vec<_>>(),
        "emojis": guild.emojis.iter().map(emoji).collect::<Vec<_>>(),
        "stickers": guild.stickers.iter().map(sticker).collect::<Vec<_>>(),
    });
    for field in ABSENT {
        shaped[field] = Value::Null;
    }
    shaped
}

/// The guild as GUILD_CREATE brings it. Members are only the bot, unless presences were asked for.
pub(crate) fn created(world: &World, id: Snowflake, everybody: bool) -> Value {
    let Some(found) = world.guilds.get(&id) else { return json!({ "id": id, "unavailable": true }) };
    let bot = world.app.bot;
    let joined = found.members.get(&bot).map_or(0, |member| member.joined);
    let inside = || world.channels.values().filter(|c| c.guild == Some(id));
    let members = found.members.keys().filter(|user| everybody || **user == bot);
    let threads = inside().filter(|c| c.thread.as_ref().is_some_and(|thread| !thread.archived));
    let visible = threads.filter(|thread| crate::discord::permission::in_channel(world, bot, thread) != 0);
    let mut shaped = guild(world, found);
    shaped["joined_at"] = json!(iso8601(joined));
    shaped["large"] = json!(found.members.len() > 250);
    shaped["unavailable"] = json!(false);
    shaped["member_count"] = json!(found.members.len());
    shaped["members"] = members.map(|user| member(world, id, *user)).collect();
    shaped["channels"] = inside().filter(|c| !c.is_thread()).map(|c| channel::channel(world, c)).collect();
    shaped["threads"] = visible.map(|c| channel::channel(world, c)).collect();
    for empty in ["voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
        shaped[empty] = json!([]);
    }
    shaped
}

/// A member, with its user.
pub(crate) fn member(world: &World, guild: Snowflake, id: Snowflake) -> Value {
    let mut shaped = partial_member(world, guild, id);
    shaped["user"] = user::user(world, id);
    shaped
}

/// A member as a message carries it: without user.
pub(crate) fn partial_member(world: &World, guild: Snowflake, id: Snowflake) -> Value {
    let found = world.member(guild, id);
    json!({
        "nick": found.and_then(|m| m.nick.clone()),
        "avatar": found.and_then(|m| m.avatar.clone()),
        "banner": null,
        "roles": found.map(|m| m.roles.clone()).unwrap_or_default(),
        "joined_at": found.map(|m| iso8601(m.joined)),
        "premium_since": null,
        "deaf": false,
        "mute": false,
        "flags": 0,
        "pending": false,
        "communication_disabled_until": null,
    })
}

/// A role.
pub(crate) fn role(role: &Role) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "color": role.color,
        "colors": { "primary_color": role.color, "secondary_color": null, "tertiary_color": null },
        "hoist": false,
        "icon": null,
        "unicode_emoji": null,
        "position": role.position,
        "permissions": role.permissions.to_string(),
        "managed": role.managed,
        "mentionable": role.mentionable,
        "flags": 0,
    })
}

/// A guild's own sticker.
pub(crate) fn sticker((id, name, format): &(Snowflake, String, u8)) -> Value {
    json!({
        "id": id, "name": name, "format_type": format, "type": 2, "tags": "", "description": null, "available": true,
        "sort_value": 0,
    })
}

/// A custom emoji.
pub(crate) fn emoji(emoji: &Emoji) -> Value {
    json!({
        "id": emoji.id,
        "name": emoji.name,
        "animated": emoji.animated,
        "available": true,
        "managed": false,
        "require_colons": true,
        "roles": [],
    })
}
