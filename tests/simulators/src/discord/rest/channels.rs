//! Channels. <https://discord.com/developers/docs/resources/channel>

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{self, invalid},
    model::ThreadState,
    permission::{MANAGE_CHANNELS, MANAGE_THREADS, SEND_MESSAGES},
    shape::channel,
    snowflake::Snowflake,
};

/// `GET /channels/{channel}`.
pub(super) fn one(ask: &mut Ask<'_>) -> Answer {
    let found = ask.channel(0)?;
    json(channel::channel(ask.world(), &found))
}

/// `PATCH /channels/{channel}`: a channel's name, topic and parent; a thread's name, archive and lock.
pub(super) fn change(ask: &mut Ask<'_>) -> Answer {
    let found = ask.channel(0)?;
    let own_thread = found.is_thread() && found.owner == Some(ask.me());
    if !own_thread {
        ask.channel(if found.is_thread() { MANAGE_THREADS } else { MANAGE_CHANNELS })?;
    }
    let name = ask.text("name", 100)?;
    if name.as_ref().is_some_and(String::is_empty) {
        return Err(invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."));
    }
    let topic = if ask.body().get("topic").is_some() { Some(ask.text("topic", 1024)?) } else { None };
    let parent = ask.field::<Snowflake>("parent_id")?;
    let (archived, locked) = (ask.field::<bool>("archived")?, ask.field::<bool>("locked")?);
    let tags: Option<Vec<Snowflake>> = ask.field("applied_tags")?;
    let shown = archived.is_none() && found.thread.as_ref().is_some_and(|thread| thread.archived);
    if shown {
        return Err(error::thread_archived());
    }
    let now = ask.world().clock.now();
    let thread = move |thread: &mut ThreadState| {
        if archived.is_some_and(|archived| archived != thread.archived) {
            thread.archive_time = now;
        }
        thread.archived = archived.unwrap_or(thread.archived);
        thread.locked = locked.unwrap_or(thread.locked);
        thread.tags = tags.unwrap_or_else(|| std::mem::take(&mut thread.tags));
    };
    ask.world().change_channel(found.id, |channel| {
        channel.name = name.unwrap_or_else(|| std::mem::take(&mut channel.name));
        channel.topic = topic.unwrap_or_else(|| channel.topic.take());
        channel.parent = parent.or(channel.parent);
        channel.thread.as_mut().map(thread);
    })?;
    one(ask)
}

/// `DELETE /channels/{channel}`.
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let found = ask.channel(0)?;
    ask.channel(if found.is_thread() { MANAGE_THREADS } else { MANAGE_CHANNELS })?;
    let shaped = channel::channel(ask.world(), &found);
    ask.world().delete_channel(found.id)?;
    json(shaped)
}

/// `POST /channels/{channel}/typing`.
pub(super) fn typing(ask: &mut Ask<'_>) -> Answer {
    let (channel, me) = (ask.channel(SEND_MESSAGES)?.id, ask.me());
    ask.world().typing(channel, me)?;
    Ok(Reply::Nothing)
}

/// `POST /users/@me/channels`: the direct conversation with somebody.
pub(super) fn direct(ask: &mut Ask<'_>) -> Answer {
    let user: Option<Snowflake> = ask.field("recipient_id")?;
    let user = user.filter(|id| ask.world().users.contains_key(id)).ok_or_else(error::unknown_user)?;
    let world = ask.world();
    let id = world.direct(user);
    json(channel::channel(world, world.channel(id)?))
}
