//! Pins, by the bot.

use serde_json::{Value, json};

use super::ask::{Answer, Ask};
use crate::slack::shape::{self, View};

/// <https://docs.slack.dev/reference/methods/pins.add>
pub(super) fn add(ask: &mut Ask<'_>) -> Answer {
    let (channel, ts) = ask.place("timestamp")?;
    let me = ask.me();
    ask.world().pin((&channel, &ts), &me)?;
    Ok(json!({}))
}

/// <https://docs.slack.dev/reference/methods/pins.remove>
pub(super) fn remove(ask: &mut Ask<'_>) -> Answer {
    let (channel, ts) = ask.place("timestamp")?;
    let me = ask.me();
    ask.world().unpin((&channel, &ts), &me)?;
    Ok(json!({}))
}

/// <https://docs.slack.dev/reference/methods/pins.list>
pub(super) fn list(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let world = ask.world();
    let item = |(ts, user, created): &(String, String, u64)| {
        let message = world.message(&channel.id, ts).ok()?;
        let mut message = shape::message(world, message, View::PLAIN);
        message["pinned_to"] = json!([channel.id]);
        Some(json!({
            "type": "message",
            "channel": channel.id,
            "created": created,
            "created_by": user,
            "message": message,
        }))
    };
    let items: Vec<Value> = channel.pins.iter().filter_map(item).collect();
    Ok(json!({ "items": items }))
}
