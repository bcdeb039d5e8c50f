//! The keys that every `[bridges.NETWORK]` section has in common, read once for all networks.
//!
//! [`Settings::take`] removes them from the section, so that what is left is the network's own; [`Settings::fill`] puts
//! them into the [`BridgeConfig`]. Errors are sentences for the operator and name the key.

mod exclude;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

pub use self::exclude::Exclude;
use crate::bridge::{BridgeConfig, LinkConfig};

/// Whether rooms are made for chats that nobody linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoCreate {
    /// Only linked chats are bridged.
    #[default]
    Off,
    /// A room is made when somebody in Matrix asks for it (`bridge`).
    Request,
    /// A room is made for every chat the account sees, and is not excluded.
    All,
}

/// Which messages get a delivery status (`com.beeper.message_send_status`) in the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusEvents {
    /// None.
    Off,
    /// Those that wait long or fail, and what became of them then.
    #[default]
    Troubles,
    /// Every message: an event more for each.
    All,
}

/// The common keys of a section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// `links`: rooms and chats that are linked from the start.
    pub links: Vec<LinkConfig>,
    /// `auto_create`: whether rooms are made for chats that nobody linked.
    pub auto_create: AutoCreate,
    /// `exclude`: whom and what the bridge leaves out, in both directions.
    pub exclude: Exclude,
    /// `permissions`: who may use commands.
    pub permissions: Vec<String>,
    /// `admins`: who links without being let by somebody on the network, and is invited to rooms made by themselves.
    pub admins: Vec<String>,
    /// `delivery_receipts`: whether the bot «reads» each message that arrived.
    pub delivery_receipts: Option<bool>,
    /// `delivery_status`: which messages get a status event.
    pub delivery_status: StatusEvents,
    /// `look_follows_matrix`: whether a name, topic or picture chosen in Matrix changes the chat's.
    pub look_follows_matrix: bool,
}

/// A link as it is written: chats may be numbers there, and are called channels by most networks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    room: String,
    #[serde(alias = "channel")]
    chat: Id,
}

/// An id with or without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
    Large(u64),
}

impl Id {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text.trim().to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Large(number) => number.to_string(),
        }
    }
}

impl Settings {
    /// Takes the common keys out of the section of `network` and reads them.
    ///
    /// # Errors
    /// A sentence that names the key and says what it must be.
    pub fn take(section: &mut Map<String, Value>, network: &str) -> Result<Self, String> {
        let mut keys = Keys { section, network };
        let links: Vec<Link> = keys.read("links", "a list of tables with `room` and `chat`")?;
        let links: Vec<LinkConfig> =
            links.into_iter().map(|link| LinkConfig { room: link.room, chat: link.chat.text() }).collect();
        for link in &links {
            check(network, link)?;
        }
        let exclude: Vec<Id> = keys.read("exclude", "a list of ids of people and chats")?;
        Ok(Self {
            links,
            auto_create: keys.read("auto_create", "\"off\", \"request\" or \"all\"")?,
            exclude: Exclude::new(exclude.into_iter().map(Id::text)),
            permissions: keys.people("permissions")?,
            admins: keys.people("admins")?,
            delivery_receipts: keys.read("delivery_receipts", "true or false")?,
            delivery_status: keys.read("delivery_status", "\"off\", \"troubles\" or \"all\"")?,
            look_follows_matrix: keys.read("look_follows_matrix", "true or false")?,
        })
    }

    /// Puts them into a bridge's configuration.
    #[must_use]
    pub fn fill(self, config: BridgeConfig) -> BridgeConfig {
        BridgeConfig {
            links: self.links,
            auto_create: self.auto_create,
            exclude: self.exclude,
            permissions: self.permissions,
            admins: self.admins,
            delivery_receipts: self.delivery_receipts.unwrap_or(config.delivery_receipts),
            delivery_status: self.delivery_status,
            look_follows_matrix: self.look_follows_matrix,
            ..config
        }
    }
}

/// What is wrong with a link.
fn check(network: &str, link: &LinkConfig) -> Result<(), String> {
    let LinkConfig { room, chat } = link;
    if !room.starts_with(['!', '#']) {
        return Err(format!("bridges.{network}.links: `{room}` is not a room; write its id (!…) or alias (#…)"));
    }
    match chat.is_empty() {
        true => Err(format!("bridges.{network}.links: {room} has an empty `chat`; write the chat's id")),
        false => Ok(()),
    }
}

/// A section of which keys are taken.
struct Keys<'a> {
    section: &'a mut Map<String, Value>,
    network: &'a str,
}

impl Keys<'_> {
    fn read<T: DeserializeOwned + Default>(&mut self, key: &str, must_be: &str) -> Result<T, String> {
        let Some(value) = self.section.remove(key) else { return Ok(T::default()) };
        serde_json::from_value(value).map_err(|_| format!("bridges.{}.{key} must be {must_be}", self.network))
    }

    /// User ids, server names, or `*`.
    fn people(&mut self, key: &str) -> Result<Vec<String>, String> {
        let people: Vec<String> = self.read(key, "a list of user ids (@…), server names, or \"*\"")?;
        let odd = people.iter().find(|who| who.is_empty() || (who.starts_with('@') && !who.contains(':')));
        match odd {
            Some(who) => Err(format!(
                "bridges.{}.{key}: `{who}` is neither a user id such as @alice:example.org nor a server name",
                self.network
            )),
            None => Ok(people),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn take(section: Value) -> (Result<Settings, String>, Map<String, Value>) {
        let mut section = section.as_object().cloned().unwrap();
        (Settings::take(&mut section, "net"), section)
    }

    #[test]
    fn the_common_keys_are_taken_and_the_networks_own_are_left() {
        let (read, left) = take(json!({
            "token": "secret",
            "links": [{ "room": "#a:s", "channel": 112_233_445_566_778_899_u64 }, { "room": "!b:s", "chat": "C1" }],
            "auto_create": "all", "exclude": ["U1", -100_i64, "@spam*"], "permissions": ["s"], "admins": ["@a:s"],
            "delivery_receipts": false, "look_follows_matrix": true,
        }));
        let read = read.unwrap();
        assert_eq!(Value::Object(left), json!({ "token": "secret" }));
        let links: Vec<(&str, &str)> = read.links.iter().map(|link| (&*link.room, &*link.chat)).collect();
        assert_eq!(links, [("#a:s", "112233445566778899"), ("!b:s", "C1")]);
        assert_eq!((read.auto_create, read.delivery_receipts), (AutoCreate::All, Some(false)));
        assert!(read.exclude.names("-100") && read.exclude.names("@spammer:s") && read.look_follows_matrix);
        assert_eq!(take(json!({})).0, Ok(Settings::default()));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_key() {
        let cases = [
            (json!({ "links": "x" }), "bridges.net.links must be a list of tables with `room` and `chat`"),
            (json!({ "links": [{ "room": "a", "chat": "1" }] }), "bridges.net.links: `a` is not a room"),
            (json!({ "links": [{ "room": "#a:s", "chat": "" }] }), "bridges.net.links: #a:s has an empty `chat`"),
            (json!({ "auto_create": "some" }), "bridges.net.auto_create must be \"off\", \"request\" or \"all\""),
            (json!({ "admins": "me" }), "bridges.net.admins must be a list"),
            (json!({ "permissions": ["@alice"] }), "bridges.net.permissions: `@alice` is neither a user id"),
            (json!({ "look_follows_matrix": 1 }), "bridges.net.look_follows_matrix must be true or false"),
        ];
        for (section, sentence) in cases {
            let refused = take(section).0.unwrap_err();
            assert!(refused.starts_with(sentence), "{refused}");
        }
    }
}
