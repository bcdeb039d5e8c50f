//! What was said: pages of a channel, newest first, and of a thread, oldest first.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, next_page};
use crate::slack::{
    error::{Refusal, no},
    model::Message,
    shape::{self, View},
};

/// Between which times.
struct Span {
    oldest: Option<String>,
    latest: Option<String>,
    inclusive: bool,
}

impl Span {
    fn asked(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let bound = |name: &str| match ask.args.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(padded(text)?)),
            Some(Value::Number(number)) => Ok(Some(padded(&number.to_string())?)),
            _ => Ok(None),
        };
        let zero = |text: &String| text.bytes().all(|byte| byte == b'0' || byte == b'.');
        Ok(Self {
            oldest: bound("oldest")?.filter(|text| !zero(text)),
            latest: bound("latest")?.filter(|text| !zero(text)),
            inclusive: ask.flag("inclusive"),
        })
    }

    fn has(&self, ts: &str) -> bool {
        let after = self.oldest.as_deref().is_none_or(|oldest| ts > oldest || (self.inclusive && ts == oldest));
        let before = self.latest.as_deref().is_none_or(|latest| ts < latest || (self.inclusive && ts == latest));
        after && before
    }
}

/// A bound in the form in which times sort as texts; seconds alone are fine.
fn padded(text: &str) -> Result<String, Refusal> {
    let (seconds, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(rest) {
        return Err(no("invalid_ts_oldest"));
    }
    Ok(format!("{seconds:0>10}.{rest:0<6}"))
}

/// <https://docs.slack.dev/reference/methods/conversations.history>
pub(super) fn channel(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let (span, cursor, limit) = (Span::asked(ask)?, ask.cursor()?, ask.limit(100, 999)?);
    let view = View::Answer { metadata: ask.flag("include_all_metadata") };
    let world = ask.world();
    let all = world.messages.get(&channel.id).into_iter().flat_map(|all| all.values().rev());
    let shown = |message: &&Message| message.thread.is_none() || message.broadcast;
    let mut found = all
        .filter(shown)
        .filter(|message| span.has(&message.ts))
        .filter(|message| cursor.as_deref().is_none_or(|cursor| message.ts.as_str() <= cursor));
    let page: Vec<Value> = found.by_ref().take(limit).map(|message| shape::message(world, message, view)).collect();
    let next = found.next().map(|message| message.ts.as_str());
    let mut answer = json!({
        "messages": page,
        "has_more": next.is_some(),
        "pin_count": channel.pins.len(),
        "channel_actions_ts": null,
        "channel_actions_count": 0,
    });
    if next.is_some() {
        answer["response_metadata"] = next_page(next);
    }
    Ok(answer)
}

/// <https://docs.slack.dev/reference/methods/conversations.replies>
pub(super) fn thread(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let ts = ask.need("ts")?;
    let (span, cursor, limit) = (Span::asked(ask)?, ask.cursor()?, ask.limit(1000, 1000)?);
    let view = View::Answer { metadata: ask.flag("include_all_metadata") };
    let world = ask.world();
    let parent = world.message(&channel.id, &ts).map_err(|_| no("thread_not_found"))?;
    let mut found = world
        .replies(&channel.id, &ts)
        .filter(|message| span.has(&message.ts))
        .filter(|message| cursor.as_deref().is_none_or(|cursor| message.ts.as_str() >= cursor));
    // Every page begins with the parent.
    let mut page = vec![shape::message(world, parent, view)];
    page.extend(found.by_ref().take(limit).map(|message| {
        let mut reply = shape::message(world, message, view);
        if let Some(user) = &parent.user {
            reply["parent_user_id"] = json!(user);
        }
        reply
    }));
    let next = found.next().map(|message| message.ts.as_str());
    let mut answer = json!({ "messages": page, "has_more": next.is_some() });
    if next.is_some() {
        answer["response_metadata"] = next_page(next);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exclusive_unless_asked_otherwise() {
        let span = |inclusive| Span { oldest: Some("5".into()), latest: Some("8".into()), inclusive };
        let has = |inclusive| (4..10).filter(|n| span(inclusive).has(&n.to_string())).collect::<Vec<_>>();
        assert_eq!((has(false), has(true)), (vec![6, 7], vec![5, 6, 7, 8]));
        assert_eq!(padded("12").unwrap(), "0000000012.000000");
        assert!(padded("x").is_err());
    }
}
