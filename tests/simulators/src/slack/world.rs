//! The Slack behind the sockets: people, channels, messages, and the event each change causes.

pub(crate) mod channels;
mod files;
mod members;
pub(crate) mod messages;
mod people;
mod pins;
mod reactions;
mod threads;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use messages::Draft;

use super::{
    clock::{self, Clock},
    error::{Refusal, no},
    event::Event,
    model::{App, Channel, Emoji, File, Kind, Message, Team, User, UserGroup, Whisper},
};

/// Everything there is.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// `http://127.0.0.1:PORT`.
    #[serde(skip)]
    pub(crate) base: String,
    #[serde(skip)]
    pub(crate) clock: Clock,
    /// Whether events carry files by their ids alone.
    #[serde(skip)]
    pub(crate) slim_files: bool,
    /// How many messages a channel keeps; 0 all.
    #[serde(skip)]
    pub(crate) kept_messages: usize,
    pub(crate) team: Team,
    pub(crate) app: App,
    /// The workspace's owner, who makes what nobody else makes.
    pub(crate) owner: String,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) channels: BTreeMap<String, Channel>,
    /// By channel, then by `ts`.
    pub(crate) messages: BTreeMap<String, BTreeMap<String, Message>>,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) emoji: Emoji,
    pub(crate) groups: Vec<UserGroup>,
    pub(crate) whispers: Vec<Whisper>,
    counter: u64,
    last_ts: u64,
    /// What happened since it was last told.
    #[serde(skip)]
    pub(crate) events: Vec<Event>,
}

impl World {
    /// A workspace with its owner, its app, and #general.
    pub(crate) fn new(team: &str, bot: &str) -> Self {
        let mut world = Self::default();
        let domain = team.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        world.team = Team { id: world.next_id("T"), name: team.to_owned(), domain };
        let owner = world.add_user(User { name: "owner".to_owned(), is_admin: true, ..User::default() });
        world.owner = owner;
        let user = world.add_user(User { name: bot.to_owned(), is_bot: true, ..User::default() });
        world.app = App { id: world.next_id("A"), bot: world.next_id("B"), user, name: bot.to_owned() };
        let owner = world.owner.clone();
        if let Ok(general) = world.create_channel("general", Kind::Public, &owner)
            && let Some(channel) = world.channels.get_mut(&general)
        {
            channel.general = true;
        }
        world.events.clear();
        world
    }

    /// A new id: the letter, a zero, and nine characters that look like chance.
    pub(crate) fn next_id(&mut self, letter: &str) -> String {
        const SPACE: u64 = 36_u64.pow(9);
        self.counter += 1;
        let mut rest = self.counter.wrapping_mul(48_271_000_003) % SPACE;
        let mut digits = Vec::with_capacity(9);
        for _ in 0..9 {
            digits.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(rest % 36) as usize] as char);
            rest /= 36;
        }
        format!("{letter}0{}", digits.into_iter().rev().collect::<String>())
    }

    /// A `ts` later than every one before.
    pub(crate) fn next_ts(&mut self) -> String {
        self.last_ts = self.clock.micros().max(self.last_ts + 1);
        clock::ts(self.last_ts)
    }

    pub(crate) fn user(&self, id: &str) -> Result<&User, Refusal> {
        self.users.get(id).ok_or_else(|| no("user_not_found"))
    }

    pub(crate) fn channel(&self, id: &str) -> Result<&Channel, Refusal> {
        self.channels.get(id).ok_or_else(|| no("channel_not_found"))
    }

    pub(crate) fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, Refusal> {
        self.channels.get_mut(id).ok_or_else(|| no("channel_not_found"))
    }

    pub(crate) fn message(&self, channel: &str, ts: &str) -> Result<&Message, Refusal> {
        self.messages.get(channel).and_then(|all| all.get(ts)).ok_or_else(|| no("message_not_found"))
    }

    pub(crate) fn message_mut(&mut self, channel: &str, ts: &str) -> Result<&mut Message, Refusal> {
        self.messages.get_mut(channel).and_then(|all| all.get_mut(ts)).ok_or_else(|| no("message_not_found"))
    }

    pub(crate) fn is_member(&self, channel: &str, user: &str) -> bool {
        self.channels.get(channel).is_some_and(|channel| channel.members.iter().any(|member| member == user))
    }

    /// The channel, if the person may write there.
    pub(crate) fn writable(&self, channel: &str, user: &str) -> Result<&Channel, Refusal> {
        let place = self.channel(channel)?;
        if !self.is_member(channel, user) {
            return Err(no(if place.kind == Kind::Public { "not_in_channel" } else { "channel_not_found" }));
        }
        if place.archived {
            return Err(no("is_archived"));
        }
        Ok(place)
    }

    /// Something that only people of a channel are told.
    pub(crate) fn tell_in(&mut self, channel: &str, name: &str, body: Value) {
        self.events.push(Event { name: name.to_owned(), channel: Some(channel.to_owned()), body });
    }

    /// Something that the whole workspace is told.
    pub(crate) fn tell(&mut self, name: &str, body: Value) {
        self.events.push(Event { name: name.to_owned(), channel: None, body });
    }
}
