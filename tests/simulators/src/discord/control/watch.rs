//! Seeing what happened.

use std::time::Duration;

use serde::Serialize;
use tokio::{sync::broadcast, time::timeout};

use crate::discord::{
    Call, Discord, Event, Snowflake, cdn,
    clock::iso8601,
    model::{Author, Message, Pings},
    state::State,
};

/// A message as a reader of the channel sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its id.
    pub id: Snowflake,
    /// The name shown.
    pub author: String,
    /// The author's id; a webhook's stands for itself.
    pub author_id: Snowflake,
    /// The address of the picture shown, if there is one.
    pub avatar: Option<String>,
    /// The address a webhook's message brought its picture from.
    pub avatar_url: Option<String>,
    /// The webhook it came through.
    pub webhook: Option<Snowflake>,
    /// See [`super::super::model::message_type`].
    pub kind: u8,
    /// The text.
    pub content: String,
    /// The files: name and signed address.
    pub attachments: Vec<(String, String)>,
    /// Embeds, as stored.
    pub embeds: Vec<serde_json::Value>,
    /// Emoji (`👍`, or `name:id`) and how many.
    pub reactions: Vec<(String, usize)>,
    /// The message it answers.
    pub reply_to: Option<Snowflake>,
    /// Whom it notified.
    pub pings: Pings,
    /// Whether its author changed it.
    pub edited: bool,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Whether a thread with its id hangs on it.
    pub thread: bool,
    /// When it was said, in ISO 8601.
    pub time: String,
}

/// Nothing of what was waited for happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedOut(pub Duration);

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "what was waited for did not happen on the simulated Discord within {:?}", self.0)
    }
}

impl std::error::Error for TimedOut {}

impl Discord {
    /// The messages of a channel or thread, oldest first.
    pub fn transcript(&self, channel: Snowflake) -> Vec<Line> {
        self.shared.look(|state| lines(state, channel))
    }

    /// A message as it is stored.
    pub fn message(&self, channel: Snowflake, id: Snowflake) -> Option<Message> {
        self.shared.look(|state| state.world.message(channel, id).ok().cloned())
    }

    /// Looks now and after every change until `seen` says yes.
    pub async fn wait_for(&self, limit: Duration, mut seen: impl FnMut(&Self) -> bool) -> Result<(), TimedOut> {
        let mut version = self.shared.version.subscribe();
        let looking = async {
            while !seen(self) {
                if version.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        timeout(limit, looking).await.map_err(|_| TimedOut(limit))
    }

    /// Everything that happens from now on, whoever may hear it. A slow reader is told how much it missed.
    pub fn changes(&self) -> broadcast::Receiver<Event> {
        self.shared.changes.subscribe()
    }

    /// A number that grows with every change, for readers that poll.
    pub fn version(&self) -> u64 {
        *self.shared.version.borrow()
    }

    /// Every REST request so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.look(|state| state.calls.iter().cloned().collect())
    }

    /// The requests of one route so far: `POST /channels/{channel}/messages`.
    pub fn calls_to(&self, route: &str) -> Vec<Call> {
        self.shared.look(|state| state.calls.iter().filter(|call| call.route == route).cloned().collect())
    }

    /// How many requests so far were invalid (401, 403, 429 of one's own): 10,000 in ten minutes cost the address
    /// its access.
    pub fn invalid_requests(&self) -> u64 {
        self.shared.look(|state| state.invalid)
    }

    /// Forgets the requests so far.
    pub fn forget_calls(&self) {
        self.shared.with(|state| state.calls.clear());
    }

    /// Sessions with a living socket.
    pub fn connected(&self) -> usize {
        self.shared.look(|state| state.gateway.connected())
    }

    /// How often a session was opened, and how often one was taken up again.
    pub fn sessions(&self) -> (u64, u64) {
        self.shared.look(|state| (state.identifies, state.resumes))
    }
}

pub(in crate::discord) fn lines(state: &State, channel: Snowflake) -> Vec<Line> {
    let all = state.world.messages.get(&channel);
    all.into_iter().flat_map(|all| all.values()).map(|message| line(state, message)).collect()
}

fn line(state: &State, message: &Message) -> Line {
    let world = &state.world;
    let guild = world.channels.get(&message.channel).and_then(|channel| channel.guild);
    let (author, hash, avatar_url, webhook) = match &message.author {
        Author::User(id) => {
            let own = guild.and_then(|guild| world.member(guild, *id)?.avatar.clone());
            (world.shown_name(guild, *id), own.or_else(|| world.users.get(id)?.avatar.clone()), None, None)
        }
        Author::Webhook { id, name, avatar, avatar_url } => {
            (name.clone(), avatar.clone(), avatar_url.clone(), Some(*id))
        }
    };
    let author_id = message.author.id();
    let file = |file: &crate::discord::model::Attachment| {
        let path = cdn::attachment_path(message.channel, file.id, &file.filename);
        (file.filename.clone(), cdn::signed(world, &path))
    };
    let emoji = |reaction: &crate::discord::model::Reaction| {
        let key = reaction.emoji_id.map_or_else(|| reaction.emoji.clone(), |id| format!("{}:{id}", reaction.emoji));
        (key, reaction.users.len())
    };
    Line {
        id: message.id,
        author,
        author_id,
        avatar: hash.map(|hash| format!("{}/cdn/avatars/{author_id}/{hash}.png", world.base)),
        avatar_url,
        webhook,
        kind: message.kind,
        content: message.content.clone(),
        attachments: message.attachments.iter().map(file).collect(),
        embeds: message.embeds.clone(),
        reactions: message.reactions.iter().map(emoji).collect(),
        reply_to: message.reference.map(|reference| reference.message),
        pings: message.pings.clone(),
        edited: message.edited.is_some(),
        pinned: message.pinned.is_some(),
        thread: world.channels.contains_key(&message.id) && message.id != message.channel,
        time: iso8601(message.id.time()),
    }
}
