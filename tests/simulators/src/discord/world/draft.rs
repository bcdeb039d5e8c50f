//! A message before it is posted.

use serde_json::{Map, Value};

use super::AllowedMentions;
use crate::discord::{
    model::{Attachment, Author, Message, Pings, Reference, message_type},
    snowflake::Snowflake,
};

/// A message that was not posted yet.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) channel: Snowflake,
    pub(crate) author: Author,
    pub(crate) kind: u8,
    pub(crate) content: String,
    pub(crate) flags: u64,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
    pub(crate) allowed: AllowedMentions,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) embeds: Vec<Value>,
    pub(crate) components: Vec<Value>,
    pub(crate) reference: Option<Reference>,
    pub(crate) application: Option<Snowflake>,
    /// Fields that nothing depends on but polls.
    pub(crate) extra: Map<String, Value>,
}

impl Draft {
    /// A plain text.
    pub(crate) fn text(channel: Snowflake, author: Author, content: &str) -> Self {
        Self {
            channel,
            author,
            kind: message_type::DEFAULT,
            content: content.to_owned(),
            flags: 0,
            nonce: None,
            enforce_nonce: false,
            allowed: AllowedMentions::all(),
            attachments: vec![],
            embeds: vec![],
            components: vec![],
            reference: None,
            application: None,
            extra: Map::new(),
        }
    }

    pub(crate) fn into_message(self, id: Snowflake, pings: Pings) -> Message {
        let kind = if self.reference.is_some() && self.kind == message_type::DEFAULT {
            message_type::REPLY
        } else {
            self.kind
        };
        Message {
            id,
            channel: self.channel,
            author: self.author,
            kind,
            content: self.content,
            edited: None,
            flags: self.flags,
            nonce: self.nonce,
            pings,
            attachments: self.attachments,
            embeds: self.embeds,
            components: self.components,
            reactions: vec![],
            reference: self.reference,
            pinned: None,
            application: self.application,
            extra: self.extra,
        }
    }
}
