//! Follows the stream and finds out for whom an event rings.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::tell;
use crate::{
    app::App,
    error::Result,
    rooms::{Event, client_event::Viewer},
    store::{
        Atom, DeviceNid, Membership, Pos, RoomNid,
        push::{Reachable, Rung},
    },
    sync::{prefs::prefs, unread},
};

/// Events looked at together.
const TOGETHER: i64 = 100;
/// How far the cursor may be ahead of the one in the database.
const SELDOM: i64 = 1_000;
/// What is older, by its sender's word, rings nobody any more: it was imported, or the server was away for long.
const FRESH_MS: u64 = 60 * 60 * 1000;

/// Looks at every event once, as long as the server runs.
pub(super) async fn run(app: App) {
    let mut telling = JoinSet::new();
    let mut cursor = None;
    loop {
        match follow(&app, &mut telling, cursor).await {
            Ok(upto) => cursor = Some(upto),
            Err(error) => {
                tracing::error!(%error, "what rings could not be found out");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        }
        while telling.try_join_next().is_some() {}
        app.push.0.wake.notified().await;
    }
}

/// Looks at the events after `cursor`; answers up to where.
async fn follow(app: &App, telling: &mut JoinSet<()>, cursor: Option<Pos>) -> Result<Pos> {
    let (now, edition) = (app.stream.current(), app.push.edition());
    if app.push.has_none(edition) {
        return Ok(now);
    }
    if !app.store.any_pusher().await? {
        app.push.keep_none(edition);
        return Ok(now);
    }
    let mut cursor = match cursor {
        Some(cursor) => cursor,
        None => {
            tell_all(app, telling).await?;
            app.store.push_cursor().await?
        }
    };
    while cursor < now {
        let events = app.store.events_after(cursor, now, TOGETHER).await?;
        cursor = events.last().map_or(now, |event| event.pos);
        let rang = rang(app, &events).await?;
        // Where nothing rang, nothing rings when it is looked at again after a restart.
        if !rang.is_empty() || cursor.0 - app.push.written() > SELDOM {
            let some = !rang.is_empty();
            app.store.queue_push(rang, cursor).await?;
            app.push.wrote(cursor);
            if some {
                tell_all(app, telling).await?;
            }
        }
    }
    Ok(cursor)
}

/// Sees to it that every pusher with something to tell is at work.
async fn tell_all(app: &App, telling: &mut JoinSet<()>) -> Result<()> {
    for key in app.store.ringing().await? {
        if app.push.begin(&key) {
            telling.spawn(tell::run(app.clone(), key));
        }
    }
    Ok(())
}

/// For whom these events ring, and how.
async fn rang(app: &App, events: &[Arc<Event>]) -> Result<Vec<(Atom, Rung)>> {
    let oldest = app.clock.now_ms().saturating_sub(FRESH_MS);
    let mut by_room: HashMap<RoomNid, Vec<Arc<Event>>> = HashMap::new();
    for event in events.iter().filter(|event| event.ts >= oldest) {
        by_room.entry(event.room).or_default().push(Arc::clone(event));
    }
    let rooms: Vec<RoomNid> = by_room.keys().copied().collect();
    if rooms.is_empty() {
        return Ok(Vec::new());
    }
    let mut rang = Vec::new();
    for person in app.store.reachable(&rooms).await? {
        let Some(events) = by_room.get(&person.room) else { continue };
        let events: Vec<Arc<Event>> = events.iter().filter(|event| may_see(event, &person)).cloned().collect();
        rang.extend(of_person(app, &person, &events).await?);
    }
    Ok(rang)
}

/// Whoever is in the room sees what came after; whoever is invited sees the invitation.
fn may_see(event: &Event, person: &Reachable) -> bool {
    match person.membership {
        Membership::JOIN => event.pos >= person.pos,
        _ => event.pos == person.pos,
    }
}

async fn of_person(app: &App, person: &Reachable, events: &[Arc<Event>]) -> Result<Vec<(Atom, Rung)>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let user = ruma::UserId::parse(&person.user_id)?;
    let prefs = prefs(app, &user, person.owner).await?;
    let viewer = Viewer { user, nid: person.owner, device: DeviceNid::NONE, now: app.clock.now_ms() };
    let room = unread::Room { room: person.room, joined: person.pos, events: None };
    let rings = unread::rings(app, &viewer, &prefs, &room, events).await?;
    Ok(rings.into_iter().map(|(pos, actions)| (person.owner, Rung { pos, tweaks: tweaks(&actions) })).collect())
}

/// The tweaks among the actions, as a gateway reads them.
fn tweaks(actions: &[ruma::push::Action]) -> String {
    use ruma::push::Action;
    let mut tweaks = Map::new();
    if actions.iter().any(Action::is_highlight) {
        tweaks.insert("highlight".to_owned(), Value::Bool(true));
    }
    if let Some(sound) = actions.iter().find_map(Action::sound) {
        tweaks.insert("sound".to_owned(), json!(sound));
    }
    Value::Object(tweaks).to_string()
}
