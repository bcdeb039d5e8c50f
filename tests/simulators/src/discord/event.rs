//! A dispatch before it is addressed: what happened, and which bots may hear of it.

use serde_json::Value;

use super::{intent, snowflake::Snowflake};

/// Something that happened, in the form every bot with the right intents gets it.
#[derive(Clone, Debug)]
pub struct Event {
    /// `MESSAGE_CREATE` and so on.
    pub name: &'static str,
    /// The payload.
    pub data: Value,
    /// Any of these intents lets it through; 0 lets everybody hear it.
    pub(crate) intents: u64,
    /// The channel whose VIEW_CHANNEL is needed.
    pub(crate) channel: Option<Snowflake>,
    /// For messages: whether a bot without MESSAGE_CONTENT may read it (its own, or it is mentioned).
    pub(crate) readable: bool,
}

impl Event {
    /// An event that reaches everybody with `intents`.
    pub(crate) fn new(name: &'static str, intents: u64, data: Value) -> Self {
        Self { name, data, intents, channel: None, readable: true }
    }

    /// An event about guild structure.
    pub(crate) fn guilds(name: &'static str, data: Value) -> Self {
        Self::new(name, intent::GUILDS, data)
    }

    /// The guild it happened in.
    pub(crate) fn guild(&self) -> Option<Snowflake> {
        self.data["guild_id"].as_str()?.parse().ok()
    }

    /// Only for those who see this channel.
    pub(crate) fn seen_in(self, channel: Snowflake) -> Self {
        Self { channel: Some(channel), ..self }
    }

    /// The payload without what MESSAGE_CONTENT protects.
    pub(crate) fn blanked(&self) -> Value {
        let mut data = self.data.clone();
        if let Some(fields) = data.as_object_mut() {
            for (key, empty) in [("content", Value::from("")), ("embeds", Value::Array(vec![]))] {
                fields.entry(key).and_modify(|value| *value = empty);
            }
            for key in ["attachments", "components"] {
                fields.entry(key).and_modify(|value| *value = Value::Array(vec![]));
            }
            fields.remove("poll");
        }
        data
    }
}
