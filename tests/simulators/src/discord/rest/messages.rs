//! Messages. <https://discord.com/developers/docs/resources/message>

use std::time::Duration;

use serde_json::Value;

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{self, invalid},
    model::{Author, Message, flag, message_type},
    permission::{ATTACH_FILES, MANAGE_MESSAGES, READ_MESSAGE_HISTORY, SEND_MESSAGES, SEND_MESSAGES_IN_THREADS},
    shape::message,
    snowflake::Snowflake,
};

/// Messages older than this cannot be deleted in bulk.
const BULK_AGE: Duration = Duration::from_secs(14 * 24 * 3600);

/// `GET /channels/{channel}/messages`: newest first, whatever was asked.
pub(super) fn list(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel(0)?;
    let limit = ask.limit(50, 100)?;
    let (before, after, around) = (ask.query_id("before")?, ask.query_id("after")?, ask.query_id("around")?);
    let me = ask.me();
    if ask.world().allow(me, channel.id, READ_MESSAGE_HISTORY).is_err() {
        // Without the permission the list is empty, not refused.
        return json(Value::Array(vec![]));
    }
    let world = &ask.state.world;
    let empty = Default::default();
    let all = world.messages.get(&channel.id).unwrap_or(&empty);
    let older = |than: Snowflake, n: usize| all.range(..than).rev().take(n).map(|(_, m)| m).collect::<Vec<_>>();
    let newer = |than: Snowflake, n: usize| {
        let mut found: Vec<&Message> = all.range(than..).map(|(_, m)| m).filter(|m| m.id != than).take(n).collect();
        found.reverse();
        found
    };
    let found = match (around, before, after) {
        (Some(id), ..) => {
            let mut found = newer(id, limit / 2);
            found.extend(all.get(&id));
            let rest = limit - found.len();
            found.extend(older(id, rest));
            found
        }
        (_, Some(id), _) => older(id, limit),
        (_, _, Some(id)) => newer(id, limit),
        _ => all.values().rev().take(limit).collect(),
    };
    json(found.into_iter().map(|m| message::message(world, m)).collect())
}

/// `GET /channels/{channel}/messages/{message}`.
pub(super) fn one(ask: &mut Ask<'_>) -> Answer {
    let (channel, id) = ask.place(READ_MESSAGE_HISTORY)?;
    let world = ask.world();
    json(message::message(world, world.message(channel, id)?))
}

/// `POST /channels/{channel}/messages`.
pub(super) fn create(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel(0)?;
    let mut needed = if channel.is_thread() { SEND_MESSAGES_IN_THREADS } else { SEND_MESSAGES };
    if !ask.request.form.files.is_empty() {
        needed |= ATTACH_FILES;
    }
    ask.channel(needed)?;
    if !channel.holds_messages() {
        return Err(error::not_a_text_channel());
    }
    let author = Author::User(ask.me());
    let draft = ask.draft(channel.id, author)?;
    let draft = ask.add_bot_fields(draft)?;
    let id = ask.world().post(draft)?;
    let world = ask.world();
    json(message::answered(world, world.message(channel.id, id)?))
}

/// `PATCH /channels/{channel}/messages/{message}`. Of other people's messages only embeds can be suppressed.
pub(super) fn edit(ask: &mut Ask<'_>) -> Answer {
    let (channel, id) = ask.place(0)?;
    let found = ask.world().message(channel, id)?.clone();
    if found.author == Author::User(ask.me()) {
        if !matches!(found.kind, message_type::DEFAULT | message_type::REPLY) {
            return Err(error::system_message());
        }
        let change = ask.edit_own(&found)?;
        ask.world().edit(channel, id, change)?;
    } else {
        let only_flags = ask.body().as_object().is_some_and(|fields| fields.keys().all(|key| key == "flags"));
        if !only_flags {
            return Err(error::not_the_author());
        }
        ask.channel(MANAGE_MESSAGES)?;
        let suppress = ask.field::<u64>("flags")?.unwrap_or(0) & flag::SUPPRESS_EMBEDS;
        ask.world().touch(channel, id, |m| m.flags = m.flags & !flag::SUPPRESS_EMBEDS | suppress)?;
    }
    let world = ask.world();
    json(message::message(world, world.message(channel, id)?))
}

/// `DELETE /channels/{channel}/messages/{message}`.
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let (channel, id) = ask.place(0)?;
    let me = ask.me();
    if ask.world().message(channel, id)?.author != Author::User(me) {
        ask.channel(MANAGE_MESSAGES)?;
    }
    ask.world().delete(channel, id)?;
    Ok(Reply::Nothing)
}

/// `POST /channels/{channel}/messages/bulk-delete`.
pub(super) fn delete_bulk(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel(MANAGE_MESSAGES)?.id;
    let ids: Vec<Snowflake> =
        ask.field("messages")?.ok_or_else(|| invalid("messages", "BASE_TYPE_REQUIRED", "This field is required"))?;
    if !(2..=100).contains(&ids.len()) {
        return Err(error::bulk_delete_count());
    }
    let age = u64::try_from(BULK_AGE.as_millis()).unwrap_or(u64::MAX);
    let oldest = ask.world().clock.now().saturating_sub(age);
    if ids.iter().any(|id| id.time() < oldest) {
        return Err(error::bulk_delete_age());
    }
    ask.world().delete_bulk(channel, &ids)?;
    Ok(Reply::Nothing)
}
