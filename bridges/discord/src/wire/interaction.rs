//! Commands that people give to the bot. <https://discord.com/developers/docs/interactions/receiving-and-responding>

use serde::Deserialize;
use serde_json::Value;
use serenity::model::id::{ApplicationId, ChannelId, InteractionId, MessageId};

use super::{each, lenient};
use crate::config::Secret;

/// `INTERACTION_CREATE`. Whoever has the token may answer in the channel for a quarter of an hour.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Interaction {
    pub(crate) id: InteractionId,
    pub(crate) application_id: ApplicationId,
    /// 2 is a command.
    #[serde(rename = "type")]
    pub(crate) kind: u8,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) data: Option<CommandData>,
    #[serde(default)]
    pub(crate) channel_id: Option<ChannelId>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) member: Option<Asker>,
    pub(crate) token: Secret,
}

/// Which command, with what.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CommandData {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "each")]
    pub(crate) options: Vec<CommandOption>,
    /// The message whose menu the command was chosen from.
    #[serde(default)]
    pub(crate) target_id: Option<MessageId>,
}

/// A subcommand with its own options, or a value.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CommandOption {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value: Value,
    #[serde(default, deserialize_with = "each")]
    pub(crate) options: Vec<CommandOption>,
}

/// Who asks, with what they may do in that channel: Discord has counted it already.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Asker {
    #[serde(default)]
    pub(crate) permissions: String,
}

impl Asker {
    /// The bits of `permissions`.
    pub(crate) fn bits(&self) -> u64 {
        self.permissions.parse().unwrap_or(0)
    }
}
