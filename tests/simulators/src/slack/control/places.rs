//! Channels and emoji: what people and administrators do.

use serde_json::json;

use crate::slack::{
    Refusal, Slack,
    error::no,
    model::{Channel, Kind},
    world::channels::About,
};

impl Slack {
    /// #general, which is always there. The bot is not in it unless somebody invites it.
    pub fn general(&self) -> String {
        let found = self.shared.look(|state| state.world.channels.values().find(|c| c.general).map(|c| c.id.clone()));
        found.unwrap_or_default()
    }

    /// A public channel of the owner's, with the bot in it.
    pub fn channel(&self, name: &str) -> Result<String, Refusal> {
        let id = self.channel_without_bot(name, Kind::Public)?;
        self.invite(&id, &self.owner(), &self.bot_user())?;
        Ok(id)
    }

    /// A private channel of the owner's, with the bot in it.
    pub fn private_channel(&self, name: &str) -> Result<String, Refusal> {
        let id = self.channel_without_bot(name, Kind::Private)?;
        self.invite(&id, &self.owner(), &self.bot_user())?;
        Ok(id)
    }

    /// A channel of the owner's.
    pub fn channel_without_bot(&self, name: &str, kind: Kind) -> Result<String, Refusal> {
        self.shared.with(|state| {
            let owner = state.world.owner.clone();
            state.world.create_channel(name, kind, &owner)
        })
    }

    /// The direct messages between a person and the bot.
    pub fn direct(&self, user: &str) -> Result<String, Refusal> {
        let bot = self.bot_user();
        self.shared.with(|state| state.world.open_direct(&[bot, user.to_owned()]).map(|(id, _)| id))
    }

    /// What the channel is now.
    pub fn channel_info(&self, id: &str) -> Option<Channel> {
        self.shared.look(|state| state.world.channels.get(id).cloned())
    }

    /// Somebody comes in.
    pub fn join(&self, channel: &str, user: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.join(channel, user, None).map(|_| ()))
    }

    /// Somebody brings somebody in; the bot too.
    pub fn invite(&self, channel: &str, by: &str, user: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.join(channel, user, Some(by)).map(|_| ()))
    }

    /// Somebody goes.
    pub fn leave(&self, channel: &str, user: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.leave(channel, user, None).map(|_| ()))
    }

    /// The owner throws somebody out; the bot too.
    pub fn kick(&self, channel: &str, user: &str) -> Result<(), Refusal> {
        let owner = self.owner();
        self.shared.with(|state| state.world.leave(channel, user, Some(&owner)).map(|_| ()))
    }

    /// The owner renames a channel.
    pub fn rename(&self, channel: &str, name: &str) -> Result<(), Refusal> {
        let owner = self.owner();
        self.shared.with(|state| state.world.rename_channel(channel, name, &owner))
    }

    /// Somebody writes the topic.
    pub fn set_topic(&self, channel: &str, user: &str, topic: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.describe(channel, About::Topic, topic, user))
    }

    /// The owner archives a channel.
    pub fn archive(&self, channel: &str) -> Result<(), Refusal> {
        let owner = self.owner();
        self.shared.with(|state| state.world.archive(channel, &owner, true))
    }

    /// The owner brings a channel back.
    pub fn unarchive(&self, channel: &str) -> Result<(), Refusal> {
        let owner = self.owner();
        self.shared.with(|state| state.world.archive(channel, &owner, false))
    }

    /// The owner deletes a channel and all that was said in it.
    pub fn delete_channel(&self, channel: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete_channel(channel))
    }

    /// A custom emoji with a picture, or `alias:NAME` of another; its address.
    pub fn emoji(&self, name: &str, alias_of: Option<&str>) -> String {
        self.shared.with(|state| {
            let picture = format!("{}/avatars/emoji-{name}-64.png", state.world.base);
            let value = alias_of.map_or(picture, |other| format!("alias:{other}"));
            state.world.emoji.insert(name.to_owned(), value.clone());
            let event_ts = state.world.next_ts();
            let body = json!({
                "type": "emoji_changed", "subtype": "add", "name": name, "value": value, "event_ts": event_ts,
            });
            state.world.tell("emoji_changed", body);
            value
        })
    }

    /// Removes a custom emoji.
    pub fn remove_emoji(&self, name: &str) -> Result<(), Refusal> {
        self.shared.with(|state| {
            state.world.emoji.remove(name).ok_or_else(|| no("emoji_not_found"))?;
            let event_ts = state.world.next_ts();
            let body = json!({ "type": "emoji_changed", "subtype": "remove", "names": [name], "event_ts": event_ts });
            state.world.tell("emoji_changed", body);
            Ok(())
        })
    }

    /// Renames the workspace.
    pub fn rename_team(&self, name: &str) {
        self.shared.with(|state| {
            state.world.team.name = name.to_owned();
            let team_id = state.world.team.id.clone();
            let event_ts = state.world.next_ts();
            let body = json!({ "type": "team_rename", "name": name, "team_id": team_id, "event_ts": event_ts });
            state.world.tell("team_rename", body);
        });
    }
}
