//! Rooms: membership, state, power, creation.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Homeserver, Intent, MatrixError,
    client::{Call, encode},
};

fn room_path(room: &str, rest: &str) -> String {
    format!("/_matrix/client/v3/rooms/{}/{rest}", encode(room))
}

impl Intent<'_> {
    /// Joins; answers the room id. `room` may be an alias.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn join(&self, room: &str) -> Result<String, MatrixError> {
        let path = format!("/_matrix/client/v3/join/{}", encode(room));
        let answer = self.homeserver.call(self.user, Call::new(Method::POST, path).body(json!({}))).await?;
        Ok(answer.get("room_id").and_then(Value::as_str).unwrap_or(room).to_owned())
    }

    /// Leaves.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn leave(&self, room: &str) -> Result<(), MatrixError> {
        self.member(room, "leave", json!({})).await
    }

    /// Invites somebody. One who is in the room already is fine.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn invite(&self, room: &str, user: &str) -> Result<(), MatrixError> {
        self.member(room, "invite", json!({ "user_id": user })).await
    }

    /// Removes somebody.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn kick(&self, room: &str, user: &str, reason: &str) -> Result<(), MatrixError> {
        self.member(room, "kick", json!({ "user_id": user, "reason": reason })).await
    }

    /// Removes somebody for good.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn ban(&self, room: &str, user: &str, reason: &str) -> Result<(), MatrixError> {
        self.member(room, "ban", json!({ "user_id": user, "reason": reason })).await
    }

    /// Lets somebody come back after a ban.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn unban(&self, room: &str, user: &str) -> Result<(), MatrixError> {
        self.member(room, "unban", json!({ "user_id": user })).await
    }

    async fn member(&self, room: &str, action: &str, body: Value) -> Result<(), MatrixError> {
        let call = Call::new(Method::POST, room_path(room, action)).body(body);
        self.homeserver.call(self.user, call).await.map(drop)
    }

    /// A state event's content; `None` if there is none.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn state(&self, room: &str, kind: &str, key: &str) -> Result<Option<Value>, MatrixError> {
        let call = Call::new(Method::GET, room_path(room, &format!("state/{}/{}", encode(kind), encode(key))));
        match self.homeserver.call(self.user, call).await {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets a state event.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn set_state(&self, room: &str, kind: &str, key: &str, content: &Value) -> Result<(), MatrixError> {
        let call = Call::new(Method::PUT, room_path(room, &format!("state/{}/{}", encode(kind), encode(key))))
            .body(content.clone());
        self.homeserver.call(self.user, call).await.map(drop)
    }

    /// The users in a room.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn joined_members(&self, room: &str) -> Result<Vec<String>, MatrixError> {
        Ok(self.joined_people(room).await?.into_iter().map(|(user, _)| user).collect())
    }

    /// The users in a room, with their display names.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn joined_people(&self, room: &str) -> Result<Vec<(String, Option<String>)>, MatrixError> {
        let answer = self.homeserver.call(self.user, Call::new(Method::GET, room_path(room, "joined_members"))).await?;
        let joined = answer.get("joined").and_then(Value::as_object).into_iter().flatten();
        let name = |member: &Value| member.get("display_name").and_then(Value::as_str).map(str::to_owned);
        Ok(joined.map(|(user, member)| (user.clone(), name(member))).collect())
    }

    /// The rooms the user is in.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn joined_rooms(&self) -> Result<Vec<String>, MatrixError> {
        let call = Call::new(Method::GET, "/_matrix/client/v3/joined_rooms".to_owned());
        let answer = self.homeserver.call(self.user, call).await?;
        Ok(serde_json::from_value(answer.get("joined_rooms").cloned().unwrap_or_default()).unwrap_or_default())
    }

    /// Who may do what in a room.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn power_levels(&self, room: &str) -> Result<PowerLevels, MatrixError> {
        let levels = self.state(room, "m.room.power_levels", "").await?;
        // As a whole event, because only its sender tells who the creator is (from room version 11 on).
        let mut call = Call::new(Method::GET, room_path(room, "state/m.room.create/"));
        call.query.push(("format", "event".to_owned()));
        let create = self.homeserver.call(self.user, call).await?;
        let sender = create.get("sender").and_then(Value::as_str).unwrap_or_default();
        let content = create.get("content").unwrap_or(&create);
        Ok(PowerLevels::read(levels.as_ref(), content, sender))
    }

    /// Makes a room; answers its id. With an alias it is made once: a room that has the alias already is the answer.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn create_room(&self, room: &CreateRoom) -> Result<String, MatrixError> {
        let listed = room.governors.is_empty() || self.homeserver.default_room_version().await?.is_none_or(|v| v < 12);
        let body = room.body(self.user_id(), listed);
        let call = Call::new(Method::POST, "/_matrix/client/v3/createRoom".to_owned()).body(body);
        match self.homeserver.call(self.user, call).await {
            Ok(answer) => {
                let id = answer.get("room_id").and_then(Value::as_str).map(str::to_owned);
                id.ok_or_else(|| MatrixError::local("the homeserver answered without a room id"))
            }
            Err(error) if error.is("M_ROOM_IN_USE") => match &room.alias {
                Some(alias) => {
                    let alias = format!("#{alias}:{}", self.homeserver.server_name());
                    self.homeserver.resolve_alias(&alias).await?.ok_or(error)
                }
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }
}

impl Homeserver {
    /// The version of rooms that are made without naming one, if it is a number.
    async fn default_room_version(&self) -> Result<Option<u32>, MatrixError> {
        let call = Call::new(Method::GET, "/_matrix/client/v3/capabilities".to_owned());
        let answer = self.call(None, call).await?;
        let version = answer.pointer("/capabilities/m.room_versions/default").and_then(Value::as_str);
        Ok(version.and_then(|version| version.parse().ok()))
    }

    /// The room behind an alias.
    ///
    /// # Errors
    /// A lasting refusal other than «no such alias».
    pub async fn resolve_alias(&self, alias: &str) -> Result<Option<String>, MatrixError> {
        let path = format!("/_matrix/client/v3/directory/room/{}", encode(alias));
        match self.call(None, Call::new(Method::GET, path)).await {
            Ok(answer) => Ok(answer.get("room_id").and_then(Value::as_str).map(str::to_owned)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A room to be made.
#[derive(Clone, Debug, Default)]
pub struct CreateRoom {
    /// Local part of its alias, which also makes a second try find the first room.
    pub alias: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Topic.
    pub topic: Option<String>,
    /// `mxc://…`
    pub avatar: Option<String>,
    /// Whether it is a space.
    pub is_space: bool,
    /// Whether it is a conversation of two.
    pub is_direct: bool,
    /// Who is invited.
    pub invite: Vec<String>,
    /// Who gets power level 100 beside the maker.
    pub governors: Vec<String>,
    /// More state: type, key, content.
    pub state: Vec<(String, String, Value)>,
}

impl CreateRoom {
    /// The body. Makers of rooms of version 12 or newer stand above all levels and must not be listed among them.
    fn body(&self, maker: &str, maker_is_listed: bool) -> Value {
        let mut state: Vec<Value> = self
            .state
            .iter()
            .map(|(kind, key, content)| json!({ "type": kind, "state_key": key, "content": content }))
            .collect();
        if let Some(avatar) = &self.avatar {
            state.push(json!({ "type": "m.room.avatar", "state_key": "", "content": { "url": avatar } }));
        }
        let mut body = json!({
            "preset": "private_chat", "visibility": "private", "is_direct": self.is_direct,
            "invite": self.invite, "initial_state": state,
        });
        for (key, value) in [("room_alias_name", &self.alias), ("name", &self.name), ("topic", &self.topic)] {
            if let Some(value) = value {
                body[key] = json!(value);
            }
        }
        if !self.governors.is_empty() {
            let listed = self.governors.iter().map(String::as_str).chain(maker_is_listed.then_some(maker));
            let users: BTreeMap<&str, i64> = listed.map(|user| (user, 100)).collect();
            body["power_level_content_override"] = json!({ "users": users });
        }
        if self.is_space {
            body["creation_content"] = json!({ "type": "m.space" });
        }
        body
    }
}

/// Who may do what: <https://spec.matrix.org/v1.19/client-server-api/#mroompower_levels>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerLevels {
    users: BTreeMap<String, i64>,
    users_default: i64,
    state_default: i64,
    notify_room: i64,
    redact: i64,
    /// Levels by the type of the event.
    events: BTreeMap<String, i64>,
    /// Users above all levels (creators, from room version 12 on; before, only while there are no levels at all).
    creators: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Levels {
    users: BTreeMap<String, Value>,
    users_default: Option<Value>,
    state_default: Option<Value>,
    notifications: BTreeMap<String, Value>,
    redact: Option<Value>,
    events: BTreeMap<String, Value>,
}

fn level(value: Option<&Value>, otherwise: i64) -> i64 {
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    value.and_then(number).unwrap_or(otherwise)
}

impl PowerLevels {
    /// Reads the contents of `m.room.power_levels` (if any) and `m.room.create`, whose sender is the creator.
    #[must_use]
    pub fn read(levels: Option<&Value>, create: &Value, creator: &str) -> Self {
        let given =
            levels.cloned().and_then(|levels| serde_json::from_value::<Levels>(levels).ok()).unwrap_or_default();
        let version: Option<u32> = create.get("room_version").and_then(Value::as_str).and_then(|v| v.parse().ok());
        let mut creators = Vec::new();
        if version.is_some_and(|version| version >= 12) || levels.is_none() {
            creators.push(creator.to_owned());
            let more = create.get("additional_creators").and_then(Value::as_array);
            creators.extend(more.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        Self {
            users: given.users.iter().map(|(user, value)| (user.clone(), level(Some(value), 0))).collect(),
            users_default: level(given.users_default.as_ref(), 0),
            state_default: level(given.state_default.as_ref(), if levels.is_some() { 50 } else { 0 }),
            notify_room: level(given.notifications.get("room"), 50),
            redact: level(given.redact.as_ref(), 50),
            events: given.events.iter().map(|(kind, value)| (kind.clone(), level(Some(value), 0))).collect(),
            creators,
        }
    }

    /// The level of a user.
    #[must_use]
    pub fn of(&self, user: &str) -> i64 {
        match self.creators.iter().any(|creator| creator == user) {
            true => i64::MAX,
            false => self.users.get(user).copied().unwrap_or(self.users_default),
        }
    }

    /// Whether a user may change the room's settings.
    #[must_use]
    pub fn may_change_state(&self, user: &str) -> bool {
        self.of(user) >= self.state_default
    }

    /// Whether a user may set state of this type.
    #[must_use]
    pub fn may_set(&self, user: &str, kind: &str) -> bool {
        self.of(user) >= self.events.get(kind).copied().unwrap_or(self.state_default)
    }

    /// Whether a user may take away what others said.
    #[must_use]
    pub fn may_redact(&self, user: &str) -> bool {
        self.of(user) >= self.redact
    }

    /// Whether a user may draw everybody's attention.
    #[must_use]
    pub fn may_notify_room(&self, user: &str) -> bool {
        self.of(user) >= self.notify_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_read_with_its_defaults() {
        let create = json!({ "room_version": "10", "creator": "@c:s" });
        let levels = json!({ "users": { "@a:s": 100, "@b:s": "50" }, "notifications": { "room": 60 } });
        let power = PowerLevels::read(Some(&levels), &create, "@c:s");
        let cases = [
            ("@a:s", 100, true, true),
            ("@b:s", 50, true, false),
            ("@z:s", 0, false, false),
            ("@c:s", 0, false, false),
        ];
        for (user, level, state, notify) in cases {
            assert_eq!(power.of(user), level, "{user}");
            assert_eq!(power.may_change_state(user), state, "{user}");
            assert_eq!(power.may_notify_room(user), notify, "{user}");
        }
    }

    #[test]
    fn who_governs_a_new_room_is_listed_beside_its_maker_except_from_version_12_on() {
        let room = CreateRoom { governors: vec!["@a:s".into()], ..CreateRoom::default() };
        let users = |listed| room.body("@bot:s", listed)["power_level_content_override"]["users"].clone();
        assert_eq!(users(true), json!({ "@a:s": 100, "@bot:s": 100 }));
        assert_eq!(users(false), json!({ "@a:s": 100 }));
        assert_eq!(CreateRoom::default().body("@bot:s", true).get("power_level_content_override"), None);
    }

    #[test]
    fn creators_of_new_rooms_stand_above_all_levels() {
        let create = json!({ "room_version": "12", "additional_creators": ["@d:s"] });
        let power = PowerLevels::read(Some(&json!({})), &create, "@c:s");
        assert!(power.may_notify_room("@c:s") && power.may_notify_room("@d:s") && !power.may_notify_room("@a:s"));
    }
}
