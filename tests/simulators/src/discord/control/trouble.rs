//! Bad luck, and time.

use std::time::Duration;

use crate::discord::{Discord, Fault, Limits, Plan};

impl Discord {
    /// Plans something that goes wrong at a coming request or event.
    pub fn inject(&self, plan: Plan) {
        self.shared.with(|state| state.faults.add(plan));
    }

    /// Does something to every open gateway socket right now: `Zombie`, `Drop`, `Reconnect`, `Close`,
    /// `InvalidSession` or `ForgetReplay`.
    pub fn strike(&self, fault: &Fault) {
        self.shared.with(|state| state.gateway.strike(fault));
    }

    /// Takes back every plan.
    pub fn clear_faults(&self) {
        self.shared.with(|state| state.faults.clear());
    }

    /// How many planned faults struck so far.
    pub fn faults_struck(&self) -> u64 {
        self.shared.look(|state| state.faults.struck())
    }

    /// Sets the rate limits from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.with(|state| state.settings.limits = limits);
    }

    /// Lets time pass on the simulated clock: rate limits, CDN addresses, nonces and sessions grow older.
    pub fn pass(&self, time: Duration) {
        self.shared.with(|state| state.world.clock.advance(time));
    }

    /// Unix milliseconds of the simulated clock.
    pub fn now(&self) -> u64 {
        self.shared.look(|state| state.world.clock.now())
    }
}
