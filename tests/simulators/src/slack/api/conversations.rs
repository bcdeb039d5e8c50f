//! Channels, looked at.

use serde_json::{Value, json};

use super::ask::{Answer, Ask};
use crate::slack::{
    error::{Refusal, no},
    model::{Channel, Kind},
    shape,
};

/// <https://docs.slack.dev/reference/methods/conversations.info>
pub(super) fn info(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel()?;
    let count = ask.flag("include_num_members");
    let mut shown = shape::channel(ask.world(), &channel);
    if count {
        shown["num_members"] = json!(channel.members.len());
    }
    Ok(json!({ "channel": shown }))
}

/// <https://docs.slack.dev/reference/methods/conversations.list>
pub(super) fn list(ask: &mut Ask<'_>) -> Answer {
    let me = ask.me();
    listed(ask, |channel| channel.kind == Kind::Public || channel.members.contains(&me))
}

/// <https://docs.slack.dev/reference/methods/users.conversations>
pub(super) fn of_user(ask: &mut Ask<'_>) -> Answer {
    let me = ask.me();
    let user = ask.text("user").map_or_else(|| me.clone(), str::to_owned);
    ask.world().user(&user)?;
    listed(ask, |channel| {
        channel.members.contains(&user) && (channel.kind == Kind::Public || channel.members.contains(&me))
    })
}

fn listed(ask: &mut Ask<'_>, chosen: impl Fn(&Channel) -> bool) -> Answer {
    let kinds = kinds(ask)?;
    let archived = !ask.flag("exclude_archived");
    let world = ask.world();
    let wanted =
        |channel: &&Channel| kinds.contains(&channel.kind) && (archived || !channel.archived) && chosen(channel);
    let show = |channel: &Channel| {
        let mut shown = shape::channel(world, channel);
        shown["num_members"] = json!(channel.members.len());
        shown
    };
    let all: Vec<Value> = world.channels.values().filter(wanted).map(show).collect();
    let (channels, next) = ask.page(all, 100)?;
    Ok(json!({ "channels": channels, "response_metadata": next }))
}

fn kinds(ask: &Ask<'_>) -> Result<Vec<Kind>, Refusal> {
    let mut kinds = Vec::new();
    for name in ask.list("types") {
        let all = [Kind::Public, Kind::Private, Kind::Direct, Kind::Group];
        let kind = all.into_iter().find(|kind| kind.list_type() == name).ok_or_else(|| no("invalid_types"))?;
        let scope = format!("{}:read", kind.scope());
        if !ask.state.has_scope(&scope) {
            let provided = json!(ask.state.settings.scopes);
            return Err(no("missing_scope").and("needed", json!(scope)).and("provided", provided));
        }
        kinds.push(kind);
    }
    if kinds.is_empty() {
        kinds.push(Kind::Public);
    }
    Ok(kinds)
}

/// <https://docs.slack.dev/reference/methods/conversations.members>
pub(super) fn members(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel()?;
    let (members, next) = ask.page(channel.members, 100)?;
    Ok(json!({ "members": members, "response_metadata": next }))
}
