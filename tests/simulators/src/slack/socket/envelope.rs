//! Envelopes: an event, an interaction or a command on its way, until it is acknowledged or given up.

use serde_json::{Value, json};

use super::{Goodbye, Out};
use crate::slack::{
    event::{self, Event},
    faults::Fault,
    state::State,
};

/// What kind of thing an app is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Event,
    Interaction,
    Command,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Event => "events_api",
            Self::Interaction => "interactive",
            Self::Command => "slash_commands",
        }
    }
}

/// Something to tell.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) sort: Sort,
    pub(crate) payload: Value,
    /// How often it was sent again.
    attempt: usize,
    /// Its next acknowledgement is lost.
    deaf: bool,
}

impl Envelope {
    pub(crate) fn new(sort: Sort, payload: Value) -> Self {
        Self { sort, payload, attempt: 0, deaf: false }
    }

    fn frame(&self, id: &str) -> String {
        let mut frame = json!({
            "envelope_id": id,
            "type": self.sort.name(),
            "payload": self.payload,
            "accepts_response_payload": self.sort != Sort::Event,
        });
        if self.sort == Sort::Event {
            frame["retry_attempt"] = json!(self.attempt);
            frame["retry_reason"] = json!(if self.attempt == 0 { "" } else { "timeout" });
        }
        frame.to_string()
    }
}

impl State {
    /// Tells the app of an event, if it may hear it.
    pub(crate) fn deliver(&mut self, event: &Event) {
        if !self.hears(event) {
            return;
        }
        let payload = self.callback(event);
        if self.hub.target.is_some() {
            return self.post_callback(Sort::Event, payload);
        }
        let envelope = Envelope::new(Sort::Event, payload);
        let fault = self.faults.strikes(&event.name, |fault| {
            use Fault::{AckLost, Drop, DropBefore, Lost, Refresh, Twice, Zombie};
            matches!(fault, Twice | AckLost | Lost | Drop | DropBefore | Refresh | Zombie)
        });
        match fault {
            Some(Fault::Lost) => self.hub.told.lost += 1,
            Some(Fault::Twice) => {
                self.send(envelope.clone());
                self.send(envelope);
            }
            Some(Fault::AckLost) => self.send(Envelope { deaf: true, ..envelope }),
            Some(Fault::DropBefore) => self.send_into_the_void(envelope),
            after => {
                self.send(envelope);
                match after {
                    Some(Fault::Drop) => self.goodbye(Goodbye::Cut),
                    Some(Fault::Refresh) => self.goodbye(Goodbye::Refresh),
                    Some(Fault::Zombie) => self.goodbye(Goodbye::Zombie),
                    _ => {}
                }
            }
        }
    }

    fn hears(&self, event: &Event) -> bool {
        let subscribed = self.settings.events.as_ref().is_none_or(|wanted| wanted.contains(&event.name));
        let scope = event::scope(&event.name).is_none_or(|scope| self.has_scope(scope));
        let there = event.channel.as_ref().is_none_or(|channel| self.world.is_member(channel, &self.world.app.user));
        subscribed && scope && there && !self.revoked
    }

    /// What surrounds every event. <https://docs.slack.dev/apis/events-api/#callback-field>
    fn callback(&mut self, event: &Event) -> Value {
        let world = &mut self.world;
        let id = world.next_id("Ev");
        json!({
            "token": "simulated-verification-token",
            "team_id": world.team.id,
            "context_team_id": world.team.id,
            "context_enterprise_id": null,
            "api_app_id": world.app.id,
            "event": event.body,
            "type": "event_callback",
            "event_id": id,
            "event_time": world.clock.seconds(),
            "authorizations": [{
                "enterprise_id": null,
                "team_id": world.team.id,
                "user_id": world.app.user,
                "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
            "event_context": format!("4-{id}"),
        })
    }

    /// Sends an envelope for the first time; without a socket it is lost.
    pub(crate) fn send(&mut self, envelope: Envelope) {
        let Some(link) = self.hub.pick() else {
            self.hub.told.lost += 1;
            return;
        };
        let id = self.await_ack(envelope);
        if let Some(envelope) = self.hub.pending.get(&id) {
            self.hub.send(link, Out::Send(envelope.frame(&id)));
        }
    }

    /// The socket breaks while an envelope is in it.
    fn send_into_the_void(&mut self, envelope: Envelope) {
        if self.hub.connected() == 0 {
            self.hub.told.lost += 1;
            return;
        }
        self.await_ack(envelope);
        self.goodbye(Goodbye::Cut);
    }

    fn await_ack(&mut self, envelope: Envelope) -> String {
        let id = uuid(&rand::random());
        self.hub.told.sent += 1;
        self.hub.pending.insert(id.clone(), envelope);
        self.watch(id.clone());
        id
    }

    fn watch(&mut self, id: String) {
        let patience = self.settings.ack_patience;
        self.after(patience, move |state| state.overdue(&id));
    }

    /// Was it acknowledged in time?
    fn overdue(&mut self, id: &str) {
        let Some(envelope) = self.hub.pending.get_mut(id) else { return };
        let wait = self.settings.retries.get(envelope.attempt).copied().filter(|_| envelope.sort == Sort::Event);
        let Some(wait) = wait else {
            self.hub.pending.remove(id);
            self.hub.told.given_up += 1;
            return;
        };
        envelope.attempt += 1;
        let id = id.to_owned();
        self.after(wait, move |state| state.again(id));
    }

    /// Sends it again, if somebody is connected.
    fn again(&mut self, id: String) {
        if !self.hub.pending.contains_key(&id) {
            return;
        }
        if let (Some(link), Some(envelope)) = (self.hub.pick(), self.hub.pending.get(&id)) {
            self.hub.send(link, Out::Send(envelope.frame(&id)));
            self.hub.told.again += 1;
        }
        self.watch(id);
    }

    /// A frame from a client: an acknowledgement, perhaps with an answer in it.
    pub(super) fn hear(&mut self, text: &str) {
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return };
        let Some(id) = frame["envelope_id"].as_str() else { return };
        match self.hub.pending.get_mut(id) {
            Some(envelope) if envelope.deaf => envelope.deaf = false,
            Some(_) => {
                self.hub.told.acknowledged += 1;
                if let Some(envelope) = self.hub.pending.remove(id) {
                    self.answered(&envelope, &frame["payload"]);
                }
            }
            None => {}
        }
    }
}

/// 32 digits in the form of a UUID.
fn uuid(bytes: &[u8; 16]) -> String {
    let digits = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}
