//! Reactions. <https://discord.com/developers/docs/resources/message#create-reaction>

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::Refusal,
    permission::{MANAGE_MESSAGES, READ_MESSAGE_HISTORY},
    shape::user,
    snowflake::Snowflake,
    world::EmojiKey,
};

/// `PUT …/reactions/{emoji}/@me`.
pub(super) fn add(ask: &mut Ask<'_>) -> Answer {
    let (place, key, me) = (ask.place(READ_MESSAGE_HISTORY)?, emoji(ask)?, ask.me());
    ask.world().react(place, me, &key)?;
    Ok(Reply::Nothing)
}

/// `DELETE …/reactions/{emoji}/@me`.
pub(super) fn remove_mine(ask: &mut Ask<'_>) -> Answer {
    let (place, key, me) = (ask.place(0)?, emoji(ask)?, ask.me());
    ask.world().unreact(place, me, &key)?;
    Ok(Reply::Nothing)
}

/// `DELETE …/reactions/{emoji}/{user}`.
pub(super) fn remove(ask: &mut Ask<'_>) -> Answer {
    let (place, key, user) = (ask.place(MANAGE_MESSAGES)?, emoji(ask)?, ask.id("user")?);
    ask.world().unreact(place, user, &key)?;
    Ok(Reply::Nothing)
}

/// `DELETE …/reactions`.
pub(super) fn clear(ask: &mut Ask<'_>) -> Answer {
    let place = ask.place(MANAGE_MESSAGES)?;
    ask.world().clear_reactions(place, None)?;
    Ok(Reply::Nothing)
}

/// `DELETE …/reactions/{emoji}`.
pub(super) fn clear_one(ask: &mut Ask<'_>) -> Answer {
    let (place, key) = (ask.place(MANAGE_MESSAGES)?, emoji(ask)?);
    ask.world().clear_reactions(place, Some(&key))?;
    Ok(Reply::Nothing)
}

/// `GET …/reactions/{emoji}`: a page of users.
pub(super) fn who(ask: &mut Ask<'_>) -> Answer {
    let (place, key) = (ask.place(READ_MESSAGE_HISTORY)?, emoji(ask)?);
    let (limit, after) = (ask.limit(25, 100)?, ask.query_id("after")?.unwrap_or_default());
    let world = ask.world();
    let mut users: Vec<Snowflake> = world.reactors(place, &key)?.into_iter().filter(|id| *id > after).collect();
    users.sort_unstable();
    json(users.into_iter().take(limit).map(|id| user::user(world, id)).collect())
}

fn emoji(ask: &Ask<'_>) -> Result<EmojiKey, Refusal> {
    EmojiKey::parse(ask.param("emoji"))
}
