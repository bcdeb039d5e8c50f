//! Accounts and members.

use crate::discord::{
    Discord, Refusal, Snowflake,
    model::{Member, User},
};

impl Discord {
    /// The bot's user id, which is also its application's.
    pub fn bot(&self) -> Snowflake {
        self.shared.look(|state| state.world.app.bot)
    }

    /// A new account that joins the guild.
    pub fn person(&self, guild: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            state.world.guild(guild)?;
            let user = state.world.create_user(name, false);
            state.world.join(guild, user)?;
            Ok(user)
        })
    }

    /// Another bot, not ours, that joins the guild.
    pub fn other_bot(&self, guild: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            state.world.guild(guild)?;
            let user = state.world.create_user(name, true);
            state.world.join(guild, user)?;
            Ok(user)
        })
    }

    /// An account that exists joins another guild.
    pub fn join(&self, guild: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.join(guild, user))
    }

    /// Throws somebody out of the guild; the bot too.
    pub fn kick(&self, guild: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.leave(guild, user))
    }

    /// What the account is now.
    pub fn user(&self, id: Snowflake) -> Option<User> {
        self.shared.look(|state| state.world.users.get(&id).cloned())
    }

    /// What the member is now; none when they left.
    pub fn member(&self, guild: Snowflake, user: Snowflake) -> Option<Member> {
        self.shared.look(|state| state.world.member(guild, user).cloned())
    }

    /// Changes an account: names, picture.
    pub fn change_user(&self, id: Snowflake, change: impl FnOnce(&mut User)) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.change_user(id, change))
    }

    /// Changes a member: nick, roles, this guild's picture.
    pub fn change_member(
        &self,
        guild: Snowflake,
        user: Snowflake,
        change: impl FnOnce(&mut Member),
    ) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.change_member(guild, user, change))
    }

    /// Sets the nick in a guild.
    pub fn set_nick(&self, guild: Snowflake, user: Snowflake, nick: &str) -> Result<(), Refusal> {
        self.change_member(guild, user, |member| member.nick = Some(nick.to_owned()).filter(|nick| !nick.is_empty()))
    }

    /// Sets the picture of an account by its hash; the CDN has a picture for every hash.
    pub fn set_avatar(&self, user: Snowflake, hash: &str) -> Result<(), Refusal> {
        self.change_user(user, |user| user.avatar = Some(hash.to_owned()).filter(|hash| !hash.is_empty()))
    }
}
