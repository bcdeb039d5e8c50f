//! Which calls a message takes, decided without looking at anything but the message.

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use super::name;

use crate::convert::{self, Writing};
use crate::ids;

/// Most characters of a message.
pub(crate) const MAX_TEXT: usize = 2000;
/// Most people one message may call.
const MAX_PINGS: usize = 100;
/// Most characters that are quoted of a message that is answered.
const QUOTED: usize = 80;
/// Room for the line above an answer: names and quote with their escapes, and the address.
const REPLY_ROOM: usize = 500;

/// One call: what a webhook is told to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) name: String,
    pub(crate) content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply: Option<Reply>,
    pub(crate) pings: Pings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<MediaRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) poll: Option<Poll>,
    /// The pictures of emoji that only Matrix has, in the order of their stand-ins in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) emoji: Vec<String>,
}

/// Whose attention a message may draw. Whatever its text says, Discord calls nobody else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pings {
    #[serde(default)]
    pub(crate) everyone: bool,
    #[serde(default)]
    pub(crate) users: Vec<UserId>,
    #[serde(default)]
    pub(crate) roles: Vec<RoleId>,
}

/// The message that is answered. Webhooks cannot answer, so a small line above shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) channel: ChannelId,
    pub(crate) message: String,
    pub(crate) author: String,
    pub(crate) excerpt: String,
}

impl Payload {
    /// Reads a plan back.
    pub(crate) fn read(value: &Value) -> Result<Self, SendError> {
        serde_json::from_value(value.clone())
            .map_err(|error| SendError::Bug(anyhow::anyhow!("a plan does not read: {error}")))
    }
}

impl Pings {
    /// As Discord reads it: <https://discord.com/developers/docs/resources/message#allowed-mentions-object>.
    pub(crate) fn allowed(&self) -> Value {
        let parse = if self.everyone { &["everyone"][..] } else { &[] };
        json!({ "parse": parse, "users": self.users, "roles": self.roles })
    }
}

impl Reply {
    fn to(known: &Known) -> Option<Self> {
        let channel = ids::channel(&known.chat)?;
        let thread = known.thread.as_ref().and_then(ids::message).map(|root| ChannelId::new(root.get()));
        Some(Self {
            channel: thread.unwrap_or(channel),
            message: known.id.to_string(),
            author: one_line(&known.author, QUOTED),
            excerpt: one_line(&known.excerpt, QUOTED),
        })
    }

    /// `-# ↪ [**Ann**: how it began…](address)`
    pub(crate) fn line(&self, guild: Option<GuildId>) -> String {
        let guild = guild.map_or_else(|| "@me".to_owned(), |guild| guild.to_string());
        let address = format!("https://discord.com/channels/{guild}/{}/{}", self.channel, self.message);
        let author = convert::escape(&self.author);
        if self.excerpt.is_empty() {
            return format!("-# ↪ [**{author}**]({address})");
        }
        format!("-# ↪ [**{author}**: {}]({address})", convert::escape(&self.excerpt))
    }
}

/// The calls a message takes: its text in pieces Discord accepts, or a file with its words. The guild is for links to
/// other messages, which are left without an address if it is not known.
///
/// # Errors
/// There is nothing in it that Discord could show.
pub(crate) fn plan(message: &Outgoing, guild: Option<GuildId>) -> Result<Vec<Value>, SendError> {
    let name = name::shown(&message.sender.name, &message.sender.user_id);
    let mut reply = message.reply_to.as_ref().and_then(Reply::to);
    let mut payloads = Vec::new();
    for part in &message.parts {
        let (mut text, file) = spoken(part);
        let poll = super::poll::native(part).cloned();
        if poll.is_some() {
            text = Doc::default();
        }
        let emoji = crate::emoji::stand_in(&mut text);
        let pings = pings(&text, message.may_ping_everyone);
        let first = if reply.is_some() { MAX_TEXT - REPLY_ROOM } else { MAX_TEXT };
        let how = Writing { first, rest: MAX_TEXT, may_ping_everyone: message.may_ping_everyone, guild };
        let mut pieces = convert::write(&text, &how);
        if pieces.is_empty() {
            if file.is_none() && poll.is_none() {
                continue;
            }
            pieces.push(String::new());
        }
        for (at, content) in pieces.into_iter().enumerate() {
            let file = file.clone().filter(|_| at == 0);
            let (name, pings, poll, emoji) = (name.clone(), pings.clone(), poll.clone(), emoji.clone());
            payloads.push(Payload { name, content, reply: reply.take(), pings, file, poll, emoji });
        }
    }
    if payloads.is_empty() {
        return Err(SendError::Refused(Refusal::Format("an empty message".to_owned())));
    }
    let plan: Result<Vec<Value>, _> = payloads.iter().map(serde_json::to_value).collect();
    plan.map_err(|error| SendError::Bug(error.into()))
}

/// What a part says, and the file it carries.
fn spoken(part: &Part) -> (Doc, Option<MediaRef>) {
    match part {
        Part::Text(text) | Part::Notice(text) => (text.clone(), None),
        Part::Emote(text) => (emote(text), None),
        Part::Media { file, caption, .. } => (caption.clone().unwrap_or_default(), Some(file.clone())),
        Part::Poll(poll) => (poll.as_text(), None),
        Part::Location { latitude, longitude, label } => {
            let address = format!(
                "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
            );
            let mut text = label.as_deref().map(Inline::lines).unwrap_or_default();
            if !text.is_empty() {
                text.push(Inline::Break);
            }
            text.push(Inline::url(address));
            (Doc::paragraph(text), None)
        }
    }
}

/// `/me waves` stands in italics below the sender's name.
fn emote(text: &Doc) -> Doc {
    let blocks = text.blocks.iter().map(|block| match block {
        Block::Paragraph(text) => Block::Paragraph(vec![Inline::Italic(text.clone())]),
        other => other.clone(),
    });
    Doc { blocks: blocks.collect() }
}

/// Calling a role is calling many, so it takes the same power as calling everybody.
fn pings(text: &Doc, everyone: bool) -> Pings {
    let mut pings = Pings::default();
    text.visit(&mut |inline| match inline {
        Inline::Role(role) => {
            let id = role.id.parse::<RoleId>().ok().filter(|id| everyone && !pings.roles.contains(id));
            pings.roles.extend(id.filter(|_| pings.roles.len() < MAX_PINGS));
        }
        Inline::Everyone(_) => pings.everyone = everyone,
        Inline::Mention(mention) => {
            if let appservice_sdk::content::Id::Remote(id) = &mention.user
                && let Ok(id) = id.parse::<UserId>()
                && pings.users.len() < MAX_PINGS
                && !pings.users.contains(&id)
            {
                pings.users.push(id);
            }
        }
        _ => {}
    });
    pings
}

fn one_line(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    let mut short: String = line.chars().take(max - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests;
