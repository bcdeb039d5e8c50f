//! One connection to the gateway: hello, identify or resume, heartbeats, events in order.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rand::RngExt as _;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::ending::{Ending, after_close};
use super::frame::{Frame, Position, heartbeat, identify, resume};
use super::{Dispatch, Signal};
use crate::config::Secret;

/// How long the socket and the greeting may take.
const GREETING: Duration = Duration::from_secs(15);
/// Any code but 1000 and 1001 leaves the session alive for the next process.
const KEEP_SESSION: u16 = 4000;

pub(super) struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    beat: Interval,
    /// Whether the last heartbeat was answered.
    answered: bool,
    position: Option<Position>,
}

impl Connection {
    /// Dials, waits for the greeting and says who we are.
    pub(super) async fn open(address: &str, token: &Secret, position: Option<Position>) -> Result<Self, Ending> {
        let greeting = async {
            let (mut socket, _) = connect_async(address).await.map_err(cut)?;
            let every = hello(&mut socket).await?;
            let introduction = match &position {
                Some(position) => resume(token.expose(), position),
                None => identify(token.expose()),
            };
            socket.send(Message::Text(introduction)).await.map_err(cut)?;
            Ok::<_, Ending>((socket, every))
        };
        let late = |_| Ending::Resume("the gateway did not greet in time".to_owned());
        let (socket, every) = timeout(GREETING, greeting).await.map_err(late)??;
        Ok(Self { socket, beat: rhythm(every), answered: true, position })
    }

    /// Where the stream was read up to; `None` while there is no session.
    pub(super) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Reads until the connection ends. A frame is read only when there is room for it, so a slow reader slows Discord
    /// down instead of losing events; heartbeats go on meanwhile.
    pub(super) async fn run(&mut self, signals: &mpsc::Sender<Signal>) -> Ending {
        loop {
            let turn = tokio::select! {
                biased;
                () = signals.closed() => Turn::Closed,
                _ = self.beat.tick() => Turn::Beat,
                read = read(&mut self.socket, signals) => Turn::Read(read),
            };
            let ended = match turn {
                Turn::Closed | Turn::Read(Read::Closed) => Some(Ending::Stopped),
                Turn::Beat => self.pulse(signals.capacity() == 0).await,
                Turn::Read(Read::Frame(permit, message)) => self.take(permit, message).await,
            };
            if let Some(ending) = ended {
                self.hang_up().await;
                return ending;
            }
        }
    }

    /// Sends a heartbeat, or finds out that the other end is dead. While we do not read we cannot have seen an answer.
    async fn pulse(&mut self, full: bool) -> Option<Ending> {
        if !self.answered && !full {
            return Some(Ending::Resume("the gateway stopped answering heartbeats".to_owned()));
        }
        self.answered = full;
        self.send_heartbeat().await
    }

    async fn send_heartbeat(&mut self) -> Option<Ending> {
        let seq = self.position.as_ref().map(|position| position.seq);
        self.socket.send(Message::Text(heartbeat(seq))).await.err().map(cut)
    }

    async fn take(&mut self, permit: mpsc::Permit<'_, Signal>, message: Option<Received>) -> Option<Ending> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(frame))) => return Some(after_close(frame.map(|frame| frame.code.into()))),
            Some(Ok(_)) => return None,
            Some(Err(error)) => return Some(cut(error)),
            None => return Some(after_close(None)),
        };
        match Frame::read(&text) {
            Ok(Frame::Dispatch { seq, name, data }) => {
                let position = self.advance(seq, &name, data.get());
                permit.send(Signal::Event(Dispatch { name, data, position }));
                None
            }
            Ok(Frame::HeartbeatWanted) => self.send_heartbeat().await,
            Ok(Frame::HeartbeatAck) => {
                self.answered = true;
                None
            }
            Ok(Frame::Reconnect) => Some(Ending::Resume("Discord asked to connect again".to_owned())),
            Ok(Frame::InvalidSession(true)) => Some(Ending::Resume("Discord asked to resume again".to_owned())),
            Ok(Frame::InvalidSession(false)) => Some(Ending::Identify("the session is no longer known".to_owned())),
            Ok(Frame::Hello(_) | Frame::Unknown) => None,
            Err(error) => {
                tracing::warn!(%error, "a frame of the gateway could not be read");
                None
            }
        }
    }

    fn advance(&mut self, seq: u64, name: &str, data: &str) -> Position {
        if name == "READY" {
            self.position = serde_json::from_str::<Ready>(data).ok().map(|ready| Position {
                session: ready.session_id,
                resume_url: ready.resume_gateway_url,
                seq,
            });
        }
        if let Some(position) = &mut self.position {
            position.seq = seq;
        }
        self.position.clone().unwrap_or_default()
    }

    async fn hang_up(&mut self) {
        let goodbye = CloseFrame { code: CloseCode::from(KEEP_SESSION), reason: "".into() };
        // The other end may be gone already; there is nobody to tell then.
        let _ = timeout(Duration::from_secs(1), self.socket.close(Some(goodbye))).await;
    }
}

type Received = Result<Message, tokio_tungstenite::tungstenite::Error>;

enum Turn<'a> {
    Closed,
    Beat,
    Read(Read<'a>),
}

enum Read<'a> {
    Closed,
    Frame(mpsc::Permit<'a, Signal>, Option<Received>),
}

/// Waits for room first and for a frame then. Dropping this in between loses nothing.
async fn read<'a>(
    socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>,
    signals: &'a mpsc::Sender<Signal>,
) -> Read<'a> {
    match signals.reserve().await {
        Ok(permit) => Read::Frame(permit, socket.next().await),
        Err(_) => Read::Closed,
    }
}

#[derive(Deserialize)]
struct Ready {
    session_id: String,
    #[serde(default)]
    resume_gateway_url: String,
}

#[allow(clippy::needless_pass_by_value)]
fn cut(error: tokio_tungstenite::tungstenite::Error) -> Ending {
    Ending::Resume(error.to_string())
}

async fn hello(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Result<Duration, Ending> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                if let Ok(Frame::Hello(every)) = Frame::read(&text) {
                    return Ok(Duration::from_millis(every.max(1)));
                }
            }
            Some(Ok(Message::Close(frame))) => {
                return Err(after_close(frame.map(|frame| frame.code.into())));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(cut(error)),
            None => return Err(after_close(None)),
        }
    }
}

/// The first heartbeat comes at a random part of the interval, so that bots do not beat all at once.
fn rhythm(every: Duration) -> Interval {
    let mut beat = interval_at(Instant::now() + every.mul_f64(rand::rng().random_range(0.0..1.0)), every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}
