//! The script of faults: what goes wrong, where, and how often.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Web API: `ok: false`, `internal_error`, status 200, and nothing was done.
    InternalError,
    /// Web API: the request is done, the answer is `internal_error` all the same.
    InternalErrorAfter,
    /// Web API: `ok: false` with this word, status 200, and nothing was done.
    Refused(&'static str),
    /// Web API: 503 with a page, and nothing was done.
    ServerErrorBefore,
    /// Web API: the request is done, the answer is 502 with a page.
    BadGatewayAfter,
    /// Web API: the connection is cut before anything is done.
    CutBefore,
    /// Web API: the request is done, the connection is cut without an answer.
    CutAfter,
    /// Web API: the request is done at once, the answer takes its time.
    SlowAnswer(Duration),
    /// Web API: 429 with this many seconds in `Retry-After`, whatever the tiers say.
    RateLimited {
        /// Whole seconds.
        retry_after: u64,
    },
    /// Socket Mode: the event is sent in two envelopes, with one event id.
    Twice,
    /// Socket Mode: the acknowledgement of the event is lost on its way, so that it is sent again.
    AckLost,
    /// Socket Mode: the event is lost for good, as while nobody was connected.
    Lost,
    /// Socket Mode: after the event, the connection is cut.
    Drop,
    /// Socket Mode: before the event, the connection is cut; the event waits as one that was not acknowledged.
    DropBefore,
    /// Socket Mode: after the event, `disconnect` with `refresh_requested`, then a close.
    Refresh,
    /// Socket Mode: after the event, the socket stays open and says nothing any more.
    Zombie,
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
    /// `fault`, once, at the first occasion: `at` is a method such as `chat.postMessage` (as in
    /// [`super::calls::Call::method`]), an event such as `message.channels`, or `*` for any.
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

    #[test]
    fn a_fault_strikes_as_often_and_as_late_as_planned() {
        let mut faults = Faults::default();
        faults.add(Plan::new(Fault::Drop, "message.channels").times(2).after(1));
        let heard: Vec<bool> = (0..4).map(|_| faults.strikes("message.channels", |_| true).is_some()).collect();
        assert_eq!(heard, [false, true, true, false]);
        assert_eq!(faults.struck(), 2);
    }
}
