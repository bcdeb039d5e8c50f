//! Socket Mode: which sockets are open, which envelopes wait for their acknowledgement, what is sent again. What
//! happens while no socket is open is never told later. <https://docs.slack.dev/apis/events-api/using-socket-mode>

pub(crate) mod envelope;
pub(crate) mod line;
mod respond;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::{
    callbacks::Target,
    error::{Refusal, no},
    state::State,
};
use envelope::Envelope;

/// The most sockets of one app.
const MOST: usize = 10;

/// What a socket is told to do.
#[derive(Debug)]
pub(crate) enum Out {
    Send(String),
    Close,
    Cut,
    /// Stays open and says nothing any more.
    Silence,
}

#[derive(Debug)]
struct Link {
    out: UnboundedSender<Out>,
    /// Was told that it will be closed: nothing new goes there if there is another.
    leaving: bool,
}

/// What became of envelopes and callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Sent for the first time.
    pub sent: u64,
    /// Sent again.
    pub again: u64,
    /// Acknowledged.
    pub acknowledged: u64,
    /// Never sent, because nobody was connected.
    pub lost: u64,
    /// Given up after the last redelivery.
    pub given_up: u64,
}

/// Every socket of the app.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    links: BTreeMap<u64, Link>,
    tickets: HashSet<String>,
    next: u64,
    turn: usize,
    pending: HashMap<String, Envelope>,
    pub(crate) told: Told,
    /// How often a socket was opened.
    pub(crate) opened: u64,
    /// Socket Mode was switched off.
    pub(crate) disabled: bool,
    /// Where HTTP callbacks go instead.
    pub(crate) target: Option<Target>,
}

impl Hub {
    /// Sockets that are open.
    pub(crate) fn connected(&self) -> usize {
        self.links.len()
    }

    /// Envelopes that were not acknowledged yet.
    pub(crate) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// A ticket for one socket.
    pub(crate) fn ticket(&mut self) -> Result<String, Refusal> {
        if self.disabled {
            return Err(no("link_disabled"));
        }
        let ticket = hex::encode(rand::random::<[u8; 16]>());
        self.tickets.insert(ticket.clone());
        Ok(ticket)
    }

    /// Takes the ticket; the number of the new socket, if the ticket is good.
    fn open(&mut self, ticket: &str, out: UnboundedSender<Out>) -> Option<u64> {
        if !self.tickets.remove(ticket) {
            return None;
        }
        self.next += 1;
        self.opened += 1;
        self.links.insert(self.next, Link { out, leaving: false });
        Some(self.next)
    }

    fn close(&mut self, link: u64) {
        self.links.remove(&link);
    }

    fn send(&self, link: u64, out: Out) {
        if let Some(link) = self.links.get(&link) {
            let _ = link.out.send(out);
        }
    }

    /// The socket for the next envelope: by turns, among those that stay.
    fn pick(&mut self) -> Option<u64> {
        let staying: Vec<u64> = self.links.iter().filter(|(_, link)| !link.leaving).map(|(id, _)| *id).collect();
        let choice = if staying.is_empty() { self.links.keys().copied().collect() } else { staying };
        self.turn = self.turn.wrapping_add(1);
        let at = self.turn.checked_rem(choice.len())?;
        choice.get(at).copied()
    }
}

/// Why Slack ends a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// `warning`: it will be closed soon.
    Warning,
    /// `refresh_requested`: as every few hours.
    Refresh,
    /// `link_disabled`: Socket Mode was switched off in the app's settings.
    Disabled,
    /// None said: the connection is cut.
    Cut,
    /// Never: the socket stays open and silent.
    Zombie,
}

impl State {
    /// Ends every open socket in this way.
    pub(crate) fn goodbye(&mut self, how: Goodbye) {
        self.hub.disabled |= how == Goodbye::Disabled;
        let links: Vec<u64> = self.hub.links.keys().copied().collect();
        for link in links {
            self.goodbye_to(link, how);
        }
    }

    fn goodbye_to(&mut self, link: u64, how: Goodbye) {
        let reason = match how {
            Goodbye::Warning => "warning",
            Goodbye::Refresh => "refresh_requested",
            Goodbye::Disabled => "link_disabled",
            Goodbye::Cut => {
                self.hub.send(link, Out::Cut);
                // Nothing that happens from now on may be put into a pipe that is already broken.
                return self.hub.close(link);
            }
            Goodbye::Zombie => return self.hub.send(link, Out::Silence),
        };
        let frame = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "applink-simulated" } });
        self.hub.send(link, Out::Send(frame.to_string()));
        if let Some(link) = self.hub.links.get_mut(&link) {
            link.leaving = true;
        }
        let grace = if how == Goodbye::Disabled { Duration::ZERO } else { self.settings.refresh_grace };
        self.after(grace, move |state| state.hub.send(link, Out::Close));
    }

    /// The first frame of a socket.
    fn hello(&self) -> Value {
        json!({
            "type": "hello",
            "num_connections": self.hub.connected(),
            "connection_info": { "app_id": self.world.app.id },
            "debug_info": {
                "host": "applink-simulated",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
        })
    }
}
