//! The simulated Discord itself: everything it knows, and the events each change causes. No I/O, no sockets.

mod asking;
mod channels;
mod draft;
mod guilds;
mod mentions;
mod messages;
mod pins;
mod polls;
mod reactions;
mod threads;
mod webhooks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use asking::Asked;
pub(crate) use draft::Draft;
pub(crate) use mentions::AllowedMentions;

pub(crate) use reactions::EmojiKey;
pub(crate) use threads::NewThread;
pub(crate) use webhooks::check_name;

use super::{
    clock::Clock,
    error::{self, Refusal},
    event::Event,
    model::{Channel, Emoji, Guild, Member, Message, User, Webhook},
    permission,
    snowflake::Snowflake,
};

/// The bot's registration in the portal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) id: Snowflake,
    pub(crate) bot: Snowflake,
}

/// The bytes of an attachment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) content_type: Option<String>,
    #[serde(with = "base64_bytes")]
    pub(crate) bytes: bytes::Bytes,
}

/// Everything.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) users: BTreeMap<Snowflake, User>,
    pub(crate) guilds: BTreeMap<Snowflake, Guild>,
    /// Channels, categories, threads and direct conversations.
    pub(crate) channels: BTreeMap<Snowflake, Channel>,
    /// By channel, then by id, which is by time.
    pub(crate) messages: BTreeMap<Snowflake, BTreeMap<Snowflake, Message>>,
    pub(crate) webhooks: BTreeMap<Snowflake, Webhook>,
    pub(crate) files: BTreeMap<Snowflake, File>,
    /// Who voted for what, by poll.
    #[serde(default)]
    pub(crate) votes: BTreeMap<Snowflake, polls::Votes>,
    /// The application's own emoji, and the commands it told.
    #[serde(default)]
    pub(crate) app_emojis: Vec<Emoji>,
    #[serde(default)]
    pub(crate) commands: Vec<serde_json::Value>,
    /// Commands that people gave.
    #[serde(skip)]
    pub(crate) asked: Vec<Asked>,
    /// How many messages a channel keeps; the oldest are forgotten. 0 is all.
    #[serde(skip)]
    pub(crate) keep: usize,
    last_id: u64,
    #[serde(skip)]
    pub(crate) clock: Clock,
    /// Where this Discord answers, for addresses of files.
    #[serde(skip)]
    pub(crate) base: String,
    /// Seconds a signed address is good for.
    #[serde(skip)]
    pub(crate) cdn_lifetime: u64,
    /// What happened and was not dispatched yet.
    #[serde(skip)]
    pub(crate) events: Vec<Event>,
    /// Messages whose links wait for their embeds.
    #[serde(skip)]
    pub(crate) links: Vec<(Snowflake, Snowflake)>,
}

impl World {
    /// A new id, greater than any before it, of the present moment.
    pub(crate) fn next_id(&mut self) -> Snowflake {
        let now = Snowflake::at(self.clock.now()).0;
        self.last_id = now.max(self.last_id + 1);
        Snowflake(self.last_id)
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    pub(crate) fn member(&self, guild: Snowflake, user: Snowflake) -> Option<&Member> {
        self.guilds.get(&guild)?.members.get(&user)
    }

    pub(crate) fn channel(&self, id: Snowflake) -> Result<&Channel, Refusal> {
        self.channels.get(&id).ok_or_else(error::unknown_channel)
    }

    pub(crate) fn channel_mut(&mut self, id: Snowflake) -> Result<&mut Channel, Refusal> {
        self.channels.get_mut(&id).ok_or_else(error::unknown_channel)
    }

    pub(crate) fn message(&self, channel: Snowflake, id: Snowflake) -> Result<&Message, Refusal> {
        self.messages.get(&channel).and_then(|all| all.get(&id)).ok_or_else(error::unknown_message)
    }

    pub(crate) fn message_mut(&mut self, channel: Snowflake, id: Snowflake) -> Result<&mut Message, Refusal> {
        self.messages.get_mut(&channel).and_then(|all| all.get_mut(&id)).ok_or_else(error::unknown_message)
    }

    /// The channel, if `user` may see it and has all of `needed` there.
    pub(crate) fn allow(&self, user: Snowflake, channel: Snowflake, needed: u64) -> Result<&Channel, Refusal> {
        let found = self.channel(channel)?;
        let held = permission::in_channel(self, user, found);
        if held & permission::VIEW_CHANNEL == 0 {
            return Err(error::missing_access());
        }
        if held & needed == needed { Ok(found) } else { Err(error::missing_permissions()) }
    }

    /// A user's shown name: nick, display name, user name.
    pub(crate) fn shown_name(&self, guild: Option<Snowflake>, user: Snowflake) -> String {
        let nick = guild.and_then(|guild| self.member(guild, user)?.nick.clone());
        let account = self.users.get(&user);
        nick.or_else(|| account.and_then(|u| u.global_name.clone().or_else(|| Some(u.name.clone()))))
            .unwrap_or_default()
    }
}

/// Bytes as base64, for the state file.
mod base64_bytes {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}
