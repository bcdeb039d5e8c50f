//! How a room follows the look of its chat, without touching what people in Matrix chose.

use serde_json::{Value, json};

use crate::{
    network::{ChatDelta, ChatInfo},
    store::portals::PortalRow,
};

/// A state event to be set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StateChange {
    pub(crate) kind: &'static str,
    pub(crate) content: Value,
}

/// The state that has to change, and the portal as it is then. `avatar` is the picture's address on the homeserver.
pub(crate) fn follow(portal: &PortalRow, delta: &ChatDelta, avatar: Option<&str>) -> (Vec<StateChange>, PortalRow) {
    let mut changes = Vec::new();
    let mut after = portal.clone();
    if let Some(name) = &delta.name
        && portal.name_custom == 0
        && portal.name.as_ref() != Some(name)
    {
        changes.push(StateChange { kind: "m.room.name", content: json!({ "name": name }) });
        after.name = Some(name.clone());
    }
    if let Some(topic) = &delta.topic
        && portal.topic_custom == 0
        && portal.topic.as_deref().unwrap_or_default() != topic
    {
        changes.push(StateChange { kind: "m.room.topic", content: json!({ "topic": topic }) });
        after.topic = Some(topic.clone());
    }
    if let (Some(picture), Some(mxc)) = (&delta.avatar, avatar)
        && portal.avatar_custom == 0
        && portal.avatar.as_deref() != Some(picture.cache_key())
    {
        changes.push(StateChange { kind: "m.room.avatar", content: json!({ "url": mxc }) });
        after.avatar = Some(picture.cache_key().to_owned());
    }
    if let Some(parent) = &delta.parent {
        after.parent = Some(parent.to_string());
    }
    (changes, after)
}

/// A chat as it looks now, as a change of everything that is known.
pub(crate) fn whole(info: &ChatInfo) -> ChatDelta {
    ChatDelta {
        name: info.name.clone(),
        topic: Some(info.topic.clone().unwrap_or_default()),
        avatar: info.avatar.clone(),
        parent: info.parent.clone(),
        access: Some(info.access),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_and_nobody_chose_is_set() {
        let portal = PortalRow { name: Some("general".into()), topic_custom: 1, ..PortalRow::default() };
        let delta = |name: &str, topic: &str| ChatDelta {
            name: Some(name.into()),
            topic: Some(topic.into()),
            ..ChatDelta::default()
        };
        let cases = [
            (portal.clone(), delta("general", "t"), vec![]),
            (
                portal.clone(),
                delta("lobby", "t"),
                vec![StateChange { kind: "m.room.name", content: json!({ "name": "lobby" }) }],
            ),
            (PortalRow { name_custom: 1, ..portal.clone() }, delta("lobby", "t"), vec![]),
            (
                PortalRow { topic_custom: 0, ..portal },
                delta("general", "t"),
                vec![StateChange { kind: "m.room.topic", content: json!({ "topic": "t" }) }],
            ),
        ];
        for (portal, delta, changes) in cases {
            let (made, after) = follow(&portal, &delta, None);
            assert_eq!(made, changes);
            assert!(follow(&after, &delta, None).0.is_empty(), "following twice changes nothing");
        }
    }
}
