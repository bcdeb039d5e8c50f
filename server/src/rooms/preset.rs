//! What a new room begins with: the events that follow its create event, in the order the specification gives
//! (client-server API, `POST /createRoom`). Pure.

use ruma::{OwnedUserId, room_version_rules::RoomVersionRules};
use serde_json::{Map, Value, json};

use super::Draft;
use crate::error::MatrixError;

/// A ready-made set of join rules, history visibility and guest access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// By invitation.
    Private,
    /// By invitation, and everybody invited has the creator's power.
    Trusted,
    /// Open to all.
    Public,
}

/// One event of `initial_state`.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Initial {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its state key.
    #[serde(default)]
    pub state_key: String,
    /// Its content.
    pub content: Map<String, Value>,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Who asks.
    pub creator: OwnedUserId,
    /// The creator's name and picture.
    pub profile: Map<String, Value>,
    /// The set of rules to begin with.
    pub preset: Preset,
    /// Power levels that replace the usual ones, key by key.
    pub power_override: Map<String, Value>,
    /// `#alias:server`
    pub alias: Option<String>,
    /// Events to begin with.
    pub initial: Vec<Initial>,
    /// The name.
    pub name: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// Who is invited, with their names and pictures.
    pub invite: Vec<(OwnedUserId, Map<String, Value>)>,
    /// Whether it is a conversation of two.
    pub is_direct: bool,
}

impl Wanted {
    /// The events that follow the create event.
    pub fn drafts(self, rules: &RoomVersionRules) -> Result<Vec<Draft>, MatrixError> {
        let state =
            |kind: &str, key: &str, content: Map<String, Value>| Draft::state(self.creator.clone(), kind, key, content);
        let mut join = self.profile.clone();
        join.insert("membership".into(), "join".into());
        let mut drafts = vec![
            state("m.room.member", self.creator.as_str(), join),
            state("m.room.power_levels", "", self.power_levels(rules)),
        ];
        if let Some(alias) = &self.alias {
            drafts.push(state("m.room.canonical_alias", "", object(json!({"alias": alias}))));
        }
        for (kind, content) in self.preset.state() {
            if !self.initial.iter().any(|initial| initial.kind == kind && initial.state_key.is_empty()) {
                drafts.push(state(kind, "", object(content)));
            }
        }
        let named =
            |kind: &str| kind == "m.room.name" && self.name.is_some() || kind == "m.room.topic" && self.topic.is_some();
        for initial in self.initial.iter().filter(|initial| !named(&initial.kind)) {
            if matches!(initial.kind.as_str(), "m.room.create" | "m.room.member") {
                return Err(MatrixError::invalid_room_state(format!("{} cannot be initial state.", initial.kind)));
            }
            drafts.push(state(&initial.kind, &initial.state_key, initial.content.clone()));
        }
        if let Some(name) = &self.name {
            drafts.push(state("m.room.name", "", object(json!({"name": name}))));
        }
        if let Some(topic) = &self.topic {
            let content = json!({"topic": topic, "m.topic": {"m.text": [{"body": topic}]}});
            drafts.push(state("m.room.topic", "", object(content)));
        }
        for (user, profile) in &self.invite {
            let mut invite = profile.clone();
            invite.insert("membership".into(), "invite".into());
            if self.is_direct {
                invite.insert("is_direct".into(), true.into());
            }
            drafts.push(state("m.room.member", user.as_str(), invite));
        }
        Ok(drafts)
    }

    fn power_levels(&self, rules: &RoomVersionRules) -> Map<String, Value> {
        let creators_stand_above = rules.authorization.explicitly_privilege_room_creators;
        let mut users = Map::new();
        if !creators_stand_above {
            users.insert(self.creator.to_string(), 100.into());
            if self.preset == Preset::Trusted {
                users.extend(self.invite.iter().map(|(user, _)| (user.to_string(), 100.into())));
            }
        }
        let tombstone = if creators_stand_above { 150 } else { 100 };
        let mut levels = object(json!({
            "users": users, "users_default": 0, "events_default": 0, "state_default": 50,
            "ban": 50, "kick": 50, "redact": 50, "invite": 0,
            "historical": 100, "notifications": {"room": 50},
            "events": {
                "m.room.name": 50, "m.room.avatar": 50, "m.room.canonical_alias": 50, "m.room.topic": 50,
                "m.room.power_levels": 100, "m.room.history_visibility": 100, "m.room.encryption": 100,
                "m.room.server_acl": 100, "m.room.tombstone": tombstone,
            },
        }));
        levels.extend(self.power_override.clone());
        levels
    }
}

impl Preset {
    fn state(self) -> [(&'static str, Value); 3] {
        let (join, guests) = match self {
            Self::Public => ("public", "forbidden"),
            Self::Private | Self::Trusted => ("invite", "can_join"),
        };
        [
            ("m.room.join_rules", json!({"join_rule": join})),
            ("m.room.history_visibility", json!({"history_visibility": "shared"})),
            ("m.room.guest_access", json!({"guest_access": guests})),
        ]
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use ruma::{RoomVersionId, owned_user_id};

    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            creator: owned_user_id!("@alice:test"),
            profile: Map::new(),
            preset: Preset::Trusted,
            power_override: object(json!({"ban": 99})),
            alias: Some("#a:test".into()),
            initial: vec![
                Initial { kind: "m.room.join_rules".into(), state_key: String::new(), content: Map::new() },
                Initial { kind: "m.room.name".into(), state_key: String::new(), content: Map::new() },
            ],
            name: Some("n".into()),
            topic: Some("t".into()),
            invite: vec![(owned_user_id!("@bob:test"), Map::new())],
            is_direct: true,
        }
    }

    #[test]
    fn events_come_in_the_specified_order_and_the_wanted_ones_win() {
        let rules = RoomVersionId::V11.rules().unwrap();
        let kinds: Vec<String> = wanted().drafts(&rules).unwrap().iter().map(|draft| draft.kind.to_string()).collect();
        let expected = [
            "member",
            "power_levels",
            "canonical_alias",
            "history_visibility",
            "guest_access",
            "join_rules",
            "name",
            "topic",
            "member",
        ];
        assert_eq!(kinds, expected.map(|kind| format!("m.room.{kind}")));
    }

    #[test]
    fn creators_stand_in_power_levels_only_where_their_version_wants_it() {
        for (version, users) in
            [(RoomVersionId::V11, json!({"@alice:test": 100, "@bob:test": 100})), (RoomVersionId::V12, json!({}))]
        {
            let levels = wanted().power_levels(&version.rules().unwrap());
            assert_eq!(levels["users"], users);
            assert_eq!(levels["ban"], 99);
        }
    }
}
