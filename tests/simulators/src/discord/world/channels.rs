//! Channels: making, changing and deleting them, and typing in them.

use serde_json::json;

use super::{World, messages::with_guild};
use crate::discord::{
    error::Refusal,
    event::Event,
    intent,
    model::{Channel, Overwrite, channel_type},
    permission, shape,
    snowflake::Snowflake,
};

impl World {
    /// Makes a channel of a guild.
    pub(crate) fn create_channel(
        &mut self,
        guild: Snowflake,
        name: &str,
        kind: u8,
        parent: Option<Snowflake>,
    ) -> Snowflake {
        let id = self.next_id();
        let siblings = self.channels.values().filter(|c| c.guild == Some(guild) && !c.is_thread()).count();
        let position = u16::try_from(siblings).unwrap_or(u16::MAX);
        let channel =
            Channel { id, guild: Some(guild), kind, name: name.to_owned(), parent, position, ..Channel::default() };
        let data = shape::channel::channel(self, &channel);
        self.channels.insert(id, channel);
        self.emit(Event::guilds("CHANNEL_CREATE", data));
        id
    }

    /// The direct conversation of the bot with `user`, made on first use.
    pub(crate) fn direct(&mut self, user: Snowflake) -> Snowflake {
        let known = self.channels.values().find(|c| c.kind == channel_type::DM && c.recipients == [user]);
        if let Some(channel) = known {
            return channel.id;
        }
        let id = self.next_id();
        self.channels.insert(id, Channel { id, kind: channel_type::DM, recipients: vec![user], ..Channel::default() });
        id
    }

    /// Changes a channel or thread and announces it.
    pub(crate) fn change_channel(&mut self, id: Snowflake, change: impl FnOnce(&mut Channel)) -> Result<(), Refusal> {
        change(self.channel_mut(id)?);
        let channel = self.channel(id)?;
        let (name, data) = (
            if channel.is_thread() { "THREAD_UPDATE" } else { "CHANNEL_UPDATE" },
            shape::channel::channel(self, channel),
        );
        self.emit(Event::guilds(name, data).seen_in(id));
        Ok(())
    }

    /// Sets what a role or member may do in a channel. Who gains sight of it is told its threads.
    pub(crate) fn overwrite(&mut self, id: Snowflake, overwrite: Overwrite) -> Result<(), Refusal> {
        let bot = self.app.bot;
        let saw = permission::in_channel(self, bot, self.channel(id)?) != 0;
        let channel = self.channel_mut(id)?;
        channel.overwrites.retain(|known| known.id != overwrite.id);
        channel.overwrites.push(overwrite);
        let guild = channel.guild;
        let data = shape::channel::channel(self, self.channel(id)?);
        self.emit(Event::guilds("CHANNEL_UPDATE", data));
        let sees = permission::in_channel(self, bot, self.channel(id)?) != 0;
        if sees && !saw {
            let threads = self.threads_where(|channel, thread| channel.parent == Some(id) && !thread.archived);
            let shaped: Vec<_> = threads.iter().map(|thread| shape::channel::channel(self, thread)).collect();
            let data = json!({ "guild_id": guild, "channel_ids": [id], "threads": shaped, "members": [] });
            self.emit(Event::guilds("THREAD_LIST_SYNC", data));
        }
        Ok(())
    }

    /// Deletes a channel with its threads, messages and webhooks, or a single thread.
    pub(crate) fn delete_channel(&mut self, id: Snowflake) -> Result<(), Refusal> {
        let channel = self.channel(id)?.clone();
        let data = shape::channel::channel(self, &channel);
        let below: Vec<Snowflake> =
            self.channels.values().filter(|c| c.is_thread() && c.parent == Some(id)).map(|c| c.id).collect();
        for gone in below.into_iter().chain([id]) {
            self.channels.remove(&gone);
            self.messages.remove(&gone);
        }
        self.webhooks.retain(|_, hook| hook.channel != id);
        if channel.is_thread() {
            let data =
                json!({ "id": id, "guild_id": channel.guild, "parent_id": channel.parent, "type": channel.kind });
            self.emit(Event::guilds("THREAD_DELETE", data));
        } else {
            self.emit(Event::guilds("CHANNEL_DELETE", data));
        }
        Ok(())
    }

    /// Somebody begins to type.
    pub(crate) fn typing(&mut self, id: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        let guild = self.channel(id)?.guild;
        let mut data = json!({ "channel_id": id, "user_id": user, "timestamp": self.clock.now() / 1000 });
        with_guild(&mut data, guild);
        if let Some(guild) = guild {
            data["member"] = shape::guild::member(self, guild, user);
        }
        let intents = if guild.is_some() { intent::GUILD_MESSAGE_TYPING } else { intent::DIRECT_MESSAGE_TYPING };
        self.emit(Event::new("TYPING_START", intents, data).seen_in(id));
        Ok(())
    }
}
