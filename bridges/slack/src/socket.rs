//! Socket Mode, with one connection so that order is kept: slack-morphism keeps the socket, we read its frames as they
//! are, and a frame is answered only once it is stored.
//!
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use appservice_sdk::prelude::Remote;
use async_trait::async_trait;
use serde_json::{Value, json};
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory as _};
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId};
use tokio::sync::watch;

use crate::api::{Api, token};
use crate::config::Secret;
use crate::inlet::{Entry, Inlet};

/// How the socket is kept.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Seconds until a connection that could not be made is tried again, at least 1.
    pub again: u64,
    /// Seconds between pings, at least 1; a connection that leaves five unanswered is given up.
    pub ping: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { again: 5, ping: 15 }
    }
}

type Clients = dyn SlackSocketModeClientsManager + Send + Sync;
type Error = Box<dyn std::error::Error + Send + Sync>;

/// A running connection. Dropping it closes the socket; nothing that comes in afterwards is taken.
pub(crate) struct Socket {
    clients: Arc<Clients>,
    closed: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        let clients = self.clients.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { clients.shutdown().await });
        }
    }
}

impl Socket {
    /// Opens the connection and keeps it open.
    ///
    /// # Errors
    /// The library refuses its own configuration.
    pub(crate) async fn open(
        api: &Api,
        app: &Secret,
        pace: &Pace,
        inlet: Arc<Inlet>,
        remote: Remote,
    ) -> Result<(Self, watch::Receiver<bool>), Error> {
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(api.client.clone()));
        let clients: Arc<Clients> = api.client.http_api.connector.new_clients_manager(environment);
        let closed = Arc::new(AtomicBool::new(false));
        let (live, lives) = watch::channel(false);
        let ear = Ear { inlet, remote, live, closed: closed.clone(), clients: OnceLock::new() };
        let _ = ear.clients.set(Arc::downgrade(&clients));
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(1)
            .with_initial_backoff_in_seconds(0)
            .with_reconnect_timeout_in_seconds(pace.again.max(1))
            .with_ping_interval_in_seconds(pace.ping.max(1));
        clients.register_new_token(&config, token(app), Arc::new(ear)).await?;
        clients.start().await;
        Ok((Self { clients, closed }, lives))
    }
}

/// Hears every frame of the socket, one after the other.
struct Ear {
    inlet: Arc<Inlet>,
    remote: Remote,
    /// Turns true when Slack first says hello.
    live: watch::Sender<bool>,
    closed: Arc<AtomicBool>,
    clients: OnceLock<Weak<Clients>>,
}

/// What a frame asks for.
#[derive(Debug, PartialEq)]
enum Frame {
    /// Keep this; answer, if there is somebody to answer.
    Keep(Entry, Option<String>),
    /// Nothing to keep, but an answer is expected.
    Answer(String),
    /// Slack will close this connection: open another.
    Reopen,
    /// Socket Mode was turned off for the app.
    Disabled,
    Nothing,
}

impl Frame {
    fn read(text: &str) -> Self {
        let Ok(mut frame) = serde_json::from_str::<Value>(text) else { return Self::Nothing };
        let envelope = frame["envelope_id"].as_str().map(str::to_owned);
        let payload = frame.get_mut("payload").map(Value::take).unwrap_or_default();
        match (frame["type"].as_str().unwrap_or_default(), envelope) {
            ("hello", _) => Self::Keep(Entry::Hello, None),
            ("disconnect", _) if frame["reason"] == "link_disabled" => Self::Disabled,
            ("disconnect", _) => Self::Reopen,
            ("events_api", Some(envelope)) => Self::Keep(Entry::Event(payload), Some(envelope)),
            ("slash_commands", Some(envelope)) => Self::Keep(Entry::Command(payload), Some(envelope)),
            ("interactive", Some(envelope)) => Self::Keep(Entry::Click(payload), Some(envelope)),
            (_, Some(envelope)) => Self::Answer(envelope),
            (_, None) => Self::Nothing,
        }
    }
}

impl Ear {
    async fn hear(&self, client: &SlackSocketModeWssClientId, text: &str) -> Option<String> {
        if self.closed.load(Ordering::Acquire) {
            return None;
        }
        match Frame::read(text) {
            Frame::Keep(entry, envelope) => self.keep(entry, envelope).await,
            Frame::Answer(envelope) => Some(acknowledged(&envelope)),
            Frame::Reopen => {
                self.reopen(client).await;
                None
            }
            Frame::Disabled => {
                self.remote.disconnected(
                    "Socket Mode is turned off for the Slack app: turn it on, or set bridges.slack.mode to \"http\"",
                );
                None
            }
            Frame::Nothing => None,
        }
    }

    async fn keep(&self, entry: Entry, envelope: Option<String>) -> Option<String> {
        let hello = entry == Entry::Hello;
        if let Err(why) = self.inlet.put(&self.remote, entry).await {
            tracing::error!(%why, "an event of Slack could not be stored; it is not acknowledged, so Slack tells it again");
            if hello {
                // Without this entry the gap before it would stay open.
                self.remote.disconnected("the beginning of a connection to Slack could not be stored");
            }
            return None;
        }
        if hello {
            self.remote.connected();
            self.live.send_replace(true);
        }
        envelope.map(|envelope| acknowledged(&envelope))
    }

    async fn reopen(&self, client: &SlackSocketModeWssClientId) {
        if let Some(clients) = self.clients.get().and_then(Weak::upgrade)
            && !self.closed.load(Ordering::Acquire)
        {
            clients.restart_client(client).await;
        }
    }
}

fn acknowledged(envelope: &str) -> String {
    json!({ "envelope_id": envelope }).to_string()
}

#[async_trait]
impl SlackSocketModeClientListener for Ear {
    async fn on_message(&self, client_id: &SlackSocketModeWssClientId, message_body: String) -> Option<String> {
        self.hear(client_id, &message_body).await
    }

    async fn on_error(&self, _error: Error) {
        tracing::debug!("the socket to Slack broke off");
    }

    async fn on_disconnect(&self, client_id: &SlackSocketModeWssClientId) {
        self.reopen(client_id).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_is_understood_or_at_least_answered() {
        let cases = [
            (json!({"type": "hello", "num_connections": 1}), Frame::Keep(Entry::Hello, None)),
            (
                json!({"type": "events_api", "envelope_id": "e", "payload": {"event_id": "Ev1"}}),
                Frame::Keep(Entry::Event(json!({"event_id": "Ev1"})), Some("e".into())),
            ),
            (
                json!({"type": "slash_commands", "envelope_id": "e", "payload": {}}),
                Frame::Keep(Entry::Command(json!({})), Some("e".into())),
            ),
            (
                json!({"type": "interactive", "envelope_id": "e", "payload": {}}),
                Frame::Keep(Entry::Click(json!({})), Some("e".into())),
            ),
            (json!({"type": "something_new", "envelope_id": "e"}), Frame::Answer("e".into())),
            (json!({"type": "disconnect", "reason": "warning"}), Frame::Reopen),
            (json!({"type": "disconnect", "reason": "refresh_requested"}), Frame::Reopen),
            (json!({"type": "disconnect", "reason": "link_disabled"}), Frame::Disabled),
            (json!([1]), Frame::Nothing),
        ];
        for (frame, wanted) in cases {
            assert_eq!(Frame::read(&frame.to_string()), wanted, "{frame}");
        }
        assert_eq!(Frame::read("not json"), Frame::Nothing);
        assert_eq!(acknowledged("e"), r#"{"envelope_id":"e"}"#);
    }
}
