//! Threads. <https://discord.com/developers/docs/resources/channel#start-thread-from-message>

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{Refusal, invalid},
    model::{Author, Channel, ThreadState, channel_type},
    permission::{CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, READ_MESSAGE_HISTORY, SEND_MESSAGES},
    shape::channel,
    snowflake::Snowflake,
    world::NewThread,
};

impl Ask<'_> {
    fn new_thread(&self, parent: Snowflake) -> Result<NewThread, Refusal> {
        let archive: u32 = self.field("auto_archive_duration")?.unwrap_or(4320);
        if ![60, 1440, 4320, 10_080].contains(&archive) {
            let message = "Value must be one of {60, 1440, 4320, 10080}.";
            return Err(invalid("auto_archive_duration", "BASE_TYPE_CHOICES", message));
        }
        let tags = self.field("applied_tags")?.unwrap_or_default();
        let new = NewThread::public(parent, &self.required_text("name", 100)?, self.me());
        Ok(NewThread { auto_archive: archive, tags, ..new })
    }

    fn thread_made(&mut self, id: Snowflake) -> Answer {
        let world = self.world();
        Ok(Reply::Json(201, channel::channel(world, world.channel(id)?)))
    }
}

/// `POST /channels/{channel}/messages/{message}/threads`.
pub(super) fn on_message(ask: &mut Ask<'_>) -> Answer {
    let (parent, message) = ask.place(CREATE_PUBLIC_THREADS | READ_MESSAGE_HISTORY)?;
    let new = ask.new_thread(parent)?;
    let id = ask.world().thread_on(message, new)?;
    ask.thread_made(id)
}

/// `POST /channels/{channel}/threads`: a thread of its own, or a forum's post with its first message.
pub(super) fn create(ask: &mut Ask<'_>) -> Answer {
    let parent = ask.channel(0)?;
    if parent.kind == channel_type::FORUM {
        return forum_post(ask, parent.id);
    }
    let kind = ask.field::<u8>("type")?.unwrap_or(channel_type::PRIVATE_THREAD);
    let private = kind == channel_type::PRIVATE_THREAD;
    ask.channel(if private { CREATE_PRIVATE_THREADS } else { CREATE_PUBLIC_THREADS })?;
    let new = NewThread { kind, ..ask.new_thread(parent.id)? };
    let id = ask.world().thread(new)?;
    ask.thread_made(id)
}

fn forum_post(ask: &mut Ask<'_>, forum: Snowflake) -> Answer {
    ask.channel(SEND_MESSAGES)?;
    let new = ask.new_thread(forum)?;
    let mut request = ask.request.clone();
    request.form.json = ask.body()["message"].clone();
    let author = Author::User(ask.me());
    let draft = Ask { state: &mut *ask.state, request: &request, params: ask.params }.draft(forum, author)?;
    let id = ask.world().forum_post(new, draft)?;
    let Reply::Json(status, mut shaped) = ask.thread_made(id)? else { return Ok(Reply::Nothing) };
    let world = ask.world();
    shaped["message"] = crate::discord::shape::message::message(world, world.message(id, id)?);
    Ok(Reply::Json(status, shaped))
}

/// `GET /guilds/{guild}/threads/active`.
pub(super) fn active(ask: &mut Ask<'_>) -> Answer {
    let (guild, me) = (ask.guild()?, ask.me());
    let world = &ask.state.world;
    let mut found = world.threads_where(|channel, thread| channel.guild == Some(guild) && !thread.archived);
    found.retain(|thread| world.allow(me, thread.id, 0).is_ok());
    json(listed(ask, &found, false))
}

/// `GET /channels/{channel}/threads/archived/public`.
pub(super) fn archived_public(ask: &mut Ask<'_>) -> Answer {
    archived(ask, channel_type::PUBLIC_THREAD)
}

/// `GET /channels/{channel}/threads/archived/private`.
pub(super) fn archived_private(ask: &mut Ask<'_>) -> Answer {
    archived(ask, channel_type::PRIVATE_THREAD)
}

fn archived(ask: &mut Ask<'_>, kind: u8) -> Answer {
    let parent = ask.channel(READ_MESSAGE_HISTORY)?.id;
    let limit = ask.limit(50, 100)?;
    let before = ask.query("before").map(str::to_owned);
    let time = |thread: &ThreadState| crate::discord::clock::iso8601(thread.archive_time);
    let chosen = |channel: &Channel, thread: &ThreadState| {
        let older = before.as_ref().is_none_or(|before| time(thread) < *before);
        channel.parent == Some(parent) && channel.kind == kind && thread.archived && older
    };
    let mut found: Vec<&Channel> = ask.state.world.threads_where(chosen);
    found.sort_by_key(|channel| std::cmp::Reverse(channel.thread.as_ref().map(|thread| thread.archive_time)));
    let has_more = found.len() > limit;
    found.truncate(limit);
    json(listed(ask, &found, has_more))
}

/// Threads, and which of them the bot is in.
fn listed(ask: &Ask<'_>, threads: &[&Channel], has_more: bool) -> Value {
    let (world, me) = (&ask.state.world, ask.me());
    let mine = threads.iter().filter(|c| c.thread.as_ref().is_some_and(|thread| thread.members.contains(&me)));
    let members: Vec<Value> = mine.map(|c| channel::thread_member(world, c, me)).collect();
    let shaped: Vec<Value> = threads.iter().map(|c| channel::channel(world, c)).collect();
    json!({ "threads": shaped, "members": members, "has_more": has_more })
}

/// `GET /channels/{channel}/thread-members`.
pub(super) fn members(ask: &mut Ask<'_>) -> Answer {
    let found = ask.channel(0)?;
    let members = found.thread.as_ref().map(|thread| thread.members.clone()).unwrap_or_default();
    json(members.into_iter().map(|id| channel::thread_member(ask.world(), &found, id)).collect())
}

/// `PUT /channels/{channel}/thread-members/@me`.
pub(super) fn join(ask: &mut Ask<'_>) -> Answer {
    let (id, me) = (ask.channel(0)?.id, ask.me());
    ask.world().join_thread(id, me, true)?;
    Ok(Reply::Nothing)
}

/// `DELETE /channels/{channel}/thread-members/@me`.
pub(super) fn leave(ask: &mut Ask<'_>) -> Answer {
    let (id, me) = (ask.channel(0)?.id, ask.me());
    ask.world().join_thread(id, me, false)?;
    Ok(Reply::Nothing)
}
