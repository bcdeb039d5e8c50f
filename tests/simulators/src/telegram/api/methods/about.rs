//! The bot itself, its commands, and how it gets its updates.

use serde_json::{Value, json};

use crate::telegram::{
    api::ask::{Answer, Ask},
    error::bad,
    shape,
    webhook::{self, Webhook},
};

/// `getMe`
pub(super) fn me(ask: &mut Ask<'_>) -> Answer {
    let world = &ask.state.world;
    Ok(shape::user::me(world.user(world.bot)?, world.privacy))
}

/// What is answered elsewhere, or changes nothing here.
pub(super) fn nothing(_: &mut Ask<'_>) -> Answer {
    Ok(json!(true))
}

/// `setWebhook`: plain HTTP is let through, as a Bot API server of one's own does.
pub(super) fn set_webhook(ask: &mut Ask<'_>) -> Answer {
    let url = ask.text("url").unwrap_or_default();
    if url.is_empty() {
        return delete_webhook(ask);
    }
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let secret = ask.text("secret_token").unwrap_or_default();
    if secret.len() > 256 {
        return Err(bad("secret token is too long"));
    }
    if !secret.chars().all(|symbol| symbol.is_ascii_alphanumeric() || matches!(symbol, '_' | '-')) {
        return Err(bad("secret token contains unallowed characters"));
    }
    let max_connections = ask.int("max_connections").unwrap_or(40).clamp(1, 100);
    let allowed = ask.json("allowed_updates")?;
    ask.state.updates.allow(allowed);
    if ask.flag("drop_pending_updates") {
        ask.state.updates.drop_pending();
    }
    ask.state.webhook = Some(Webhook { url, secret, max_connections, error: None });
    Ok(json!(true))
}

/// `deleteWebhook`
pub(super) fn delete_webhook(ask: &mut Ask<'_>) -> Answer {
    if ask.flag("drop_pending_updates") {
        ask.state.updates.drop_pending();
    }
    ask.state.webhook = None;
    Ok(json!(true))
}

/// `getWebhookInfo`
pub(super) fn webhook_info(ask: &mut Ask<'_>) -> Answer {
    let state = &ask.state;
    Ok(webhook::info(state.webhook.as_ref(), state.updates.pending(), &state.updates.allowed))
}

/// `setMyCommands`
pub(super) fn set_commands(ask: &mut Ask<'_>) -> Answer {
    let commands = ask.list("commands")?;
    if commands.len() > 100 {
        return Err(bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let named = |symbol: char| symbol.is_ascii_lowercase() || symbol.is_ascii_digit() || symbol == '_';
    for command in &commands {
        let name = command["command"].as_str().unwrap_or_default().trim_start_matches('/');
        if name.is_empty() || name.len() > 32 || !name.chars().all(named) {
            return Err(bad("BOT_COMMAND_INVALID"));
        }
    }
    ask.world().commands = commands;
    Ok(json!(true))
}

/// `getMyCommands`
pub(super) fn commands(ask: &mut Ask<'_>) -> Answer {
    Ok(Value::Array(ask.world().commands.clone()))
}

/// `deleteMyCommands`
pub(super) fn delete_commands(ask: &mut Ask<'_>) -> Answer {
    ask.world().commands.clear();
    Ok(json!(true))
}

/// `answerCallbackQuery`
pub(super) fn answer_callback(ask: &mut Ask<'_>) -> Answer {
    let id = ask.text("callback_query_id").unwrap_or_default();
    if ask.world().callbacks.remove(&id) {
        return Ok(json!(true));
    }
    Err(bad("query is too old and response timeout expired or query ID is invalid"))
}
