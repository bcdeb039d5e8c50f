//! Polls. <https://discord.com/developers/docs/resources/poll>

use serde_json::json;

use super::ask::{Answer, Ask, json};
use crate::discord::{
    error,
    permission::READ_MESSAGE_HISTORY,
    shape::{message, user},
};

/// `GET /channels/{channel}/polls/{message}/answers/{answer}`: who chose it.
pub(super) fn voters(ask: &mut Ask<'_>) -> Answer {
    let (_, id) = ask.place(READ_MESSAGE_HISTORY)?;
    let (limit, after) = (ask.limit(25, 100)?, ask.query_id("after")?.unwrap_or_default());
    let answer = ask.param("answer").parse().unwrap_or(0);
    let world = ask.world();
    let users = world.voters(id, answer, after).into_iter().take(limit);
    let users: Vec<_> = users.map(|id| user::user(world, id)).collect();
    json(json!({ "users": users }))
}

/// `POST /channels/{channel}/polls/{message}/expire`: ends a poll of the bot's own.
pub(super) fn expire(ask: &mut Ask<'_>) -> Answer {
    let (channel, id) = ask.place(0)?;
    if !ask.world().is_own_poll(channel, id)? {
        return Err(error::not_the_author());
    }
    ask.world().end_poll(channel, id)?;
    let world = ask.world();
    json(message::message(world, world.message(channel, id)?))
}
