//! Guilds, their people, roles and emoji.

use serde_json::json;

use super::World;
use crate::discord::{
    clock::iso8601,
    error::{self, Refusal},
    event::Event,
    intent,
    model::{Emoji, Guild, Member, Role, User},
    permission, shape,
    snowflake::Snowflake,
};

impl World {
    /// Makes an account.
    pub(crate) fn create_user(&mut self, name: &str, bot: bool) -> Snowflake {
        let id = self.next_id();
        self.users.insert(id, User { id, name: name.to_owned(), global_name: None, avatar: None, bot });
        id
    }

    /// Makes a guild that the bot was invited to, with a role for it.
    pub(crate) fn create_guild(&mut self, name: &str) -> Snowflake {
        let id = self.next_id();
        let owner = self.create_user(&format!("{}.owner", name.to_lowercase().replace(' ', "")), false);
        let everyone = Role {
            id,
            name: "@everyone".to_owned(),
            color: 0,
            permissions: permission::EVERYONE,
            position: 0,
            mentionable: false,
            managed: false,
        };
        let guild = Guild {
            id,
            name: name.to_owned(),
            icon: None,
            owner,
            roles: vec![everyone],
            members: Default::default(),
            emojis: vec![],
            stickers: vec![],
            bans: vec![],
        };
        self.guilds.insert(id, guild);
        let bot_role = self.add_role(id, "Causeway", permission::BRIDGE).ok();
        let (bot, now) = (self.app.bot, self.clock.now());
        if let Some(guild) = self.guilds.get_mut(&id) {
            for user in [owner, bot] {
                let roles = bot_role.filter(|_| user == bot).into_iter().collect();
                guild.members.insert(user, Member { user, nick: None, avatar: None, roles, joined: now });
            }
        }
        let data = shape::guild::created(self, id, false);
        self.emit(Event::guilds("GUILD_CREATE", data));
        id
    }

    pub(crate) fn guild(&self, id: Snowflake) -> Result<&Guild, Refusal> {
        self.guilds.get(&id).ok_or_else(error::unknown_guild)
    }

    pub(crate) fn guild_mut(&mut self, id: Snowflake) -> Result<&mut Guild, Refusal> {
        self.guilds.get_mut(&id).ok_or_else(error::unknown_guild)
    }

    /// Somebody joins a guild.
    pub(crate) fn join(&mut self, guild: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        let joined = self.clock.now();
        let member = Member { user, nick: None, avatar: None, roles: vec![], joined };
        self.guild_mut(guild)?.members.insert(user, member);
        if user == self.app.bot {
            let data = shape::guild::created(self, guild, false);
            self.emit(Event::guilds("GUILD_CREATE", data));
            return Ok(());
        }
        let mut data = shape::guild::member(self, guild, user);
        data["guild_id"] = json!(guild);
        self.emit(Event::new("GUILD_MEMBER_ADD", intent::GUILD_MEMBERS, data));
        Ok(())
    }

    /// Somebody leaves or is thrown out. For the bot itself that is GUILD_DELETE.
    pub(crate) fn leave(&mut self, guild: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        self.guild_mut(guild)?.members.remove(&user).ok_or_else(error::unknown_member)?;
        if user == self.app.bot {
            self.emit(Event::guilds("GUILD_DELETE", json!({ "id": guild })));
        } else {
            let data = json!({ "guild_id": guild, "user": shape::user::user(self, user) });
            self.emit(Event::new("GUILD_MEMBER_REMOVE", intent::GUILD_MEMBERS, data));
        }
        Ok(())
    }

    /// Puts somebody out for good. A member is first taken out of the guild.
    pub(crate) fn ban(&mut self, guild: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        if self.member(guild, user).is_some() {
            self.leave(guild, user)?;
        }
        let bans = &mut self.guild_mut(guild)?.bans;
        if !bans.contains(&user) {
            bans.push(user);
        }
        let data = json!({ "guild_id": guild, "user": shape::user::user(self, user) });
        self.emit(Event::new("GUILD_BAN_ADD", intent::GUILD_MODERATION, data));
        Ok(())
    }

    /// Lets somebody come back.
    pub(crate) fn unban(&mut self, guild: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        let bans = &mut self.guild_mut(guild)?.bans;
        let before = bans.len();
        bans.retain(|banned| *banned != user);
        if bans.len() == before {
            return Err(error::unknown_ban());
        }
        let data = json!({ "guild_id": guild, "user": shape::user::user(self, user) });
        self.emit(Event::new("GUILD_BAN_REMOVE", intent::GUILD_MODERATION, data));
        Ok(())
    }

    /// Adds a sticker to a guild: format 1 is PNG, 3 is Lottie.
    pub(crate) fn create_sticker(&mut self, guild: Snowflake, name: &str, format: u8) -> Result<Snowflake, Refusal> {
        let id = self.next_id();
        self.guild_mut(guild)?.stickers.push((id, name.to_owned(), format));
        let stickers: Vec<_> = self.guild(guild)?.stickers.iter().map(shape::guild::sticker).collect();
        let data = json!({ "guild_id": guild, "stickers": stickers });
        self.emit(Event::new("GUILD_STICKERS_UPDATE", intent::GUILD_EXPRESSIONS, data));
        Ok(id)
    }

    /// Changes a member's nick, picture or roles.
    pub(crate) fn change_member(
        &mut self,
        guild: Snowflake,
        user: Snowflake,
        change: impl FnOnce(&mut Member),
    ) -> Result<(), Refusal> {
        change(self.guild_mut(guild)?.members.get_mut(&user).ok_or_else(error::unknown_member)?);
        self.announce_member(guild, user);
        Ok(())
    }

    /// Changes an account; every guild hears of it, and the bot of its own.
    pub(crate) fn change_user(&mut self, id: Snowflake, change: impl FnOnce(&mut User)) -> Result<(), Refusal> {
        change(self.users.get_mut(&id).ok_or_else(error::unknown_user)?);
        if id == self.app.bot {
            let data = shape::user::me(self);
            self.emit(Event::new("USER_UPDATE", 0, data));
        }
        let guilds: Vec<Snowflake> =
            self.guilds.values().filter(|g| g.members.contains_key(&id)).map(|g| g.id).collect();
        for guild in guilds {
            self.announce_member(guild, id);
        }
        Ok(())
    }

    fn announce_member(&mut self, guild: Snowflake, user: Snowflake) {
        let mut data = shape::guild::member(self, guild, user);
        data["guild_id"] = json!(guild);
        let intents = if user == self.app.bot { intent::GUILDS | intent::GUILD_MEMBERS } else { intent::GUILD_MEMBERS };
        self.emit(Event::new("GUILD_MEMBER_UPDATE", intents, data));
    }

    /// Makes a role.
    pub(crate) fn create_role(&mut self, guild: Snowflake, name: &str, permissions: u64) -> Result<Snowflake, Refusal> {
        let id = self.add_role(guild, name, permissions)?;
        self.announce_role("GUILD_ROLE_CREATE", guild, id);
        Ok(id)
    }

    /// A role made while nobody is in the guild yet is the bot's own.
    fn add_role(&mut self, guild: Snowflake, name: &str, permissions: u64) -> Result<Snowflake, Refusal> {
        let id = self.next_id();
        let managed = self.guild(guild)?.members.is_empty();
        let roles = &mut self.guild_mut(guild)?.roles;
        let position = u16::try_from(roles.len()).unwrap_or(u16::MAX);
        roles.push(Role { id, name: name.to_owned(), color: 0, permissions, position, mentionable: false, managed });
        Ok(id)
    }

    pub(crate) fn change_role(
        &mut self,
        guild: Snowflake,
        id: Snowflake,
        change: impl FnOnce(&mut Role),
    ) -> Result<(), Refusal> {
        let role = self.guild_mut(guild)?.roles.iter_mut().find(|role| role.id == id);
        change(role.ok_or_else(error::unknown_role)?);
        self.announce_role("GUILD_ROLE_UPDATE", guild, id);
        Ok(())
    }

    pub(crate) fn delete_role(&mut self, guild: Snowflake, id: Snowflake) -> Result<(), Refusal> {
        let found = self.guild_mut(guild)?;
        found.roles.retain(|role| role.id != id);
        for member in found.members.values_mut() {
            member.roles.retain(|role| *role != id);
        }
        self.emit(Event::guilds("GUILD_ROLE_DELETE", json!({ "guild_id": guild, "role_id": id })));
        Ok(())
    }

    fn announce_role(&mut self, name: &'static str, guild: Snowflake, id: Snowflake) {
        let role = self.guilds.get(&guild).and_then(|g| g.roles.iter().find(|role| role.id == id));
        if let Some(role) = role.map(shape::guild::role) {
            self.emit(Event::guilds(name, json!({ "guild_id": guild, "role": role })));
        }
    }

    /// Adds an emoji to a guild.
    pub(crate) fn create_emoji(&mut self, guild: Snowflake, name: &str, animated: bool) -> Result<Snowflake, Refusal> {
        let id = self.next_id();
        self.guild_mut(guild)?.emojis.push(Emoji { id, name: name.to_owned(), animated });
        let emojis: Vec<_> = self.guild(guild)?.emojis.iter().map(shape::guild::emoji).collect();
        let data = json!({ "guild_id": guild, "emojis": emojis });
        self.emit(Event::new("GUILD_EMOJIS_UPDATE", intent::GUILD_EXPRESSIONS, data));
        Ok(id)
    }

    /// Renames a guild.
    pub(crate) fn rename_guild(&mut self, id: Snowflake, name: &str) -> Result<(), Refusal> {
        self.guild_mut(id)?.name = name.to_owned();
        let mut data = shape::guild::guild(self, self.guild(id)?);
        data["joined_at"] = json!(iso8601(self.clock.now()));
        self.emit(Event::guilds("GUILD_UPDATE", data));
        Ok(())
    }
}
