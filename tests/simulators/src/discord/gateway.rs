//! The gateway's sessions: who listens, what they asked for, what they have heard.
//! <https://discord.com/developers/docs/events/gateway>

pub(crate) mod commands;
mod session;
pub(crate) mod socket;
pub(crate) mod zlib;

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

pub(crate) use session::{Out, Pipe};

use session::Session;

use super::{
    event::Event,
    faults::{Fault, Faults},
    intent,
    settings::Settings,
    snowflake::Snowflake,
    world::World,
};

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Gateway {
    sessions: BTreeMap<String, Session>,
    made: u64,
    /// THREAD_CREATE events held back until the next message.
    held: Vec<Event>,
    replay: usize,
    lifetime: Duration,
    /// The application's flags, for READY.
    flags: u64,
}

impl Gateway {
    pub(crate) fn new(settings: &Settings) -> Self {
        let flags = super::rest::about::flags(settings.privileged_intents);
        Self { replay: settings.replay, lifetime: settings.session_lifetime, flags, ..Self::default() }
    }

    /// Brings an event to everybody who asked for it, in order.
    pub(crate) fn dispatch(&mut self, world: &World, faults: &mut Faults, event: Event) {
        if event.name == "THREAD_CREATE"
            && faults.strikes(event.name, |fault| matches!(fault, Fault::ThreadCreateLate)).is_some()
        {
            self.held.push(event);
            return;
        }
        let twice = faults.strikes(event.name, |fault| matches!(fault, Fault::DispatchTwice)).is_some();
        for _ in 0..=usize::from(twice) {
            self.deliver(world, &event);
        }
        self.strike_sockets(faults, event.name);
        let late = event.name == "MESSAGE_CREATE" && !self.held.is_empty();
        if late && self.held.iter().any(|held| held.data["id"] == event.data["channel_id"]) {
            for held in std::mem::take(&mut self.held) {
                self.deliver(world, &held);
            }
        }
    }

    fn deliver(&mut self, world: &World, event: &Event) {
        for session in self.sessions.values_mut().filter(|session| session.hears(world, event)) {
            let blank = !event.readable && session.intents & intent::MESSAGE_CONTENT == 0;
            if blank {
                session.say(event.name, &event.blanked(), self.replay);
            } else {
                session.say(event.name, &event.data, self.replay);
            }
        }
    }

    fn strike_sockets(&mut self, faults: &mut Faults, event: &str) {
        let at_sockets = |fault: &Fault| {
            matches!(
                fault,
                Fault::Zombie
                    | Fault::Drop
                    | Fault::Reconnect
                    | Fault::Close(_)
                    | Fault::InvalidSession { .. }
                    | Fault::ForgetReplay
            )
        };
        while let Some(fault) = faults.strikes(event, at_sockets) {
            self.strike(&fault);
        }
    }

    /// Does to every open socket what the fault says.
    pub(crate) fn strike(&mut self, fault: &Fault) {
        for session in self.sessions.values_mut() {
            match fault {
                Fault::Zombie => session.zombie = session.socket.is_some(),
                Fault::ForgetReplay => session.heard.clear(),
                _ => {}
            }
            let Some((_, socket)) = &session.socket else { continue };
            match fault {
                Fault::Drop => socket.send(Out::Cut),
                Fault::Reconnect => socket.send(Out::Send(json!({ "op": 7, "d": null }).to_string())),
                Fault::Close(code) => socket.send(Out::Close(*code, "")),
                Fault::InvalidSession { resumable } => {
                    let frame = json!({ "op": 9, "d": resumable }).to_string();
                    socket.send(Out::Send(frame))
                }
                _ => {}
            }
        }
        if matches!(fault, Fault::InvalidSession { resumable: false } | Fault::Close(4006 | 4007 | 4009)) {
            self.sessions.clear();
        }
    }

    /// Opens a session and greets it: READY, then every guild.
    pub(crate) fn identify(&mut self, world: &World, intents: u64, socket: (u64, Pipe)) -> String {
        self.made += 1;
        let id = format!("{:016x}{:016x}", rand::random::<u64>(), self.made);
        let mut session = Session::new(intents, socket);
        let unavailable: Vec<Value> = home_guilds(world).map(|id| json!({ "id": id, "unavailable": true })).collect();
        let ready = json!({
            "v": 10,
            "user": super::shape::user::me(world),
            "user_settings": {},
            "guilds": unavailable,
            "session_id": id,
            "resume_gateway_url": super::gateway_url(&world.base),
            "shard": [0, 1],
            "session_type": "normal",
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "application": { "id": world.app.id, "flags": self.flags },
            "_trace": [],
        });
        session.say("READY", &ready, self.replay);
        if intents & intent::GUILDS != 0 {
            let everybody = intents & intent::GUILD_PRESENCES != 0;
            for guild in home_guilds(world) {
                session.say("GUILD_CREATE", &super::shape::guild::created(world, guild, everybody), self.replay);
            }
        }
        self.sessions.insert(id.clone(), session);
        id
    }

    /// Takes a session up again and sends what it missed. False: it is gone, or what it missed is.
    pub(crate) fn resume(&mut self, id: &str, seq: u64, socket: (u64, Pipe), now: u64) -> bool {
        let lifetime = u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX);
        self.sessions.retain(|_, s| s.socket.is_some() || s.left.saturating_add(lifetime) > now);
        let Some(session) = self.sessions.get_mut(id) else { return false };
        let first_kept = session.heard.front().map_or(session.seq + 1, |(first, _)| *first);
        if seq > session.seq || seq + 1 < first_kept {
            self.sessions.remove(id);
            return false;
        }
        if let Some((_, old)) = session.socket.replace(socket) {
            old.send(Out::Cut);
        }
        session.zombie = false;
        for (_, frame) in session.heard.iter().filter(|(n, _)| *n > seq) {
            session.send(frame.clone());
        }
        session.say("RESUMED", &json!({ "_trace": [] }), self.replay);
        true
    }

    /// Sends an event to one session only.
    pub(crate) fn tell(&mut self, id: &str, name: &str, data: &Value) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.say(name, data, self.replay);
        }
    }

    /// The socket is gone; a clean good-bye (1000, 1001) ends the session with it.
    pub(crate) fn left(&mut self, id: &str, socket: u64, clean: bool, now: u64) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.socket.as_ref().is_none_or(|(number, _)| *number != socket) {
            return;
        }
        session.socket = None;
        session.zombie = false;
        session.left = now;
        if clean {
            self.sessions.remove(id);
        }
    }

    pub(crate) fn knows(&self, id: &str) -> bool {
        self.sessions.contains_key(id)
    }

    /// Ends a session for good.
    pub(crate) fn end(&mut self, id: &str) {
        self.sessions.remove(id);
    }

    pub(crate) fn is_zombie(&self, id: &str) -> bool {
        self.sessions.get(id).is_some_and(|session| session.zombie)
    }

    pub(crate) fn intents(&self, id: &str) -> u64 {
        self.sessions.get(id).map_or(0, |session| session.intents)
    }

    /// Sessions that have a living socket.
    pub(crate) fn connected(&self) -> usize {
        self.sessions.values().filter(|session| session.socket.is_some() && !session.zombie).count()
    }
}

/// The guilds the bot is in.
fn home_guilds(world: &World) -> impl Iterator<Item = Snowflake> + '_ {
    world.guilds.values().filter(|guild| guild.members.contains_key(&world.app.bot)).map(|guild| guild.id)
}
