//! Speaking through a webhook. <https://discord.com/developers/docs/resources/webhook#execute-webhook>

use sha2::{Digest as _, Sha256};

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{self, Refusal},
    model::{Author, Webhook, channel_type},
    shape::message,
    snowflake::Snowflake,
    world::{Draft, NewThread, check_name},
};

/// `POST /webhooks/{webhook}/{token}`: 204, or with `wait=true` the message.
pub(super) fn execute(ask: &mut Ask<'_>) -> Answer {
    let hook = ask.webhook()?;
    let (thread, forum) = (ask.query_id("thread_id")?, ask.world().channel(hook.channel)?.kind == channel_type::FORUM);
    let thread_name = ask.text("thread_name", 100)?;
    if forum && thread.is_none() && thread_name.is_none() {
        return Err(error::forum_needs_thread());
    }
    if !forum && thread_name.is_some() {
        return Err(error::not_a_forum());
    }
    let channel = target(ask, &hook, thread)?;
    let author = author(ask, &hook)?;
    let draft = Draft { application: hook.application, ..ask.draft(channel, author)? };
    let place = match thread_name {
        Some(name) if thread.is_none() => {
            let tags = ask.field("applied_tags")?.unwrap_or_default();
            let new = NewThread { tags, ..NewThread::public(hook.channel, &name, hook.id) };
            let id = ask.world().forum_post(new, draft)?;
            (id, id)
        }
        _ => (channel, ask.world().post(draft)?),
    };
    if !matches!(ask.query("wait"), Some("true" | "True" | "1")) {
        return Ok(Reply::Nothing);
    }
    shown(ask, place)
}

/// `GET /webhooks/{webhook}/{token}/messages/{message}`.
pub(super) fn one(ask: &mut Ask<'_>) -> Answer {
    let place = own(ask)?;
    shown(ask, place)
}

/// `PATCH /webhooks/{webhook}/{token}/messages/{message}`.
pub(super) fn edit(ask: &mut Ask<'_>) -> Answer {
    let place = own(ask)?;
    let found = ask.world().message(place.0, place.1)?.clone();
    let change = ask.edit_own(&found)?;
    ask.world().edit(place.0, place.1, change)?;
    shown(ask, place)
}

/// `DELETE /webhooks/{webhook}/{token}/messages/{message}`.
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let (channel, id) = own(ask)?;
    ask.world().delete(channel, id)?;
    Ok(Reply::Nothing)
}

fn shown(ask: &mut Ask<'_>, (channel, id): (Snowflake, Snowflake)) -> Answer {
    let world = ask.world();
    json(message::message(world, world.message(channel, id)?))
}

/// The webhook's channel, or the thread in it that was asked for.
fn target(ask: &mut Ask<'_>, hook: &Webhook, thread: Option<Snowflake>) -> Result<Snowflake, Refusal> {
    let Some(thread) = thread else { return Ok(hook.channel) };
    let found = ask.world().channel(thread)?;
    if found.parent == Some(hook.channel) && found.is_thread() { Ok(thread) } else { Err(error::unknown_channel()) }
}

/// The message of the path, if this webhook wrote it there.
fn own(ask: &mut Ask<'_>) -> Result<(Snowflake, Snowflake), Refusal> {
    let (hook, thread, id) = (ask.webhook()?, ask.query_id("thread_id")?, ask.id("message")?);
    let channel = target(ask, &hook, thread)?;
    let found = ask.world().message(channel, id)?;
    if found.author.id() == hook.id { Ok((channel, id)) } else { Err(error::unknown_message()) }
}

fn author(ask: &Ask<'_>, hook: &Webhook) -> Result<Author, Refusal> {
    let username = ask.field::<String>("username")?.map(|name| name.trim().to_owned());
    if let Some(name) = &username {
        check_name("username", name)?;
    }
    let avatar_url = ask.field::<String>("avatar_url")?.filter(|url| !url.is_empty());
    // Discord fetches the picture and names it by its hash; a new address is a new picture here.
    let fetched = avatar_url.as_ref().map(|url| hex::encode(&Sha256::digest(url)[..16]));
    let avatar = fetched.or_else(|| hook.avatar.clone());
    Ok(Author::Webhook { id: hook.id, name: username.unwrap_or_else(|| hook.name.clone()), avatar, avatar_url })
}
