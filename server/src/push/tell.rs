//! Tells one pusher what rang, oldest first, until there is nothing left.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    gateway::Failure,
    notification::{Around, Pusher, notification, pusher},
};
use crate::{
    app::App,
    delivery::backoff,
    error::Result,
    rooms::{Event, client_event::Viewer},
    store::{
        DeviceNid, Membership, Pos,
        push::{PusherKey, Rung},
    },
    sync::{prefs::prefs, unread},
};

/// What was not told for so long is told nobody: the app will see it when it is opened.
const WORTH_FOR_MS: u64 = 24 * 60 * 60 * 1000;

/// Everything that is queued.
const ALL: Pos = Pos(i64::MAX);

/// Works for a pusher that was [taken into work](super::Push::begin).
pub(super) async fn run(app: App, key: PusherKey) {
    loop {
        if let Err(error) = tell(&app, &key).await {
            tracing::error!(%error, "a pusher is held up");
            tokio::time::sleep(Duration::from_secs(5)).await;
            continue;
        }
        app.push.end(&key);
        // Something may have been queued between the last look and the end of work.
        match app.store.next_push(&key).await {
            Ok(Some(_)) if app.push.begin(&key) => {}
            _ => return,
        }
    }
}

async fn tell(app: &App, key: &PusherKey) -> Result<()> {
    let mut failures = 0;
    while let Some((rung, json)) = app.store.next_push(key).await? {
        let Some(pusher) = json.as_deref().and_then(pusher) else {
            app.store.pushed(key, ALL).await?;
            continue;
        };
        let worth = |event: &Arc<Event>| event.redacted_by.is_none() && event.ts + WORTH_FOR_MS >= app.clock.now_ms();
        let Some(event) = app.store.events(&[rung.pos]).await?.pop().filter(worth) else {
            app.store.pushed(key, rung.pos).await?;
            continue;
        };
        match send(app, key, &pusher, &event, &rung).await? {
            Ok(rejected) if rejected.contains(&key.pushkey) => {
                app.store.delete_pusher(key.owner, key.app_id.clone(), key.pushkey.clone()).await?;
                app.store.pushed(key, ALL).await?;
            }
            Ok(_) => {
                failures = 0;
                app.store.pushed(key, rung.pos).await?;
            }
            Err(Failure::Never(why)) => {
                tracing::warn!(app = key.app_id, %why, "a push gateway refuses a notification");
                app.store.pushed(key, rung.pos).await?;
            }
            Err(Failure::Later(why)) => {
                failures += 1;
                tracing::debug!(app = key.app_id, %why, "a push gateway did not take a notification");
                tokio::time::sleep(backoff::wait(failures, rand::random())).await;
            }
        }
    }
    Ok(())
}

async fn send(
    app: &App,
    key: &PusherKey,
    pusher: &Pusher,
    event: &Arc<Event>,
    rung: &Rung,
) -> Result<Result<Vec<String>, Failure>> {
    let around = around(app, key, event).await?;
    let tweaks: Map<String, Value> = serde_json::from_str(&rung.tweaks).unwrap_or_default();
    let body = notification((&key.app_id, &key.pushkey), pusher, event, &tweaks, &around);
    Ok(app.push.0.gateways.notify(app, &pusher.url, &body).await)
}

async fn around(app: &App, key: &PusherKey, event: &Arc<Event>) -> Result<Around> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Content {
        name: Option<String>,
        alias: Option<String>,
        displayname: Option<String>,
    }
    let Some(room) = app.rooms.by_nid(&app.store, event.room).await? else { return Ok(Around::default()) };
    let sender = event.sender.as_str();
    let keys = [("m.room.name", ""), ("m.room.canonical_alias", ""), ("m.room.member", sender)];
    let state = room.states(&app.store, &keys).await?;
    let content = |n: usize| state.get(n).cloned().flatten().and_then(|event| event.content()).unwrap_or_default();
    let (name, alias, member): (Content, Content, Content) = (content(0), content(1), content(2));
    Ok(Around {
        room_name: name.name.filter(|name| !name.is_empty()),
        room_alias: alias.alias,
        sender_name: member.displayname,
        unread: unread_everywhere(app, key).await?,
        about_user: event.state_key_atom == Some(key.owner)
            && event.kind == ruma::events::TimelineEventType::RoomMember,
    })
}

/// How much the user has not read, in all rooms.
async fn unread_everywhere(app: &App, key: &PusherKey) -> Result<u64> {
    let user = ruma::UserId::parse(&*app.store.text(key.owner).await?)?;
    let prefs = prefs(app, &user, key.owner).await?;
    let viewer = Viewer { user, nid: key.owner, device: DeviceNid::NONE, now: app.clock.now_ms() };
    let rooms = app.store.rooms_of(key.owner, &[Membership::JOIN]).await?;
    let rooms: Vec<unread::Room> =
        rooms.iter().map(|row| unread::Room { room: row.room, joined: row.pos, events: None }).collect();
    let upto = app.stream.current();
    let counts = unread::count(app, &viewer, &prefs, &rooms, (upto, upto)).await?;
    Ok(counts.values().map(|count| count.total().notifications).sum())
}
