//! Channel objects. <https://discord.com/developers/docs/resources/channel#channel-object>

use serde_json::{Value, json};

use super::{guild, user};
use crate::discord::{
    clock::iso8601,
    model::{Channel, ThreadState, channel_type},
    snowflake::Snowflake,
    world::World,
};

/// A channel, category, forum, thread or direct conversation.
pub(crate) fn channel(world: &World, channel: &Channel) -> Value {
    let mut shaped = json!({
        "id": channel.id,
        "type": channel.kind,
        "flags": if channel.tag_required { 1 << 4 } else { 0 },
        "last_message_id": channel.last_message,
    });
    if channel.kind == channel_type::DM {
        let recipients: Vec<Value> = channel.recipients.iter().map(|id| user::user(world, *id)).collect();
        shaped["recipients"] = json!(recipients);
        return shaped;
    }
    shaped["guild_id"] = json!(channel.guild);
    shaped["name"] = json!(channel.name);
    shaped["parent_id"] = json!(channel.parent);
    shaped["rate_limit_per_user"] = json!(0);
    match &channel.thread {
        Some(thread) => add_thread(&mut shaped, world, channel, thread),
        None => add_place(&mut shaped, channel),
    }
    if let Some(time) = channel.last_pin {
        shaped["last_pin_timestamp"] = json!(iso8601(time));
    }
    shaped
}

fn add_place(shaped: &mut Value, channel: &Channel) {
    let overwrites = channel.overwrites.iter().map(|overwrite| {
        json!({
            "id": overwrite.id,
            "type": u8::from(overwrite.member),
            "allow": overwrite.allow.to_string(),
            "deny": overwrite.deny.to_string(),
        })
    });
    shaped["permission_overwrites"] = overwrites.collect();
    shaped["position"] = json!(channel.position);
    shaped["nsfw"] = Value::Bool(false);
    shaped["topic"] = json!(channel.topic);
    if channel.kind == channel_type::FORUM {
        let tags = channel.available_tags.iter();
        shaped["available_tags"] = tags
            .map(|(id, name)| json!({ "id": id, "name": name, "moderated": false, "emoji_id": null, "emoji_name": null }))
            .collect();
        shaped["default_reaction_emoji"] = Value::Null;
        shaped["default_sort_order"] = Value::Null;
        shaped["default_forum_layout"] = json!(0);
    }
}

fn add_thread(shaped: &mut Value, world: &World, channel: &Channel, thread: &ThreadState) {
    shaped["owner_id"] = json!(channel.owner);
    shaped["message_count"] = json!(thread.message_count);
    shaped["total_message_sent"] = json!(thread.total_sent);
    shaped["member_count"] = json!(thread.members.len().min(50));
    shaped["applied_tags"] = json!(thread.tags);
    shaped["thread_metadata"] = json!({
        "archived": thread.archived,
        "locked": thread.locked,
        "auto_archive_duration": thread.auto_archive,
        "archive_timestamp": iso8601(thread.archive_time),
        "create_timestamp": iso8601(channel.id.time()),
    });
    if channel.kind == channel_type::PRIVATE_THREAD {
        shaped["thread_metadata"]["invitable"] = Value::Bool(true);
    }
    if thread.members.contains(&world.app.bot) {
        shaped["member"] = thread_member(world, channel, world.app.bot);
    }
}

/// Somebody in a thread.
pub(crate) fn thread_member(world: &World, channel: &Channel, id: Snowflake) -> Value {
    let mut shaped =
        json!({ "id": channel.id, "user_id": id, "join_timestamp": iso8601(channel.id.time()), "flags": 0 });
    if let Some(home) = channel.guild
        && world.member(home, id).is_some()
    {
        shaped["member"] = guild::member(world, home, id);
    }
    shaped
}
