//! What concerns devices: messages to this one, changed devices of others, keys that are left.
//! Specified in the client-server API, «Send-to-Device messaging» and «Device Management».

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::value::RawValue;

use super::{
    Ask,
    answer::{DeviceLists, Devices, Events},
    live::News,
};
use crate::{
    app::App,
    error::Result,
    store::{DeviceNid, Pos},
};

/// Messages to a device in one answer.
const MESSAGES: usize = 100;

/// What is known of devices, so that a sync in which nothing concerns them asks the database nothing.
pub(crate) struct Boxes {
    /// Nothing is waiting for the device up to here.
    empty: moka::sync::Cache<DeviceNid, Pos>,
    keys: moka::sync::Cache<DeviceNid, Arc<Keys>>,
    /// Moves whenever keys are uploaded or handed out.
    edition: AtomicU64,
}

/// The keys of a device that are left, in an edition.
struct Keys {
    edition: u64,
    one_time: BTreeMap<String, i64>,
    fallback: Vec<String>,
}

impl Default for Boxes {
    fn default() -> Self {
        Self {
            empty: moka::sync::Cache::new(20_000),
            keys: moka::sync::Cache::new(20_000),
            edition: AtomicU64::default(),
        }
    }
}

impl Boxes {
    /// Keys were uploaded or handed out. To be called once that is written.
    pub(crate) fn keys_changed(&self) {
        self.edition.fetch_add(1, Ordering::AcqRel);
    }
}

/// All that is new since the client's token, and up to where its messages are in this answer. What it has shown to
/// have received is deleted before.
pub(super) async fn devices(app: &App, ask: &Ask, news: &News) -> Result<(Devices, Pos)> {
    let upto = news.upto.max(ask.since.map(|since| since.pos).unwrap_or_default());
    let (to_device, to_device_upto) = messages(app, ask, news, upto).await?;
    let keys = keys(app, ask.caller.device_nid).await?;
    let devices = Devices {
        to_device: Events { events: to_device },
        device_lists: lists(app, ask, news, upto).await?,
        device_one_time_keys_count: keys.one_time.clone(),
        device_unused_fallback_key_types: keys.fallback.clone(),
    };
    Ok((devices, to_device_upto))
}

async fn messages(app: &App, ask: &Ask, news: &News, upto: Pos) -> Result<(Vec<Box<RawValue>>, Pos)> {
    let (device, boxes) = (ask.caller.device_nid, &app.sync.boxes);
    if device == DeviceNid::NONE {
        return Ok((Vec::new(), upto));
    }
    let seen = ask.since.map(|since| since.to_device).unwrap_or_default();
    let known_empty = boxes.empty.get(&device).is_some_and(|empty| ask.since.is_some_and(|since| empty >= since.pos));
    if known_empty && news.exact && !news.to_device {
        boxes.empty.insert(device, upto);
        return Ok((Vec::new(), upto));
    }
    let limit = i64::try_from(MESSAGES + 1).unwrap_or(i64::MAX);
    let mut rows = app.store.to_device(device, upto, limit).await?;
    if rows.iter().any(|row| row.pos <= seen) {
        app.store.delete_to_device(device, seen).await?;
        rows = app.store.to_device(device, upto, limit).await?;
    }
    if rows.is_empty() {
        boxes.empty.insert(device, upto);
    }
    let more = rows.len() > MESSAGES;
    rows.truncate(MESSAGES);
    let last = rows.last().map(|row| row.pos).filter(|_| more);
    let events = rows.into_iter().filter_map(|row| RawValue::from_string(row.json).ok()).collect();
    Ok((events, last.unwrap_or(upto)))
}

async fn lists(app: &App, ask: &Ask, news: &News, upto: Pos) -> Result<Option<DeviceLists>> {
    let Some(since) = ask.since else { return Ok(None) };
    if !news.devices && !news.rooms.values().any(|room| room.members) {
        return Ok(None);
    }
    let found = app.store.device_lists(ask.caller.nid, since.pos, upto).await?;
    if found.changed.is_empty() && found.left.is_empty() {
        return Ok(None);
    }
    let names = |names: Vec<Arc<str>>| names.iter().map(ToString::to_string).collect();
    Ok(Some(DeviceLists { changed: names(found.changed), left: names(found.left) }))
}

async fn keys(app: &App, device: DeviceNid) -> Result<Arc<Keys>> {
    let boxes = &app.sync.boxes;
    let edition = boxes.edition.load(Ordering::Acquire);
    if let Some(keys) = boxes.keys.get(&device).filter(|keys| keys.edition == edition) {
        return Ok(keys);
    }
    let keys = if device == DeviceNid::NONE {
        Keys { edition, one_time: BTreeMap::new(), fallback: Vec::new() }
    } else {
        let one_time = app.store.one_time_key_counts(device).await?;
        Keys { edition, one_time, fallback: app.store.unused_fallback_types(device).await? }
    };
    let keys = Arc::new(keys);
    boxes.keys.insert(device, Arc::clone(&keys));
    Ok(keys)
}
