//! Reactions, by the bot.

use serde_json::json;

use super::ask::{Answer, Ask};
use crate::slack::{
    error::no,
    shape::{self, View},
};

/// <https://docs.slack.dev/reference/methods/reactions.add>
pub(super) fn add(ask: &mut Ask<'_>) -> Answer {
    let name = ask.text("name").ok_or_else(|| no("no_reaction"))?.to_owned();
    let (channel, ts) = ask.place("timestamp")?;
    if ask.world().channel(&channel)?.archived {
        return Err(no("is_archived"));
    }
    let me = ask.me();
    ask.world().react((&channel, &ts), &me, &name)?;
    Ok(json!({}))
}

/// <https://docs.slack.dev/reference/methods/reactions.remove>
pub(super) fn remove(ask: &mut Ask<'_>) -> Answer {
    let name = ask.text("name").ok_or_else(|| no("no_reaction"))?.to_owned();
    let (channel, ts) = ask.place("timestamp")?;
    let me = ask.me();
    ask.world().unreact((&channel, &ts), &me, &name)?;
    Ok(json!({}))
}

/// <https://docs.slack.dev/reference/methods/reactions.get>
pub(super) fn get(ask: &mut Ask<'_>) -> Answer {
    let (channel, ts) = ask.place("timestamp")?;
    let world = ask.world();
    let message = shape::message(world, world.message(&channel, &ts)?, View::PLAIN);
    Ok(json!({ "type": "message", "channel": channel, "message": message }))
}
