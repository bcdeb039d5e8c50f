//! Polls. <https://core.telegram.org/bots/api#poll>

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A poll or quiz.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// Its id, the same in every forward.
    pub id: String,
    /// The question.
    pub question: String,
    /// Its formatting: custom emoji only.
    pub question_entities: Vec<Value>,
    /// The answers to choose from.
    pub options: Vec<PollOption>,
    /// Whether nobody can vote any more.
    pub is_closed: bool,
    /// Whether nobody sees who voted what.
    pub is_anonymous: bool,
    /// Whether it has one right answer.
    pub is_quiz: bool,
    /// Whether several answers can be chosen.
    pub multiple: bool,
    /// The right answer of a quiz.
    pub correct: Option<usize>,
    /// What is shown after a wrong answer.
    pub explanation: Option<String>,
    /// Whether the bot sent it: only then it is told of votes.
    pub by_bot: bool,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollOption {
    /// Its text.
    pub text: String,
    /// Who chose it.
    pub voters: BTreeSet<i64>,
}
