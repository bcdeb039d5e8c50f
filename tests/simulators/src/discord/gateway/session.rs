//! One session: what its bot asked for, what it has heard, and the socket it is heard through.

use std::collections::VecDeque;

use serde_json::{Value, json};
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use crate::discord::{event::Event, permission, snowflake::Snowflake, world::World};

/// What a socket is told to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Out {
    /// Send this frame.
    Send(String),
    /// Close with a code.
    Close(u16, &'static str),
    /// Cut the connection without a word.
    Cut,
}

/// The way to a socket: what is sent remembers when, so that a delayed gateway stays in order and keeps its pace.
#[derive(Clone, Debug)]
pub(crate) struct Pipe(pub(crate) UnboundedSender<(Instant, Out)>);

impl Pipe {
    /// A socket that is gone hears nothing; its session keeps what it missed.
    pub(crate) fn send(&self, out: Out) {
        let _ = self.0.send((Instant::now(), out));
    }
}

/// A bot's session, with or without a socket at the moment.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) intents: u64,
    pub(super) seq: u64,
    pub(super) heard: VecDeque<(u64, String)>,
    pub(super) socket: Option<(u64, Pipe)>,
    /// The socket is open and dead: nothing is sent, nothing acknowledged.
    pub(super) zombie: bool,
    /// When the socket went.
    pub(super) left: u64,
}

impl Session {
    /// A session that has heard nothing yet.
    pub(super) fn new(intents: u64, socket: (u64, Pipe)) -> Self {
        Self { intents, seq: 0, heard: VecDeque::new(), socket: Some(socket), zombie: false, left: 0 }
    }

    /// Whether its bot asked for such events and may know of this one.
    pub(super) fn hears(&self, world: &World, event: &Event) -> bool {
        let asked = event.intents == 0 || self.intents & event.intents != 0;
        let inside = event
            .guild()
            .and_then(|id| world.guilds.get(&id))
            .is_none_or(|guild| guild.members.contains_key(&world.app.bot));
        asked && (inside || event.name == "GUILD_DELETE") && event.channel.is_none_or(|id| sees(world, id))
    }

    /// Says an event, and keeps the last `keep` of them for RESUME.
    pub(super) fn say(&mut self, name: &str, data: &Value, keep: usize) {
        self.seq += 1;
        let frame = json!({ "op": 0, "t": name, "s": self.seq, "d": data }).to_string();
        self.heard.push_back((self.seq, frame.clone()));
        if self.heard.len() > keep {
            self.heard.pop_front();
        }
        self.send(frame);
    }

    pub(super) fn send(&self, frame: String) {
        if let (Some((_, socket)), false) = (&self.socket, self.zombie) {
            socket.send(Out::Send(frame));
        }
    }
}

/// Whether the bot may see the channel; a channel just deleted was seen until now.
fn sees(world: &World, channel: Snowflake) -> bool {
    let Some(channel) = world.channels.get(&channel) else { return true };
    permission::in_channel(world, world.app.bot, channel) != 0
}
