//! Who may come into a room, after who may come into its chat. Only rooms the bridge made are touched: who may come into
//! a room of their own is people's affair.

use serde_json::{Value, json};

use crate::{core::Core, engine::look::StateChange, intent::MatrixError, network::Access};

/// Who may come in, as far as Matrix is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Invited,
    /// Whoever is in this space.
    Space(String),
    Anybody,
}

impl Entry {
    /// What access to a chat means for a room in this space. Without a space, what is open to it is closed.
    pub(crate) fn of(access: Access, space: Option<&str>) -> Self {
        match (access, space) {
            (Access::Anybody, _) => Self::Anybody,
            (Access::Container, Some(space)) => Self::Space(space.to_owned()),
            (Access::Container, None) | (Access::Invited, _) => Self::Invited,
        }
    }

    /// As it is remembered.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Invited => "invited".to_owned(),
            Self::Space(space) => format!("space {space}"),
            Self::Anybody => "anybody".to_owned(),
        }
    }

    /// The state that makes it so; the door first.
    pub(crate) fn state(&self) -> Vec<StateChange> {
        let (rule, visibility) = match self {
            Self::Invited => (json!({ "join_rule": "invite" }), "shared"),
            Self::Space(space) => {
                let allow = json!([{ "type": "m.room_membership", "room_id": space }]);
                (json!({ "join_rule": "restricted", "allow": allow }), "shared")
            }
            Self::Anybody => (json!({ "join_rule": "public" }), "world_readable"),
        };
        vec![
            StateChange { kind: "m.room.join_rules", content: rule },
            StateChange { kind: "m.room.history_visibility", content: json!({ "history_visibility": visibility }) },
        ]
    }
}

/// Makes a room that exists already so, where it is not.
pub(crate) async fn enforce(core: &Core, room: &str, entry: &Entry) -> Result<(), MatrixError> {
    let bot = core.homeserver.bot();
    for StateChange { kind, content } in entry.state() {
        let now: Option<Value> = bot.state(room, kind, "").await?;
        if now.as_ref() != Some(&content) {
            bot.set_state(room, kind, "", &content).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_open_is_closed() {
        let cases = [
            (Access::Invited, Some("!s"), "invited", "invite", "shared"),
            (Access::Container, Some("!s"), "space !s", "restricted", "shared"),
            (Access::Container, None, "invited", "invite", "shared"),
            (Access::Anybody, None, "anybody", "public", "world_readable"),
        ];
        for (access, space, text, rule, visibility) in cases {
            let entry = Entry::of(access, space);
            let state = entry.state();
            assert_eq!(entry.text(), text);
            assert_eq!(
                (&state[0].content["join_rule"], &state[1].content["history_visibility"]),
                (&json!(rule), &json!(visibility))
            );
        }
    }
}
