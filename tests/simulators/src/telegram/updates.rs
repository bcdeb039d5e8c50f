//! What the bot is told: a queue that it empties by asking for what comes after.
//! <https://core.telegram.org/bots/api#getting-updates>

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Confirmed updates remembered, for the fault that sends them again.
const REMEMBERED: usize = 100;

/// What is told only to bots that ask for it by name.
const ONLY_BY_NAME: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// One update.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) id: i64,
    kind: String,
    body: Value,
    date: i64,
}

impl Update {
    /// As the bot gets it.
    pub(crate) fn shown(&self) -> Value {
        json!({ "update_id": self.id, &self.kind: self.body })
    }
}

/// The queue.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Updates {
    next: i64,
    pending: VecDeque<Update>,
    confirmed: VecDeque<Update>,
    /// The kinds the bot last asked for; the usual ones if it never did.
    pub(crate) allowed: Vec<String>,
    /// Counts those who ask, so that the one before is told to go.
    #[serde(skip)]
    pub(crate) consumer: u64,
}

impl Updates {
    pub(crate) fn starting_at(first: i64) -> Self {
        Self { next: first, ..Self::default() }
    }

    /// Queues something, if the bot wants to hear of its kind.
    pub(crate) fn push(&mut self, kind: &str, body: Value, date: i64) {
        let wanted = match self.allowed.as_slice() {
            [] => !ONLY_BY_NAME.contains(&kind),
            named => named.iter().any(|name| name == kind),
        };
        if wanted {
            self.pending.push_back(Update { id: self.next, kind: kind.to_owned(), body, date });
            self.next += 1;
        }
    }

    /// Forgets what comes before `offset`. A negative one counts from the end.
    pub(crate) fn confirm(&mut self, offset: i64) {
        let first = if offset < 0 { self.next + offset } else { offset };
        while self.pending.front().is_some_and(|update| update.id < first) {
            self.confirmed.extend(self.pending.pop_front());
        }
        let over = self.confirmed.len().saturating_sub(REMEMBERED);
        self.confirmed.drain(..over);
    }

    /// Forgets what nobody fetched since `date`.
    pub(crate) fn expire(&mut self, date: i64) {
        self.pending.retain(|update| update.date > date);
    }

    /// Forgets everything.
    pub(crate) fn drop_pending(&mut self) {
        self.pending.clear();
    }

    /// The first updates that wait.
    pub(crate) fn first(&self, limit: usize) -> Vec<Value> {
        self.pending.iter().take(limit).map(Update::shown).collect()
    }

    /// The last confirmed updates, once more.
    pub(crate) fn again(&self, count: usize) -> Vec<Value> {
        let skip = self.confirmed.len().saturating_sub(count);
        self.confirmed.iter().skip(skip).map(Update::shown).collect()
    }

    pub(crate) fn head(&self) -> Option<&Update> {
        self.pending.front()
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The next update gets an id that is so much higher.
    pub(crate) fn jump(&mut self, by: i64) {
        self.next += by;
    }

    /// Takes over `allowed_updates`: absent means unchanged, empty means the usual ones.
    pub(crate) fn allow(&mut self, asked: Option<Value>) {
        if let Some(Value::Array(kinds)) = asked {
            self.allowed = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(updates: &Updates) -> Vec<i64> {
        updates.first(100).iter().filter_map(|update| update["update_id"].as_i64()).collect()
    }

    #[test]
    fn asking_for_what_comes_after_confirms_what_came_before() {
        let mut updates = Updates::starting_at(10);
        for _ in 0..4 {
            updates.push("message", json!({}), 0);
        }
        updates.confirm(12);
        assert_eq!(ids(&updates), [12, 13]);
        assert_eq!(updates.again(1)[0]["update_id"], 11);
        updates.confirm(-1);
        assert_eq!(ids(&updates), [13]);
    }

    #[test]
    fn some_kinds_are_told_only_by_name() {
        let mut updates = Updates::starting_at(1);
        updates.push("message_reaction", json!({}), 0);
        assert_eq!(updates.pending(), 0);
        updates.allow(Some(json!(["message_reaction"])));
        updates.push("message", json!({}), 0);
        updates.push("message_reaction", json!({}), 0);
        assert_eq!(updates.pending(), 1);
    }
}
