//! What is about to be done, written down before it is done.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    network::{ChatDelta, ChatId, Known, MessageId, Moderate, Outgoing, React, SendKey},
    store::messages::MessageRow,
};

/// One call to the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Call {
    Send { part: u32, payload: Value, hash: String },
    Edit { target: Known, payload: Value, hash: String },
    Delete { target: Known },
    React(React),
    Unreact(React),
    Pin { target: Known, on: bool },
    Moderate(Moderate),
    Change { chat: ChatId, look: ChatDelta },
}

/// The calls that one event takes, and how far they are. It is stored before each call whose repetition would show (a
/// send); the others may be repeated at will.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) message: Option<Box<Outgoing>>,
    pub(super) calls: Vec<Call>,
    /// How many calls are done.
    pub(super) done: usize,
    /// When the next call was begun, if it was and its outcome is not known.
    pub(super) begun: Option<i64>,
    /// The parts that are there.
    pub(super) there: Vec<MessageId>,
    /// Whether the sender was told that it waits.
    #[serde(default)]
    pub(super) pending: bool,
}

impl Journal {
    pub(super) fn new(message: Option<Box<Outgoing>>, calls: Vec<Call>) -> Self {
        Self { message, calls, done: 0, begun: None, there: Vec::new(), pending: false }
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many sends there are in all.
    pub(super) fn sends(&self) -> u32 {
        let sends = self.calls.iter().filter(|call| matches!(call, Call::Send { .. })).count();
        u32::try_from(sends).unwrap_or(u32::MAX)
    }
}

/// The key of one part of one event: the same for ever.
pub(super) fn send_key(bridge: &str, event_id: &str, part: u32) -> SendKey {
    SendKey::derive(&[bridge, event_id, &part.to_string()])
}

/// The calls that turn the parts that are there into the new plan. Parts that did not change cost nothing.
pub(super) fn change(there: &[MessageRow], plan: Vec<(Value, String)>) -> Vec<Call> {
    let mut calls = Vec::new();
    let length = plan.len();
    for ((part, (payload, hash)), row) in (0u32..).zip(plan).zip(there.iter().map(Some).chain(std::iter::repeat(None)))
    {
        match row {
            Some(row) if row.hash == hash => {}
            Some(row) => calls.push(Call::Edit { target: row.known(), payload, hash }),
            None => calls.push(Call::Send { part, payload, hash }),
        }
    }
    calls.extend(there.iter().skip(length).map(|row| Call::Delete { target: row.known() }));
    calls
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_edit_calls_only_for_what_changed() {
        let row = |part: i64, hash: &str| MessageRow {
            id: format!("m{part}"),
            part,
            hash: hash.into(),
            ..MessageRow::default()
        };
        let plan = |hashes: &[&str]| hashes.iter().map(|&hash| (json!(hash), hash.to_owned())).collect::<Vec<_>>();
        let there = [row(0, "a"), row(1, "b")];
        let edit = |part: i64, hash: &str| Call::Edit {
            target: row(part, "").known(),
            payload: json!(hash),
            hash: hash.into(),
        };
        let cases = [
            (plan(&["a", "b"]), vec![]),
            (plan(&["a", "x"]), vec![edit(1, "x")]),
            (plan(&["x"]), vec![edit(0, "x"), Call::Delete { target: row(1, "").known() }]),
            (plan(&["a", "b", "c"]), vec![Call::Send { part: 2, payload: json!("c"), hash: "c".into() }]),
        ];
        for (plan, calls) in cases {
            assert_eq!(change(&there, plan.clone()), calls, "{plan:?}");
        }
    }
}
