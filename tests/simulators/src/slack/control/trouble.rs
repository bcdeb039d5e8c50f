//! Bad luck, and time.

use std::time::Duration;

use serde_json::json;

use crate::slack::{Goodbye, Limits, Plan, Slack, callbacks, socket::Told, state::State};

impl State {
    /// The workspace takes the token back.
    pub(crate) fn revoke(&mut self) {
        let event_ts = self.world.next_ts();
        let body = json!({
            "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [self.world.app.user] }, "event_ts": event_ts,
        });
        self.world.tell("tokens_revoked", body);
        // The event is the last the app hears.
        for event in std::mem::take(&mut self.world.events) {
            self.deliver(&event);
        }
        self.revoked = true;
    }
}

impl Slack {
    /// Plans something that goes wrong at a coming request or event.
    pub fn inject(&self, plan: Plan) {
        self.shared.with(|state| state.faults.add(plan));
    }

    /// Ends every open socket right now, in this way.
    pub fn disconnect(&self, how: Goodbye) {
        self.shared.with(|state| state.goodbye(how));
    }

    /// Switches Socket Mode on again after [`Goodbye::Disabled`].
    pub fn enable_sockets(&self) {
        self.shared.with(|state| state.hub.disabled = false);
    }

    /// The workspace takes the bot's token back: `token_revoked` from now on.
    pub fn revoke_token(&self) {
        self.shared.with(State::revoke);
    }

    /// Gives the token back.
    pub fn restore_token(&self) {
        self.shared.with(|state| state.revoked = false);
    }

    /// Gives the token other scopes, with commas.
    pub fn set_scopes(&self, scopes: &str) {
        self.shared.with(|state| state.settings.scopes = scopes.to_owned());
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

    /// Lets time pass on the simulated clock: rate limits and times of messages move on.
    pub fn pass(&self, time: Duration) {
        self.shared.with(|state| state.world.clock.advance(time));
    }

    /// Sends events, interactions and commands as HTTP callbacks from now on, after asking `events` whether it is a
    /// Slack app, as the app's settings do.
    pub async fn set_request_urls(&self, events: &str, interactions: &str, commands: &str) -> anyhow::Result<()> {
        let time = self.shared.look(|state| state.world.clock.seconds());
        callbacks::verify(&self.shared.settings.signing_secret, time, events).await?;
        let target = callbacks::Target {
            events: events.to_owned(),
            interactions: interactions.to_owned(),
            commands: commands.to_owned(),
        };
        self.shared.with(|state| state.hub.target = Some(target));
        Ok(())
    }

    /// What became of envelopes and callbacks so far.
    pub fn told(&self) -> Told {
        self.shared.look(|state| state.hub.told)
    }

    /// Envelopes that were not acknowledged yet.
    pub fn unacknowledged(&self) -> usize {
        self.shared.look(|state| state.hub.waiting())
    }

    /// Sockets that are open now, and how often one was opened.
    pub fn sockets(&self) -> (usize, u64) {
        self.shared.look(|state| (state.hub.connected(), state.hub.opened))
    }
}
