//! What of a transaction, or of the network's news, is kept: stored in one database transaction, then acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::{lane, to_bot, to_matrix, to_remote};
use crate::{
    core::Core,
    engine::{event::MatrixEvent, names::Names, poll},
    intent::REMARK,
    network::{Author, Batch, Incoming, StoreError, Timestamp, What},
    portal::{
        found,
        map::Portals,
        moved::{self, Move},
    },
    settings::AutoCreate,
    store::{
        Sql, ghosts,
        inbox::{self, NewItem},
        memory,
        portals::{self, Look},
    },
};

/// What an event of the homeserver is to the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It goes into this lane.
    Lane(String),
    /// Somebody chose a room's look.
    Chosen(Look),
    /// A ghost is no longer in the room.
    GhostLeft(String),
    /// Somebody's membership or profile changed.
    Member(String),
    /// Power levels changed.
    Power,
    /// Nothing.
    Nothing,
}

/// Decides. Pure. `command` is the prefix of commands: `!discord`.
pub(crate) fn sort(event: &MatrixEvent, portals: &Portals, names: &Names, command: &str) -> Kept {
    let linked = portals.chat_of(&event.room_id).map(|chat| portals.lane_of(&chat));
    if event.kind == "m.room.member" {
        return membership(event, names);
    }
    if names.is_ours(&event.sender) {
        return Kept::Nothing;
    }
    if event.content.get(REMARK).is_some() {
        return Kept::Nothing;
    }
    match event.kind.as_str() {
        "m.room.power_levels" if event.state_key.is_some() => Kept::Power,
        "m.room.name" if event.state_key.is_some() && linked.is_some() => Kept::Chosen(Look::Name),
        "m.room.topic" if event.state_key.is_some() && linked.is_some() => Kept::Chosen(Look::Topic),
        "m.room.avatar" if event.state_key.is_some() && linked.is_some() => Kept::Chosen(Look::Avatar),
        "m.room.pinned_events" if event.state_key.is_some() => {
            linked.map_or(Kept::Nothing, |chat| Kept::Lane(to_remote(&chat)))
        }
        "m.room.tombstone" if event.state_key.is_some() && linked.is_some() => Kept::Lane(to_bot(&event.room_id)),
        "m.room.message" if is_command(event.body(), command) => Kept::Lane(to_bot(&event.room_id)),
        "m.room.message" if linked.is_none() => Kept::Lane(to_bot(&event.room_id)),
        "m.room.message" | "m.sticker" | "m.reaction" | "m.room.redaction" | "m.room.encrypted" => {
            linked.map_or(Kept::Nothing, |chat| Kept::Lane(to_remote(&chat)))
        }
        kind if poll::kind(kind).is_some() => linked.map_or(Kept::Nothing, |chat| Kept::Lane(to_remote(&chat))),
        _ => Kept::Nothing,
    }
}

fn is_command(body: &str, command: &str) -> bool {
    body.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

fn membership(event: &MatrixEvent, names: &Names) -> Kept {
    let Some(user) = &event.state_key else { return Kept::Nothing };
    let membership = event.content.get("membership").and_then(Value::as_str).unwrap_or_default();
    match membership {
        "invite" if *user == names.bot => Kept::Lane(to_bot(&event.room_id)),
        "leave" | "ban" if names.is_ours(user) => Kept::GhostLeft(user.clone()),
        _ if names.is_ours(user) => Kept::Nothing,
        _ => Kept::Member(user.clone()),
    }
}

/// Keeps the events of a transaction: returns once they are stored. An event that came before, in whatever transaction,
/// is not stored again.
pub(crate) async fn from_homeserver(core: &Arc<Core>, events: &[Value]) -> Result<(), StoreError> {
    let command = format!("!{}", core.info.id);
    let mut items = Vec::new();
    let mut writes: Vec<Sql> = Vec::new();
    let mut changes = Vec::new();
    for value in events {
        let Some(event) = MatrixEvent::read(value) else {
            tracing::warn!("The homeserver sent something that is no event; it is left out.");
            continue;
        };
        let kept = match &core.handlers {
            Some(handlers) if handlers.is_own(&event.sender, &core.names.server_name) => Kept::Nothing,
            Some(_) => Kept::Lane(to_bot(&event.room_id)),
            None if is_excluded(core, &event) || is_for_a_sibling(core, &event) => Kept::Nothing,
            None => sort(&event, &core.portals, &core.names, &command),
        };
        match kept {
            Kept::Lane(lane) => {
                let body = serde_json::to_string(&event).unwrap_or_default();
                items.push(NewItem { lane, dedupe: Some(format!("${}", event.event_id)), body });
            }
            Kept::Chosen(look) => {
                writes.push(portals::chosen(&event.room_id, look));
                if core.settings.look_follows_matrix {
                    items.extend(outward(core, &event));
                }
            }
            Kept::GhostLeft(user) => {
                writes.push(ghosts::left(&event.room_id, &user));
                if is_order(&event, &core.names) {
                    items.extend(outward(core, &event));
                }
                changes.push((event.room_id, Kept::GhostLeft(user)));
            }
            Kept::Nothing if is_order(&event, &core.names) && core.handlers.is_none() => {
                items.extend(outward(core, &event));
            }
            Kept::Nothing => {}
            change => changes.push((event.room_id, change)),
        }
    }
    writes.extend(inbox::accept(&items, Timestamp::now().0));
    core.store.commit("storing a transaction", writes).await?;
    for (room, change) in changes {
        match change {
            Kept::Member(user) => core.rooms.member_changed(&room, &user),
            Kept::Power => core.rooms.power_changed(&room),
            Kept::GhostLeft(user) => core.ghosts.left(&room, &user),
            _ => {}
        }
    }
    if !items.is_empty() {
        core.health.from_matrix.stored(items.len());
        wake(core, items);
    }
    Ok(())
}

/// Whether it is a command to another bridge: nothing that is said, and it may hold a code.
fn is_for_a_sibling(core: &Core, event: &MatrixEvent) -> bool {
    event.kind == "m.room.message"
        && event.body().starts_with('!')
        && core.settings.siblings.iter().any(|network| is_command(event.body(), &format!("!{network}")))
}

/// Whether somebody who is not of this bridge changes the membership of a ghost.
fn is_order(event: &MatrixEvent, names: &Names) -> bool {
    let ghost = event.state_key.as_deref().is_some_and(|user| names.remote(user).is_some());
    event.kind == "m.room.member" && ghost && !names.is_ours(&event.sender)
}

/// An event as an item on its way to the network.
fn outward(core: &Core, event: &MatrixEvent) -> Option<NewItem> {
    let chat = core.portals.chat_of(&event.room_id)?;
    if is_excluded(core, event) {
        return None;
    }
    let body = serde_json::to_string(event).ok()?;
    let lane = to_remote(&core.portals.lane_of(&chat));
    Some(NewItem { lane, dedupe: Some(format!("${}", event.event_id)), body })
}

/// Whether the sender or the chat is left out. What ghosts and bots of the bridge do is never left out.
fn is_excluded(core: &Core, event: &MatrixEvent) -> bool {
    let chat = || core.portals.chat_of(&event.room_id).is_some_and(|chat| found::is_excluded(core, &chat));
    event.kind != "m.room.member" && (core.settings.exclude.names(&event.sender) || chat())
}

/// Keeps what the network told, with what it wants remembered.
pub(crate) async fn from_network(core: &Arc<Core>, batch: Batch) -> Result<(), StoreError> {
    let mut items = Vec::new();
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    let mut writes: Vec<Sql> = Vec::new();
    let mut moves: Vec<Move> = Vec::new();
    for incoming in &batch.events {
        if let What::Moved { to } = &incoming.what {
            if let Some((moved, stored)) = moved::prepare(core, &incoming.chat, to).await? {
                writes.extend(stored);
                moves.push(moved);
            }
            continue;
        }
        let moved_from = moves.iter().find_map(|moved| moved.former(incoming.chat.as_str()));
        let lane = to_matrix(&core.portals.lane_of(moved_from.unwrap_or(incoming.chat.as_str())));
        let expected = moved_from.is_some() || is_expected(core, &lane, &items);
        if matters(core, incoming, expected) {
            let body =
                serde_json::to_string(incoming).map_err(|why| StoreError::new("writing an event as JSON", why))?;
            items.push(NewItem { lane, dedupe: incoming.dedupe_key(), body });
            if let What::Message { id, .. } = &incoming.what {
                newest.insert(incoming.chat.as_str(), id.as_str());
            }
        }
    }
    writes.extend(newest.into_iter().map(|(chat, id)| portals::seen(chat, id)));
    writes.extend(batch.memory.iter().map(|(key, value)| memory::put(key, value.as_ref())));
    writes.extend(inbox::accept(&items, Timestamp::now().0));
    core.store.commit("storing events of the network", writes).await?;
    for moved in moves {
        moved::complete(core, moved);
    }
    if !items.is_empty() {
        core.health.from_remote.stored(items.len());
        wake(core, items);
    }
    Ok(())
}

/// Whether the room of a chat may be being made now: something waits in its lane, which can only be that it was found.
fn is_expected(core: &Core, lane: &str, items: &[NewItem]) -> bool {
    core.settings.auto_create == AutoCreate::All
        && (core.lanes.is_awake(lane) || items.iter().any(|item| item.lane == lane))
}

fn matters(core: &Arc<Core>, incoming: &Incoming, expected: bool) -> bool {
    let chat = incoming.chat.as_str();
    let linked = expected || core.portals.is_linked(chat);
    let by_excluded = matches!(&incoming.from, Author::Them(id, _) if core.settings.exclude.names(id.as_str()));
    if by_excluded || found::is_excluded(core, chat) {
        return false;
    }
    match &incoming.what {
        What::Typing { on } => {
            if linked {
                lane::typing(core, incoming, *on);
            }
            false
        }
        What::Profile => true,
        What::Found(info) => found::matters(core, &incoming.chat, info),
        What::Chat(_) | What::Pack { .. } | What::Gone | What::Resync => linked || core.spaces.is_linked(chat),
        _ => linked,
    }
}

fn wake(core: &Arc<Core>, items: Vec<NewItem>) {
    let lanes: BTreeSet<String> = items.into_iter().map(|item| item.lane).collect();
    for lane in lanes {
        lane::wake(core, &lane);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_sorted_into_lanes() {
        let names = Names { prefix: "net_".into(), server_name: "s".into(), bot: "@netbot:s".into(), capitals: false };
        let portals = Portals::default();
        portals.insert("c", "!linked", None);
        let event = |kind: &str, room: &str, sender: &str, state_key: Option<&str>, content: Value| MatrixEvent {
            kind: kind.into(),
            room_id: room.into(),
            sender: sender.into(),
            state_key: state_key.map(str::to_owned),
            content,
            ..MatrixEvent::default()
        };
        let text = |body: &str| json!({ "msgtype": "m.text", "body": body });
        let member = |membership: &str| json!({ "membership": membership });
        let alice = "@alice:s";
        let cases = [
            (event("m.room.message", "!linked", alice, None, text("hi")), Kept::Lane(">c".into())),
            (event("m.reaction", "!linked", alice, None, json!({})), Kept::Lane(">c".into())),
            (event("m.poll.end", "!linked", alice, None, json!({})), Kept::Lane(">c".into())),
            (event("m.room.message", "!linked", "@net_1:s", None, text("hi")), Kept::Nothing),
            (
                event("m.room.message", "!linked", "@otherbot:s", None, json!({ "body": "failed", REMARK: true })),
                Kept::Nothing,
            ),
            (event("m.room.message", "!linked", "@netbot:s", None, text("hi")), Kept::Nothing),
            (event("m.room.message", "!linked", alice, None, text("!net help")), Kept::Lane("!!linked".into())),
            (event("m.room.message", "!linked", alice, None, text("!network help")), Kept::Lane(">c".into())),
            (event("m.room.message", "!other", alice, None, text("help")), Kept::Lane("!!other".into())),
            (event("m.reaction", "!other", alice, None, json!({})), Kept::Nothing),
            (event("m.room.member", "!x", alice, Some("@netbot:s"), member("invite")), Kept::Lane("!!x".into())),
            (
                event("m.room.member", "!x", alice, Some("@net_1:s"), member("leave")),
                Kept::GhostLeft("@net_1:s".into()),
            ),
            (event("m.room.member", "!x", alice, Some(alice), member("join")), Kept::Member(alice.into())),
            (event("m.room.power_levels", "!x", alice, Some(""), json!({})), Kept::Power),
            (event("m.room.name", "!linked", alice, Some(""), json!({})), Kept::Chosen(Look::Name)),
            (event("m.room.name", "!linked", "@netbot:s", Some(""), json!({})), Kept::Nothing),
            (event("m.room.topic", "!other", alice, Some(""), json!({})), Kept::Nothing),
        ];
        for (event, kept) in cases {
            assert_eq!(sort(&event, &portals, &names, "!net"), kept, "{event:?}");
        }
    }
}
