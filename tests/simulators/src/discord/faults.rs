//! The script of faults: what goes wrong, where, and how often.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// REST: the request is done, the answer is 502 with a page of HTML.
    BadGatewayAfter,
    /// REST: 500, and nothing was done.
    ServerErrorBefore,
    /// REST: the request is done, the connection is cut without an answer.
    CutAfter,
    /// REST: the connection is cut before anything is done.
    CutBefore,
    /// REST: the request is done at once, the answer takes its time.
    SlowAnswer(Duration),
    /// REST: 429 with this `retry_after`, whatever the buckets say.
    TooManyRequests {
        /// How long the answer asks to wait.
        retry_after: Duration,
        /// Whether it says it is the global limit.
        global: bool,
    },
    /// REST: a human deletes the webhook just before the request arrives.
    WebhookDeleted,
    /// Gateway: the event is sent twice, with two sequence numbers.
    DispatchTwice,
    /// Gateway: THREAD_CREATE is sent only after the next message of the thread.
    ThreadCreateLate,
    /// Gateway: after the event, the socket stays open and says nothing any more, not even ACK.
    Zombie,
    /// Gateway: after the event, the connection is cut.
    Drop,
    /// Gateway: after the event, op 7.
    Reconnect,
    /// Gateway: after the event, the socket is closed with this code.
    Close(u16),
    /// Gateway: after the event, op 9.
    InvalidSession {
        /// Whether the session survives.
        resumable: bool,
    },
    /// Gateway: after the event, what was sent is forgotten, so that no RESUME can succeed.
    ForgetReplay,
}

/// When a fault strikes.
#[derive(Debug)]
enum When {
    Times(u64),
    Chance(f64, Box<StdRng>),
}

/// A fault, where it waits, and how often it strikes.
#[derive(Debug)]
pub struct Plan {
    fault: Fault,
    at: String,
    skip: u64,
    when: When,
}

impl Plan {
    /// `fault`, once, at the first occasion: `at` is a route such as `POST /webhooks/{webhook}/{token}` (as in
    /// [`super::calls::Call::route`]), an event such as `MESSAGE_CREATE`, or `*` for any.
    pub fn new(fault: Fault, at: &str) -> Self {
        Self { fault, at: at.to_owned(), skip: 0, when: When::Times(1) }
    }

    /// Strikes `n` times.
    #[must_use]
    pub fn times(self, n: u64) -> Self {
        Self { when: When::Times(n), ..self }
    }

    /// Lets the first `n` occasions pass.
    #[must_use]
    pub fn after(self, n: u64) -> Self {
        Self { skip: n, ..self }
    }

    /// Strikes with this probability, the same way for the same seed, until cleared.
    #[must_use]
    pub fn chance(self, probability: f64, seed: u64) -> Self {
        Self { when: When::Chance(probability, Box::new(StdRng::seed_from_u64(seed))), ..self }
    }

    fn strikes(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.when {
            When::Times(left) => {
                let strikes = *left > 0;
                *left = left.saturating_sub(1);
                strikes
            }
            When::Chance(probability, rng) => rng.random_bool(probability.clamp(0.0, 1.0)),
        }
    }
}

/// All plans that still wait.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plans: Vec<Plan>,
    struck: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, plan: Plan) {
        self.plans.push(plan);
    }

    pub(crate) fn clear(&mut self) {
        self.plans.clear();
    }

    /// How many faults struck so far.
    pub(crate) fn struck(&self) -> u64 {
        self.struck
    }

    /// The first fault of the wanted sort that strikes at this occasion.
    pub(crate) fn strikes(&mut self, at: &str, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut waiting = self.plans.iter_mut().filter(|plan| (plan.at == at || plan.at == "*") && wanted(&plan.fault));
        let fault = waiting.find_map(|plan| plan.strikes().then(|| plan.fault.clone()));
        self.struck += u64::from(fault.is_some());
        self.plans.retain(|plan| !matches!(plan.when, When::Times(0)));
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(faults: &mut Faults, at: &str) -> bool {
        faults.strikes(at, |_| true).is_some()
    }

    #[test]
    fn a_fault_strikes_as_often_and_as_late_as_planned() {
        let mut faults = Faults::default();
        faults.add(Plan::new(Fault::Drop, "MESSAGE_CREATE").times(2).after(1));
        let heard: Vec<bool> = (0..4).map(|_| strikes(&mut faults, "MESSAGE_CREATE")).collect();
        assert_eq!(heard, [false, true, true, false]);
        assert!(!strikes(&mut faults, "MESSAGE_UPDATE"));
    }

    #[test]
    fn the_same_seed_strikes_the_same_way() {
        let run = || {
            let mut faults = Faults::default();
            faults.add(Plan::new(Fault::Drop, "*").chance(0.5, 7));
            (0..64).map(|_| strikes(&mut faults, "X")).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(run().contains(&true) && run().contains(&false));
    }
}
