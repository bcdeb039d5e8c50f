//! What travels over the gateway's socket.
//!
//! <https://discord.com/developers/docs/events/gateway-events#payload-structure>

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use serenity::model::gateway::GatewayIntents;

/// What the bridge listens to. Those marked * must be switched on in the developer portal.
pub(crate) fn intents() -> GatewayIntents {
    GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MEMBERS // *
        | GatewayIntents::GUILD_EMOJIS_AND_STICKERS
        | GatewayIntents::GUILD_WEBHOOKS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::GUILD_MESSAGE_TYPING
        | GatewayIntents::GUILD_MESSAGE_POLLS
        | GatewayIntents::MESSAGE_CONTENT // *
}

/// A frame as it arrives; the data stay unread until somebody wants them.
#[derive(Debug, Deserialize)]
struct Envelope {
    op: u8,
    #[serde(default)]
    d: Option<Box<RawValue>>,
    #[serde(default)]
    s: Option<u64>,
    #[serde(default)]
    t: Option<String>,
}

/// A frame that arrived.
#[derive(Debug)]
pub(super) enum Frame {
    Dispatch {
        seq: u64,
        name: String,
        data: Box<RawValue>,
    },
    HeartbeatWanted,
    Reconnect,
    /// Whether the session may still be resumed.
    InvalidSession(bool),
    /// Milliseconds between heartbeats.
    Hello(u64),
    HeartbeatAck,
    /// An opcode that a later version of Discord invented.
    Unknown,
}

impl Frame {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Hello {
            heartbeat_interval: u64,
        }
        let Envelope { op, d, s, t } = serde_json::from_str(text)?;
        let data = || d.as_deref().map_or("null", RawValue::get);
        Ok(match op {
            0 => Self::Dispatch {
                seq: s.unwrap_or_default(),
                name: t.unwrap_or_default(),
                data: match d {
                    Some(data) => data,
                    None => RawValue::from_string("null".to_owned())?,
                },
            },
            1 => Self::HeartbeatWanted,
            7 => Self::Reconnect,
            9 => Self::InvalidSession(serde_json::from_str(data()).unwrap_or(false)),
            10 => Self::Hello(serde_json::from_str::<Hello>(data())?.heartbeat_interval),
            11 => Self::HeartbeatAck,
            _ => Self::Unknown,
        })
    }
}

/// Where the bridge stands in the stream of one session. Stored after the event it names, never before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) session: String,
    /// The address Discord wants to be resumed at.
    pub(crate) resume_url: String,
    pub(crate) seq: u64,
}

pub(super) fn heartbeat(seq: Option<u64>) -> String {
    json!({ "op": 1, "d": seq }).to_string()
}

pub(super) fn identify(token: &str) -> String {
    json!({ "op": 2, "d": {
        "token": token,
        "intents": intents().bits(),
        "compress": false,
        "large_threshold": 50,
        "properties": { "os": std::env::consts::OS, "browser": "causeway", "device": "causeway" },
    }})
    .to_string()
}

pub(super) fn resume(token: &str, position: &Position) -> String {
    json!({ "op": 6, "d": { "token": token, "session_id": position.session, "seq": position.seq }}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_and_unknown_ones_survived() {
        let cases = [
            (r#"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#, "Hello(41250)"),
            (r#"{"op":9,"d":true}"#, "InvalidSession(true)"),
            (r#"{"op":9}"#, "InvalidSession(false)"),
            (r#"{"op":7,"d":null}"#, "Reconnect"),
            (r#"{"op":11}"#, "HeartbeatAck"),
            (r#"{"op":42,"d":{}}"#, "Unknown"),
        ];
        for (text, wanted) in cases {
            assert_eq!(format!("{:?}", Frame::read(text).unwrap()), wanted);
        }
        assert!(Frame::read("{").is_err());
    }

    #[test]
    fn a_dispatch_keeps_its_data_unread() {
        let frame = Frame::read(r#"{"op":0,"s":7,"t":"NEW_THING","d":{"id":"1"}}"#).unwrap();
        let Frame::Dispatch { seq, name, data } = frame else { panic!() };
        assert_eq!((seq, name.as_str(), data.get()), (7, "NEW_THING", r#"{"id":"1"}"#));
    }
}
