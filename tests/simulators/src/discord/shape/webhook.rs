//! Webhook objects. <https://discord.com/developers/docs/resources/webhook#webhook-object>

use serde_json::{Value, json};

use super::user;
use crate::discord::{model::Webhook, world::World};

/// With its secret: to whoever may manage webhooks, or holds the secret already.
pub(crate) fn webhook(world: &World, hook: &Webhook, with_creator: bool) -> Value {
    let mut shaped = json!({
        "id": hook.id,
        "type": 1,
        "guild_id": hook.guild,
        "channel_id": hook.channel,
        "name": hook.name,
        "avatar": hook.avatar,
        "token": hook.token,
        "application_id": hook.application,
        "url": format!("{}/api/webhooks/{}/{}", world.base, hook.id, hook.token),
    });
    if with_creator {
        shaped["user"] = user::user(world, hook.creator);
    }
    shaped
}
