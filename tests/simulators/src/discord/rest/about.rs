//! Who the bot is, and where its gateway is.

use serde_json::json;

use super::ask::{Answer, Ask, json};
use crate::discord::{error, gateway_url, intent, shape::user};

/// Application flags: the privileged intents allowed, in the «limited» form that small bots get without review.
pub(crate) fn flags(allowed: u64) -> u64 {
    let bits = [(intent::GUILD_PRESENCES, 13), (intent::GUILD_MEMBERS, 15), (intent::MESSAGE_CONTENT, 19)];
    bits.into_iter().filter(|(intent, _)| allowed & intent != 0).fold(0, |sum, (_, bit)| sum | 1 << bit)
}

/// `GET /gateway`.
pub(super) fn gateway(ask: &mut Ask<'_>) -> Answer {
    json(json!({ "url": gateway_url(&ask.world().base) }))
}

/// `GET /gateway/bot`.
pub(super) fn gateway_bot(ask: &mut Ask<'_>) -> Answer {
    let remaining = 1000_u64.saturating_sub(ask.state.identifies);
    json(json!({
        "url": gateway_url(&ask.world().base),
        "shards": 1,
        "session_start_limit": { "total": 1000, "remaining": remaining, "reset_after": 86_400_000, "max_concurrency": 1 },
    }))
}

/// `GET /users/@me`.
pub(super) fn me(ask: &mut Ask<'_>) -> Answer {
    json(user::me(ask.world()))
}

/// `PATCH /users/@me`.
pub(super) fn change_me(ask: &mut Ask<'_>) -> Answer {
    let (me, name) = (ask.me(), ask.text("username", 32)?);
    ask.world().change_user(me, |user| user.name = name.unwrap_or_else(|| user.name.clone()))?;
    json(user::me(ask.world()))
}

/// `GET /users/{user}`.
pub(super) fn user(ask: &mut Ask<'_>) -> Answer {
    let id = ask.id("user")?;
    if !ask.world().users.contains_key(&id) {
        return Err(error::unknown_user());
    }
    json(user::user(ask.world(), id))
}

/// `GET /applications/@me`.
pub(super) fn application(ask: &mut Ask<'_>) -> Answer {
    let allowed = ask.state.settings.privileged_intents;
    let flags = flags(allowed);
    let (world, me) = (&ask.state.world, ask.me());
    let owner = world.guilds.values().next().map(|guild| guild.owner);
    let name = world.users.get(&me).map(|user| user.name.clone());
    json(json!({
        "id": world.app.id,
        "type": null,
        "name": name,
        "icon": null,
        "description": "",
        "summary": "",
        "bot_public": false,
        "bot_require_code_grant": false,
        "verify_key": "0".repeat(64),
        "flags": flags,
        "flags_new": flags.to_string(),
        "redirect_uris": [],
        "interactions_endpoint_url": null,
        "hook": true,
        "team": null,
        "owner": owner.map(|id| user::user(world, id)),
        "bot": user::user(world, me),
        "approximate_guild_count": world.guilds.len(),
        "install_params": { "scopes": ["bot"], "permissions": crate::discord::permission::BRIDGE.to_string() },
    }))
}
