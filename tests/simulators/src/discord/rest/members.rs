//! Members of guilds. <https://discord.com/developers/docs/resources/guild#list-guild-members>

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{self, Refusal, invalid},
    intent,
    permission::{self, BAN_MEMBERS, CHANGE_NICKNAME, KICK_MEMBERS},
    shape::guild,
    snowflake::Snowflake,
};

impl Ask<'_> {
    /// The guild, if the bot has this permission in all of it.
    fn guild_with(&mut self, needed: u64) -> Result<Snowflake, Refusal> {
        let (id, me) = (self.guild()?, self.me());
        let held = permission::in_guild(self.world(), me, id);
        if held & needed == needed { Ok(id) } else { Err(error::missing_permissions()) }
    }
}

/// `GET /guilds/{guild}/members`: a page in the order of ids; needs the privileged intent.
pub(super) fn list(ask: &mut Ask<'_>) -> Answer {
    let id = ask.guild()?;
    if ask.state.settings.privileged_intents & intent::GUILD_MEMBERS == 0 {
        return Err(error::missing_access());
    }
    let (limit, after) = (ask.limit(1, 1000)?, ask.query_id("after")?.unwrap_or_default());
    let world = ask.world();
    let page = world.guild(id)?.members.keys().filter(|user| **user > after).take(limit);
    json(page.map(|user| guild::member(world, id, *user)).collect())
}

/// `GET /guilds/{guild}/members/search`: by the beginning of user name or nick.
pub(super) fn search(ask: &mut Ask<'_>) -> Answer {
    let (id, limit) = (ask.guild()?, ask.limit(1, 1000)?);
    let Some(wanted) = ask.query("query").map(str::to_lowercase) else {
        return Err(invalid("query", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let world = ask.world();
    let begins = |name: Option<&String>| name.is_some_and(|name| name.to_lowercase().starts_with(&wanted));
    let fits =
        world.guild(id)?.members.values().filter(|member| {
            begins(member.nick.as_ref()) || begins(world.users.get(&member.user).map(|user| &user.name))
        });
    json(fits.take(limit).map(|member| guild::member(world, id, member.user)).collect())
}

/// `GET /guilds/{guild}/members/{user}`.
pub(super) fn one(ask: &mut Ask<'_>) -> Answer {
    let (id, user) = (ask.guild()?, ask.id("user")?);
    let world = ask.world();
    world.member(id, user).ok_or_else(error::unknown_member)?;
    json(guild::member(world, id, user))
}

/// `PATCH /guilds/{guild}/members/@me`: the bot's own nick.
pub(super) fn change_me(ask: &mut Ask<'_>) -> Answer {
    let (id, me) = (ask.guild_with(CHANGE_NICKNAME)?, ask.me());
    let nick = ask.text("nick", 32)?.filter(|nick| !nick.is_empty());
    ask.world().change_member(id, me, |member| member.nick = nick)?;
    json(guild::member(ask.world(), id, me))
}

/// `PUT /guilds/{guild}/bans/{user}`: out for good; also whoever is not in.
pub(super) fn ban(ask: &mut Ask<'_>) -> Answer {
    let (id, user) = (ask.guild_with(BAN_MEMBERS)?, ask.id("user")?);
    if ask.world().guild(id)?.owner == user {
        return Err(error::missing_permissions());
    }
    ask.world().ban(id, user)?;
    Ok(Reply::Nothing)
}

/// `DELETE /guilds/{guild}/bans/{user}`.
pub(super) fn unban(ask: &mut Ask<'_>) -> Answer {
    let (id, user) = (ask.guild_with(BAN_MEMBERS)?, ask.id("user")?);
    ask.world().unban(id, user)?;
    Ok(Reply::Nothing)
}

/// `DELETE /guilds/{guild}/members/{user}`.
pub(super) fn kick(ask: &mut Ask<'_>) -> Answer {
    let (id, user) = (ask.guild_with(KICK_MEMBERS)?, ask.id("user")?);
    if ask.world().guild(id)?.owner == user {
        return Err(error::missing_permissions());
    }
    ask.world().leave(id, user)?;
    Ok(Reply::Nothing)
}
