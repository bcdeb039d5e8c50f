//! Guilds, channels, roles: what administrators do.

use crate::discord::{
    Discord, Refusal, Snowflake, error,
    model::{Channel, Overwrite, Role, Webhook, channel_type},
};

impl Discord {
    /// A guild that has just invited the bot, with a role that gives the bot what a bridge needs.
    pub fn guild(&self, name: &str) -> Snowflake {
        self.shared.with(|state| state.world.create_guild(name))
    }

    /// Renames a guild.
    pub fn rename_guild(&self, guild: Snowflake, name: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.rename_guild(guild, name))
    }

    /// A category.
    pub fn category(&self, guild: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        self.make_channel(guild, name, channel_type::CATEGORY, None)
    }

    /// A text channel outside of categories.
    pub fn text_channel(&self, guild: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        self.make_channel(guild, name, channel_type::TEXT, None)
    }

    /// A text channel of a category.
    pub fn text_channel_in(&self, category: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        let guild = self.channel(category).and_then(|c| c.guild).ok_or_else(error::unknown_channel)?;
        self.make_channel(guild, name, channel_type::TEXT, Some(category))
    }

    /// A forum.
    pub fn forum(&self, guild: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        self.make_channel(guild, name, channel_type::FORUM, None)
    }

    fn make_channel(
        &self,
        guild: Snowflake,
        name: &str,
        kind: u8,
        parent: Option<Snowflake>,
    ) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            state.world.guild(guild)?;
            Ok(state.world.create_channel(guild, name, kind, parent))
        })
    }

    /// Adds a tag that posts of a forum can have; from then on they need one if `required`.
    pub fn forum_tag(&self, forum: Snowflake, name: &str, required: bool) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            let tag = state.world.next_id();
            state.world.change_channel(forum, |channel| {
                channel.available_tags.push((tag, name.to_owned()));
                channel.tag_required = required;
            })?;
            Ok(tag)
        })
    }

    /// What the channel is now; none if it is gone.
    pub fn channel(&self, id: Snowflake) -> Option<Channel> {
        self.shared.look(|state| state.world.channels.get(&id).cloned())
    }

    /// All channels and threads of a guild.
    pub fn channels(&self, guild: Snowflake) -> Vec<Channel> {
        self.shared.look(|state| state.world.channels.values().filter(|c| c.guild == Some(guild)).cloned().collect())
    }

    /// Renames a channel or thread.
    pub fn rename(&self, channel: Snowflake, name: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.change_channel(channel, |channel| channel.name = name.to_owned()))
    }

    /// Sets a channel's topic.
    pub fn set_topic(&self, channel: Snowflake, topic: &str) -> Result<(), Refusal> {
        let topic = Some(topic.to_owned()).filter(|topic| !topic.is_empty());
        self.shared.with(|state| state.world.change_channel(channel, |channel| channel.topic = topic))
    }

    /// Deletes a channel or thread.
    pub fn delete_channel(&self, channel: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete_channel(channel))
    }

    /// Gives and takes permissions of a role or member in a channel.
    pub fn overwrite(&self, channel: Snowflake, overwrite: Overwrite) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.overwrite(channel, overwrite))
    }

    /// Takes permissions from the bot in one channel, whatever its roles say; 0 gives all back.
    pub fn deny_bot(&self, channel: Snowflake, deny: u64) -> Result<(), Refusal> {
        self.overwrite(channel, Overwrite { id: self.bot(), member: true, allow: 0, deny })
    }

    /// A role.
    pub fn role(&self, guild: Snowflake, name: &str, permissions: u64) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| state.world.create_role(guild, name, permissions))
    }

    /// Changes a role.
    pub fn change_role(
        &self,
        guild: Snowflake,
        role: Snowflake,
        change: impl FnOnce(&mut Role),
    ) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.change_role(guild, role, change))
    }

    /// Deletes a role.
    pub fn delete_role(&self, guild: Snowflake, role: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete_role(guild, role))
    }

    /// A guild's own emoji.
    pub fn emoji(&self, guild: Snowflake, name: &str, animated: bool) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| state.world.create_emoji(guild, name, animated))
    }

    /// A guild's own sticker; format 1 is a PNG, 3 a Lottie animation.
    pub fn sticker(&self, guild: Snowflake, name: &str, format: u8) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| state.world.create_sticker(guild, name, format))
    }

    /// The webhooks of a channel.
    pub fn webhooks(&self, channel: Snowflake) -> Vec<Webhook> {
        self.shared
            .look(|state| state.world.webhooks.values().filter(|hook| hook.channel == channel).cloned().collect())
    }

    /// Makes a webhook as a human does in the channel's settings.
    pub fn make_webhook(&self, channel: Snowflake, by: Snowflake, name: &str) -> Result<Webhook, Refusal> {
        self.shared.with(|state| state.world.create_webhook(channel, by, name, None))
    }

    /// Deletes a webhook as a human does.
    pub fn delete_webhook(&self, webhook: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete_webhook(webhook))
    }
}
