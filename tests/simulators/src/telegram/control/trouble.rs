//! Bad luck, and time.

use std::time::Duration;

use crate::telegram::{Limits, Plan, Telegram};

impl Telegram {
    /// Plans something that goes wrong at a coming request.
    pub fn inject(&self, plan: Plan) {
        self.shared.with(|state| state.faults.add(plan));
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

    /// Lets time pass on the simulated clock: limits, updates nobody fetched, paths of files and messages grow older.
    pub fn pass(&self, time: Duration) {
        self.shared.with(|state| state.world.clock.advance(time));
    }

    /// Unix milliseconds of the simulated clock.
    pub fn now(&self) -> u64 {
        self.shared.look(|state| state.world.clock.now())
    }

    /// The next update's id is so much higher, as after a week of silence.
    pub fn jump_update_id(&self, by: i64) {
        self.shared.with(|state| state.updates.jump(by));
    }

    /// BotFather takes the token back and gives another.
    pub fn revoke_token(&self) -> String {
        self.shared.with(|state| {
            let token = format!("{}:AAF-simulated-{:032x}", state.world.bot, rand::random::<u128>());
            state.updates.consumer += 1;
            state.world.token.clone_from(&token);
            token
        })
    }
}
