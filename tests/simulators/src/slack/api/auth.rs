//! Who asks, and the door to Socket Mode.

use serde_json::json;

use super::ask::{Answer, Ask};

/// <https://docs.slack.dev/reference/methods/auth.test>
pub(super) fn test(ask: &mut Ask<'_>) -> Answer {
    let world = ask.world();
    Ok(json!({
        "url": format!("{}/", world.base),
        "team": world.team.name,
        "user": world.app.name,
        "team_id": world.team.id,
        "user_id": world.app.user,
        "bot_id": world.app.bot,
        "is_enterprise_install": false,
    }))
}

/// <https://docs.slack.dev/reference/methods/auth.revoke>
pub(super) fn revoke(ask: &mut Ask<'_>) -> Answer {
    if !ask.flag("test") {
        ask.state.revoke();
    }
    Ok(json!({ "revoked": !ask.flag("test") }))
}

/// <https://docs.slack.dev/reference/methods/apps.connections.open>
pub(super) fn open_connection(ask: &mut Ask<'_>) -> Answer {
    let ticket = ask.state.hub.ticket()?;
    let world = ask.world();
    let base = world.base.strip_prefix("http").unwrap_or(&world.base);
    Ok(json!({ "url": format!("ws{base}/link/?ticket={ticket}&app_id={}", world.app.id) }))
}
