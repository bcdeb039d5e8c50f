//! Guilds, their channels, roles and emoji. <https://discord.com/developers/docs/resources/guild>

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error,
    model::channel_type,
    permission::{self, MANAGE_CHANNELS},
    shape::{channel, guild},
    snowflake::Snowflake,
};

/// `GET /guilds/{guild}`.
pub(super) fn one(ask: &mut Ask<'_>) -> Answer {
    let id = ask.guild()?;
    let with_counts = ask.query("with_counts") == Some("true");
    let world = ask.world();
    let found = world.guild(id)?;
    let mut shaped = guild::guild(world, found);
    if with_counts {
        shaped["approximate_member_count"] = json!(found.members.len());
        shaped["approximate_presence_count"] = json!(found.members.len());
    }
    json(shaped)
}

/// `GET /users/@me/guilds`.
pub(super) fn mine(ask: &mut Ask<'_>) -> Answer {
    let me = ask.me();
    let world = ask.world();
    let mine = world.guilds.values().filter(|guild| guild.members.contains_key(&me));
    let shaped: Vec<Value> = mine
        .map(|guild| {
            json!({
                "id": guild.id, "name": guild.name, "icon": guild.icon, "banner": null, "owner": guild.owner == me,
                "permissions": permission::in_guild(world, me, guild.id).to_string(), "features": [],
            })
        })
        .collect();
    json(Value::Array(shaped))
}

/// `GET /guilds/{guild}/channels`: without threads, with those the bot does not see.
pub(super) fn channels(ask: &mut Ask<'_>) -> Answer {
    let id = ask.guild()?;
    let world = ask.world();
    let inside = world.channels.values().filter(|channel| channel.guild == Some(id) && !channel.is_thread());
    json(inside.map(|found| channel::channel(world, found)).collect())
}

/// `POST /guilds/{guild}/channels`.
pub(super) fn create_channel(ask: &mut Ask<'_>) -> Answer {
    let (id, me) = (ask.guild()?, ask.me());
    if permission::in_guild(ask.world(), me, id) & MANAGE_CHANNELS == 0 {
        return Err(error::missing_permissions());
    }
    let (name, topic) = (ask.required_text("name", 100)?, ask.text("topic", 1024)?);
    let kind = ask.field("type")?.unwrap_or(channel_type::TEXT);
    let parent: Option<Snowflake> = ask.field("parent_id")?;
    let world = ask.world();
    let made = world.create_channel(id, &name, kind, parent);
    world.channel_mut(made)?.topic = topic;
    Ok(Reply::Json(201, channel::channel(world, world.channel(made)?)))
}

/// `GET /guilds/{guild}/roles`.
pub(super) fn roles(ask: &mut Ask<'_>) -> Answer {
    let id = ask.guild()?;
    json(ask.world().guild(id)?.roles.iter().map(guild::role).collect())
}

/// `GET /guilds/{guild}/emojis`.
pub(super) fn emojis(ask: &mut Ask<'_>) -> Answer {
    let id = ask.guild()?;
    json(ask.world().guild(id)?.emojis.iter().map(guild::emoji).collect())
}

/// `GET /guilds/{guild}/emojis/{emoji}`.
pub(super) fn emoji(ask: &mut Ask<'_>) -> Answer {
    let (id, wanted) = (ask.guild()?, ask.id("emoji")?);
    let found = ask.world().guild(id)?.emojis.iter().find(|emoji| emoji.id == wanted);
    json(guild::emoji(found.ok_or_else(error::unknown_emoji)?))
}
