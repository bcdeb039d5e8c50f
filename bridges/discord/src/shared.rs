//! What the two halves of a connected session have in common: the feed that reads Discord and the session that writes to
//! it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use appservice_sdk::prelude::{ChatId, Remote};
use serenity::model::id::{ApplicationId, AttachmentId, ChannelId, GuildId, MessageId, RoleId, UserId};

use crate::atlas::Atlas;
use crate::catch_up::{Begun, Windows};
use crate::config::Config;
use crate::convert::Names;
use crate::emoji::Emojis;
use crate::feed::{Ballot, Systems};
use crate::hooks::Hooks;
use crate::ids;
use crate::look::Cdn;
use crate::powers::Powers;
use crate::rest::Rest;
use crate::wire::{Attachment, Message};

/// Addresses of attachments that are remembered; older ones are asked for again.
const ADDRESSES: usize = 4096;
/// Echoes and deletions of our own that are remembered.
const RECENT: usize = 512;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) rest: Arc<Rest>,
    pub(crate) remote: Remote,
    pub(crate) atlas: Atlas,
    pub(crate) hooks: Hooks,
    pub(crate) powers: Powers,
    /// The chats whose bridging has begun.
    pub(crate) begun: Begun,
    /// What was last known of the newest messages.
    pub(crate) windows: Windows,
    pub(crate) cdn: Cdn,
    pub(crate) emojis: Emojis,
    /// Where PluralKit speaks.
    pub(crate) members_of_systems: Systems,
    /// The papers of polls that were voted in.
    pub(crate) ballots: Recent<Arc<Ballot>>,
    /// The guilds the bot is in.
    pub(crate) guilds: Mutex<HashSet<GuildId>>,
    /// The application the bot belongs to.
    pub(crate) app: ApplicationId,
    /// The bot's account.
    pub(crate) me: UserId,
    pub(crate) addresses: Addresses,
    /// What our webhooks were heard to say: proof that an unanswered send arrived.
    pub(crate) echoes: Recent<Arc<Message>>,
    /// What we deleted ourselves: Discord tells it back like anybody's deletion.
    pub(crate) erased: Recent<MessageId>,
}

impl Shared {
    /// Whether the operator lets the bridge serve this guild.
    pub(crate) fn serves(&self, guild: GuildId) -> bool {
        self.config.guilds.is_empty() || self.config.guilds.contains(&guild)
    }

    /// Whether people can be known from one guild only, so that their look there is the only one.
    pub(crate) fn one_guild(&self) -> bool {
        self.config.guilds.len() == 1 || self.guilds.lock().unwrap_or_else(PoisonError::into_inner).len() <= 1
    }

    /// Whether a channel is linked to a room.
    pub(crate) fn is_linked(&self, channel: ChannelId) -> bool {
        self.remote.is_linked(&ids::chat(channel))
    }

    /// The linked channels.
    pub(crate) fn linked(&self) -> Vec<(ChatId, ChannelId)> {
        let chats = self.remote.chats().into_iter().map(|linked| linked.chat);
        chats.filter_map(|chat| ids::channel(&chat).map(|channel| (chat, channel))).collect()
    }
}

/// A short memory: the newest things, the oldest forgotten first.
pub(crate) struct Recent<T>(Mutex<VecDeque<T>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Recent<T> {
    pub(crate) fn push(&self, value: T) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= RECENT {
            values.pop_front();
        }
        values.push_back(value);
    }

    /// Those for which this is true, oldest first.
    pub(crate) fn all(&self, wanted: impl Fn(&T) -> bool) -> Vec<T> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().filter(|value| wanted(value)).cloned().collect()
    }

    pub(crate) fn any(&self, wanted: impl Fn(&T) -> bool) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(wanted)
    }
}

/// The signed addresses of attachments, as they were told last.
#[derive(Default)]
pub(crate) struct Addresses(Mutex<HashMap<AttachmentId, String>>);

impl Addresses {
    /// Takes in those of a message, and of what it forwards.
    pub(crate) fn learn(&self, said: &Message) {
        for file in attachments(said) {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= ADDRESSES {
                known.clear();
            }
            known.insert(file.id, file.url.clone());
        }
    }

    pub(crate) fn of(&self, file: AttachmentId) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&file).cloned()
    }

    pub(crate) fn forget(&self, file: AttachmentId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&file);
    }
}

fn attachments(said: &Message) -> impl Iterator<Item = &Attachment> {
    let forwarded = said.message_snapshots.iter().flat_map(|snapshot| &snapshot.message.attachments);
    said.attachments.iter().chain(forwarded)
}

/// Names for the ids in one message: those it brings along first, then those of the atlas.
pub(crate) struct Called<'a> {
    pub(crate) atlas: &'a Atlas,
    pub(crate) cdn: &'a Cdn,
    pub(crate) guild: GuildId,
    pub(crate) said: &'a Message,
}

impl Names for Called<'_> {
    fn user(&self, id: UserId) -> Option<String> {
        let known = self.atlas.name_of(self.guild, id);
        known.or_else(|| {
            let user = self.said.mentions.iter().find(|user| user.id == id)?;
            Some(self.cdn.look(Some(self.guild), user, user.member.as_ref()).name)
        })
    }

    fn channel(&self, id: ChannelId) -> Option<String> {
        self.atlas.channel_name(id)
    }

    fn above(&self, thread: ChannelId) -> Option<ChannelId> {
        let known = self.atlas.known(thread).filter(|known| known.is_thread())?;
        known.parent_id.filter(|_| !self.atlas.is_post(thread))
    }

    fn role(&self, id: RoleId) -> Option<(String, u32)> {
        self.atlas.role(id).map(|role| (role.name, role.colour))
    }

    fn calls_everyone(&self) -> bool {
        self.said.mention_everyone
    }
}
