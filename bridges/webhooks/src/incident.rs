//! Incidents: messages with the same key tell of one thing that goes on. Its first message is the root, which is kept up
//! to date by edits; what follows stands in its thread and is silent unless it grows worse. Deciding only: pure.

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{post::State, when::span};

/// An incident is forgotten so long after it was last heard of, in milliseconds.
pub const FORGOTTEN: i64 = 30 * 86_400_000;

/// What is remembered of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The message that is edited.
    pub root: String,
    /// The root of the thread that details go into: the message itself, or a digest it was folded into.
    pub thread: String,
    /// Whether it goes on.
    pub open: bool,
    /// How often it was told.
    pub count: u32,
    /// The worst it was, 1 to 5.
    pub level: u8,
    /// When it was first told, in milliseconds since 1970.
    pub first: i64,
    /// When it was last told.
    pub last: i64,
    /// What the root says, without its state.
    pub parts: Vec<Part>,
    /// Who speaks.
    pub author: Author,
    /// Somebody said that they care for it.
    #[serde(default)]
    pub acknowledged: bool,
}

/// What a message means for its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It begins, or begins anew after its end: a new root, which notifies.
    Begin,
    /// More of the same: the root is edited, the details are silent.
    Again,
    /// It grew worse: the root is edited, the details notify.
    Worse,
    /// It is over: the root is edited, a silent line says so.
    End,
    /// Somebody cares for it, says the sender: the same, but it goes on.
    Acknowledge,
    /// It is over, but nobody knew of it: a quiet message.
    Unheard,
    /// It is over and was before: nothing.
    Nothing,
}

/// Decides what a message with this state and level means.
#[must_use]
pub fn step(known: Option<&Incident>, state: State, level: u8) -> Step {
    match (known, state) {
        (None, State::Firing) => Step::Begin,
        (None, State::Resolved | State::Acknowledged) => Step::Unheard,
        (Some(incident), State::Firing) if !incident.open => Step::Begin,
        (Some(incident), State::Firing) if level > incident.level => Step::Worse,
        (Some(_), State::Firing) => Step::Again,
        (Some(incident), State::Resolved) if incident.open => Step::End,
        (Some(incident), State::Acknowledged) if incident.open && !incident.acknowledged => Step::Acknowledge,
        (Some(_), State::Resolved | State::Acknowledged) => Step::Nothing,
    }
}

impl Incident {
    /// The same after a step; `parts` is what the newest message says.
    #[must_use]
    pub fn after(mut self, step: Step, (level, now): (u8, i64), parts: &[Part]) -> Self {
        self.last = now;
        match step {
            Step::Again | Step::Worse => {
                self.count = self.count.saturating_add(1);
                self.level = self.level.max(level);
                self.parts = parts.to_vec();
            }
            Step::End => self.open = false,
            Step::Acknowledge => self.acknowledged = true,
            Step::Begin | Step::Unheard | Step::Nothing => {}
        }
        self
    }

    /// How it stands, in a line.
    #[must_use]
    pub fn line(&self) -> String {
        let lasted = span(self.last.saturating_sub(self.first));
        let times = match self.count {
            0 | 1 => String::new(),
            2 => ", told twice".to_owned(),
            count => format!(", told {count} times"),
        };
        match (self.open, self.acknowledged) {
            (false, _) => format!("✅ Resolved after {lasted}{times}"),
            (true, true) => format!("👀 Acknowledged, since {lasted}{times}"),
            (true, false) => format!("🔥 Since {lasted}{times}"),
        }
    }

    /// What the root reads like now: how it stands, above what it says.
    #[must_use]
    pub fn shown(&self) -> Vec<Part> {
        let mut line = Doc::paragraph(vec![Inline::bold(Inline::lines(&self.line()))]);
        let mut parts = self.parts.clone();
        match parts.first_mut() {
            Some(Part::Text(doc) | Part::Notice(doc)) => {
                line.append(std::mem::take(doc));
                *doc = line;
            }
            _ => parts.insert(0, Part::Text(line)),
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(open: bool, level: u8, acknowledged: bool) -> Incident {
        let parts = vec![Part::Text(Doc::paragraph(Inline::lines("disk full")))];
        Incident {
            root: "1".into(),
            thread: "1".into(),
            open,
            count: 1,
            level,
            first: 0,
            last: 0,
            parts,
            author: Author::Me,
            acknowledged,
        }
    }

    #[test]
    fn every_message_means_one_thing_for_its_incident() {
        use State::{Acknowledged, Firing, Resolved};
        let (open, over) = (incident(true, 3, false), incident(false, 3, false));
        let cared = incident(true, 3, true);
        for (known, state, level, expected) in [
            (None, Firing, 3, Step::Begin),
            (None, Resolved, 3, Step::Unheard),
            (None, Acknowledged, 3, Step::Unheard),
            (Some(&open), Firing, 3, Step::Again),
            (Some(&open), Firing, 2, Step::Again),
            (Some(&open), Firing, 4, Step::Worse),
            (Some(&open), Resolved, 3, Step::End),
            (Some(&open), Acknowledged, 3, Step::Acknowledge),
            (Some(&cared), Acknowledged, 3, Step::Nothing),
            (Some(&cared), Firing, 3, Step::Again),
            (Some(&over), Firing, 1, Step::Begin),
            (Some(&over), Resolved, 3, Step::Nothing),
            (Some(&over), Acknowledged, 3, Step::Nothing),
        ] {
            assert_eq!(step(known, state, level), expected, "{known:?} {state:?} {level}");
        }
    }

    #[test]
    fn the_root_says_how_it_stands() {
        let parts = |text: &str| vec![Part::Text(Doc::paragraph(Inline::lines(text)))];
        let begun = incident(true, 3, false);
        let again = begun.after(Step::Again, (3, 60_000), &parts("disk still full"));
        assert_eq!(again.shown()[0].doc().unwrap().plain(), "🔥 Since 1 min, told twice\n\ndisk still full");
        let worse = again.after(Step::Worse, (5, 120_000), &parts("disk burns"));
        assert_eq!((worse.level, worse.count), (5, 3));
        let over = worse.after(Step::End, (1, 3_600_000), &parts("ok"));
        assert_eq!(over.shown()[0].doc().unwrap().plain(), "✅ Resolved after 1 h, told 3 times\n\ndisk burns");
        assert!(!over.open);
    }

    #[test]
    fn an_incident_survives_being_stored() {
        let one = incident(true, 4, true);
        let stored = serde_json::to_value(&one).unwrap();
        assert_eq!(serde_json::from_value::<Incident>(stored).unwrap(), one);
    }
}
