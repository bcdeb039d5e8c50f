//! Polls. <https://discord.com/developers/docs/resources/poll>

use serde::Deserialize;
use serenity::model::id::{ChannelId, MessageId, UserId};

use super::{each, lenient};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Poll {
    pub(crate) question: PollText,
    #[serde(deserialize_with = "each")]
    pub(crate) answers: Vec<PollAnswer>,
    pub(crate) allow_multiselect: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) results: Option<PollResults>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PollAnswer {
    pub(crate) answer_id: u64,
    pub(crate) poll_media: PollText,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PollText {
    pub(crate) text: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) emoji: Option<super::Emoji>,
}

/// How it stands. Counted exactly only once it is over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PollResults {
    pub(crate) is_finalized: bool,
}

/// `MESSAGE_POLL_VOTE_ADD` and `MESSAGE_POLL_VOTE_REMOVE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PollVote {
    pub(crate) user_id: UserId,
    pub(crate) channel_id: ChannelId,
    pub(crate) message_id: MessageId,
    pub(crate) answer_id: u64,
}

/// Who chose an answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Voters {
    #[serde(default, deserialize_with = "each")]
    pub(crate) users: Vec<super::User>,
}
