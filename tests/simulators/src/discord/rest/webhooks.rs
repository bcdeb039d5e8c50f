//! Webhooks themselves. <https://discord.com/developers/docs/resources/webhook>

use sha2::{Digest as _, Sha256};

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{self, Refusal, invalid},
    model::Webhook,
    permission::{self, MANAGE_WEBHOOKS},
    shape::webhook,
    snowflake::Snowflake,
};

/// `POST /channels/{channel}/webhooks`.
pub(super) fn create(ask: &mut Ask<'_>) -> Answer {
    let (channel, me) = (ask.channel(MANAGE_WEBHOOKS)?.id, ask.me());
    let name =
        ask.field::<String>("name")?.ok_or_else(|| invalid("name", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let avatar = picture(ask)?.flatten();
    let hook = ask.world().create_webhook(channel, me, name.trim(), avatar)?;
    json(webhook::webhook(ask.world(), &hook, true))
}

/// `GET /channels/{channel}/webhooks`.
pub(super) fn of_channel(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel(MANAGE_WEBHOOKS)?.id;
    list(ask, |hook| hook.channel == channel)
}

/// `GET /guilds/{guild}/webhooks`.
pub(super) fn of_guild(ask: &mut Ask<'_>) -> Answer {
    let (guild, me) = (ask.guild()?, ask.me());
    if permission::in_guild(ask.world(), me, guild) & MANAGE_WEBHOOKS == 0 {
        return Err(error::missing_permissions());
    }
    list(ask, |hook| hook.guild == Some(guild))
}

fn list(ask: &mut Ask<'_>, chosen: impl Fn(&Webhook) -> bool) -> Answer {
    let world = ask.world();
    json(world.webhooks.values().filter(|hook| chosen(hook)).map(|hook| webhook::webhook(world, hook, true)).collect())
}

/// `GET /webhooks/{webhook}`.
pub(super) fn one(ask: &mut Ask<'_>) -> Answer {
    let hook = managed(ask)?;
    json(webhook::webhook(ask.world(), &hook, true))
}

/// `GET /webhooks/{webhook}/{token}`: without its maker.
pub(super) fn one_with_token(ask: &mut Ask<'_>) -> Answer {
    let hook = ask.webhook()?;
    json(webhook::webhook(ask.world(), &hook, false))
}

/// `PATCH /webhooks/{webhook}`: name, picture, and the channel it posts into.
pub(super) fn change(ask: &mut Ask<'_>) -> Answer {
    let hook = managed(ask)?;
    let channel = ask.field::<Snowflake>("channel_id")?;
    if let Some(channel) = channel {
        let me = ask.me();
        ask.world().allow(me, channel, MANAGE_WEBHOOKS)?;
    }
    rename(ask, hook.id, channel, true)
}

/// `PATCH /webhooks/{webhook}/{token}`: name and picture.
pub(super) fn change_with_token(ask: &mut Ask<'_>) -> Answer {
    let hook = ask.webhook()?;
    rename(ask, hook.id, None, false)
}

fn rename(ask: &mut Ask<'_>, id: Snowflake, channel: Option<Snowflake>, with_creator: bool) -> Answer {
    let (name, avatar) = (ask.field::<String>("name")?, picture(ask)?);
    let hook = ask.world().change_webhook(id, |hook| {
        hook.name = name.unwrap_or_else(|| std::mem::take(&mut hook.name));
        hook.avatar = avatar.unwrap_or_else(|| hook.avatar.take());
        hook.channel = channel.unwrap_or(hook.channel);
    })?;
    json(webhook::webhook(ask.world(), &hook, with_creator))
}

/// `DELETE /webhooks/{webhook}`.
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let id = managed(ask)?.id;
    ask.world().delete_webhook(id)?;
    Ok(Reply::Nothing)
}

/// `DELETE /webhooks/{webhook}/{token}`.
pub(super) fn delete_with_token(ask: &mut Ask<'_>) -> Answer {
    let id = ask.webhook()?.id;
    ask.world().delete_webhook(id)?;
    Ok(Reply::Nothing)
}

/// The webhook of the path, if the bot may manage the webhooks of its channel.
fn managed(ask: &mut Ask<'_>) -> Result<Webhook, Refusal> {
    let (id, me) = (ask.id("webhook")?, ask.me());
    let hook = ask.world().webhook(id)?.clone();
    match ask.world().allow(me, hook.channel, MANAGE_WEBHOOKS) {
        Ok(_) => Ok(hook),
        Err(_) => Err(error::missing_permissions()),
    }
}

/// The `avatar` of the body as a hash: absent, removed, or a data URI.
fn picture(ask: &Ask<'_>) -> Result<Option<Option<String>>, Refusal> {
    if ask.body().get("avatar").is_none() {
        return Ok(None);
    }
    let Some(data) = ask.field::<String>("avatar")? else { return Ok(Some(None)) };
    if !data.starts_with("data:image/") {
        return Err(invalid("avatar", "IMAGE_INVALID", "Unsupported image type given"));
    }
    Ok(Some(Some(hex::encode(&Sha256::digest(data)[..16]))))
}
