//! The script of faults: what goes wrong, where, and how often.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The request is done, the answer is 502.
    BadGatewayAfter,
    /// 502, and nothing was done.
    BadGatewayBefore,
    /// 500, and nothing was done.
    ServerErrorBefore,
    /// The request is done, the connection is cut without an answer.
    CutAfter,
    /// The connection is cut before anything is done.
    CutBefore,
    /// The request is done at once, the answer takes its time.
    SlowAnswer(Duration),
    /// 429 with this `retry_after`, whatever was sent before.
    TooManyRequests {
        /// How long the answer asks to wait, in seconds.
        retry_after: u64,
    },
    /// `sendMediaGroup`: so many parts of the album are sent, and the answer is 429.
    TooManyMidAlbum {
        /// How many parts stand in the chat.
        sent: usize,
        /// How long the answer asks to wait, in seconds.
        retry_after: u64,
    },
    /// `getUpdates`: so many updates that were confirmed come once more, before the others.
    UpdatesAgain(usize),
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
    /// `fault`, once, at the first occasion: `at` is a method such as `sendMessage` (as in
    /// [`super::calls::Call::method`]), the beginning of one such as `send*`, or `*` for any.
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

    fn waits_at(&self, method: &str) -> bool {
        self.at.strip_suffix('*').map_or(self.at == method, |beginning| method.starts_with(beginning))
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

    /// The first planned fault of the wanted kind that strikes at this occasion.
    pub(crate) fn strikes(&mut self, method: &str, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let here = |plan: &&mut Plan| wanted(&plan.fault) && plan.waits_at(method);
        let fault = self.plans.iter_mut().filter(here).find_map(|plan| plan.strikes().then(|| plan.fault.clone()))?;
        self.plans.retain(|plan| !matches!(plan.when, When::Times(0)));
        self.struck += 1;
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_and_as_late_as_planned() {
        let mut faults = Faults::default();
        faults.add(Plan::new(Fault::CutAfter, "send*").times(2).after(1));
        let mut strikes = |method| faults.strikes(method, |_| true).is_some();
        assert_eq!([strikes("sendMessage"), strikes("getMe"), strikes("sendPhoto")], [false, false, true]);
        assert_eq!([strikes("sendDice"), strikes("sendDice")], [true, false]);
    }
}
