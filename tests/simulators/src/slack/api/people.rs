//! People and groups of people.

use serde_json::{Value, json};

use super::ask::{Answer, Ask};
use crate::slack::{error::no, shape};

/// <https://docs.slack.dev/reference/methods/users.info>
pub(super) fn info(ask: &mut Ask<'_>) -> Answer {
    let id = ask.need("user")?;
    let email = ask.state.has_scope("users:read.email");
    let world = ask.world();
    Ok(json!({ "user": shape::user(world, world.user(&id)?, email) }))
}

/// <https://docs.slack.dev/reference/methods/users.list>
pub(super) fn list(ask: &mut Ask<'_>) -> Answer {
    let email = ask.state.has_scope("users:read.email");
    let world = ask.world();
    let all: Vec<Value> = world.users.values().map(|user| shape::user(world, user, email)).collect();
    let now = world.clock.seconds();
    let (members, next) = ask.page(all, 1000)?;
    Ok(json!({ "members": members, "cache_ts": now, "response_metadata": next }))
}

/// <https://docs.slack.dev/reference/methods/users.profile.get>
pub(super) fn profile(ask: &mut Ask<'_>) -> Answer {
    let id = ask.text("user").map_or_else(|| ask.me(), str::to_owned);
    let email = ask.state.has_scope("users:read.email");
    let world = ask.world();
    Ok(json!({ "profile": shape::user(world, world.user(&id)?, email)["profile"] }))
}

/// <https://docs.slack.dev/reference/methods/usergroups.list>
pub(super) fn groups(ask: &mut Ask<'_>) -> Answer {
    let users = ask.flag("include_users");
    let world = ask.world();
    let all: Vec<Value> = world.groups.iter().map(|group| shape::group(world, group, users)).collect();
    Ok(json!({ "usergroups": all }))
}

/// <https://docs.slack.dev/reference/methods/usergroups.users.list>
pub(super) fn group(ask: &mut Ask<'_>) -> Answer {
    let id = ask.need("usergroup")?;
    let group = ask.world().groups.iter().find(|group| group.id == id).ok_or_else(|| no("no_such_subteam"))?;
    Ok(json!({ "users": group.users }))
}
