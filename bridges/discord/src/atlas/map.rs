//! The memory behind the atlas, with its bounds.

use std::collections::HashMap;
use std::sync::Arc;

use appservice_sdk::prelude::UserInfo;
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use crate::wire::{Channel, Guild, Role};

/// So many people are remembered; then the memory starts anew.
pub(super) const PEOPLE: usize = 20_000;
/// So many channels and threads are remembered; then threads, and what turned out not to be there, are forgotten.
pub(super) const CHANNELS: usize = 20_000;

/// Somebody in a guild.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How they look there.
    pub(crate) look: UserInfo,
    /// How they look where no guild has another look for them.
    pub(crate) account: UserInfo,
    /// Their roles beside `@everyone`; `None` when nobody said.
    pub(crate) roles: Option<Arc<[RoleId]>>,
}

#[derive(Default)]
pub(super) struct Map {
    /// `None`: there is no such channel for us.
    channels: HashMap<ChannelId, Option<Arc<Channel>>>,
    guilds: HashMap<GuildId, Arc<Guild>>,
    roles: HashMap<RoleId, Role>,
    people: HashMap<(GuildId, UserId), Seen>,
}

impl Map {
    pub(super) fn channel(&self, id: ChannelId) -> Option<Option<Arc<Channel>>> {
        self.channels.get(&id).cloned()
    }

    pub(super) fn put_channel(&mut self, id: ChannelId, channel: Option<Arc<Channel>>) {
        if self.channels.len() >= CHANNELS && !self.channels.contains_key(&id) {
            self.channels.retain(|_, known| known.as_ref().is_some_and(|channel| !channel.is_thread()));
        }
        self.channels.insert(id, channel);
    }

    pub(super) fn drop_channel(&mut self, id: ChannelId) {
        self.channels.remove(&id);
    }

    pub(super) fn forget_absent(&mut self) {
        self.channels.retain(|_, channel| channel.is_some());
    }

    pub(super) fn channels_of(&self, guild: GuildId) -> Vec<Arc<Channel>> {
        let known = self.channels.values().flatten();
        known.filter(|channel| channel.guild_id == Some(guild)).cloned().collect()
    }

    pub(super) fn guild(&self, id: GuildId) -> Option<Arc<Guild>> {
        self.guilds.get(&id).cloned()
    }

    pub(super) fn forget_guild(&mut self, id: GuildId) {
        self.guilds.remove(&id);
    }

    pub(super) fn put_guild(&mut self, mut guild: Guild) {
        for mut channel in guild.channels.drain(..).chain(guild.threads.drain(..)) {
            channel.guild_id = Some(guild.id);
            self.put_channel(channel.id, Some(Arc::new(channel)));
        }
        for role in guild.roles.drain(..) {
            self.roles.insert(role.id, role);
        }
        self.guilds.insert(guild.id, Arc::new(guild));
    }

    pub(super) fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.get(&id)
    }

    /// Gives the role as it was.
    pub(super) fn put_role(&mut self, role: Role) -> Option<Role> {
        self.roles.insert(role.id, role)
    }

    pub(super) fn drop_role(&mut self, id: RoleId) {
        self.roles.remove(&id);
    }

    pub(super) fn person(&self, guild: GuildId, id: UserId) -> Option<&Seen> {
        self.people.get(&(guild, id))
    }

    /// Roles that nobody mentions this time are kept.
    pub(super) fn put_person(&mut self, guild: GuildId, id: UserId, mut seen: Seen) {
        if self.people.len() >= PEOPLE {
            self.people.clear();
        }
        if let (None, Some(known)) = (&seen.roles, self.people.get(&(guild, id))) {
            seen.roles.clone_from(&known.roles);
        }
        self.people.insert((guild, id), seen);
    }

    pub(super) fn drop_person(&mut self, guild: GuildId, id: UserId) {
        self.people.remove(&(guild, id));
    }

    /// How many channels and people are remembered.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.channels.len(), self.people.len())
    }
}
