//! Pinned messages. <https://discord.com/developers/docs/resources/message#get-channel-pins>

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    clock::iso8601,
    error::Refusal,
    model::Message,
    permission::{PIN_MESSAGES, READ_MESSAGE_HISTORY},
    shape::message,
    snowflake::Snowflake,
    world::World,
};

/// `GET /channels/{channel}/messages/pins`: a page of them.
pub(super) fn list(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel(READ_MESSAGE_HISTORY)?.id;
    let limit = ask.limit(50, 50)?;
    let before = ask.query("before").map(str::to_owned);
    let world = ask.world();
    let mut found = pinned(world, channel);
    found.retain(|(time, _)| before.as_ref().is_none_or(|before| iso8601(*time) < *before));
    let has_more = found.len() > limit;
    found.truncate(limit);
    let item =
        |(time, m): &(u64, &Message)| json!({ "pinned_at": iso8601(*time), "message": message::message(world, m) });
    let items: Vec<Value> = found.iter().map(item).collect();
    json(json!({ "items": items, "has_more": has_more }))
}

/// `GET /channels/{channel}/pins`: all of them, the way it was before pages.
pub(super) fn list_old(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel(READ_MESSAGE_HISTORY)?.id;
    let world = ask.world();
    json(pinned(world, channel).iter().map(|(_, m)| message::message(world, m)).collect())
}

/// `PUT …/pins/{message}`.
pub(super) fn add(ask: &mut Ask<'_>) -> Answer {
    let me = ask.me();
    change(ask, Some(me))?;
    Ok(Reply::Nothing)
}

/// `DELETE …/pins/{message}`.
pub(super) fn remove(ask: &mut Ask<'_>) -> Answer {
    change(ask, None)?;
    Ok(Reply::Nothing)
}

fn change(ask: &mut Ask<'_>, by: Option<Snowflake>) -> Result<(), Refusal> {
    let (channel, message) = ask.place(PIN_MESSAGES)?;
    ask.world().pin(channel, message, by)
}

/// The pinned messages, last pinned first.
fn pinned(world: &World, channel: Snowflake) -> Vec<(u64, &Message)> {
    let all = world.messages.get(&channel).into_iter().flat_map(|all| all.values());
    let mut found: Vec<_> = all.filter_map(|m| Some((m.pinned?, m))).collect();
    found.sort_by_key(|(time, m)| (std::cmp::Reverse(*time), std::cmp::Reverse(m.id)));
    found
}
