//! The answer to `/sync`, in the order and with the names of the specification. Written once, straight to bytes.

use std::collections::BTreeMap;

use ruma::OwnedUserId;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::rooms::client_event::{Shown, Stripped};

/// All of it.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// Where to go on.
    pub next_batch: String,
    /// Rooms.
    #[serde(skip_serializing_if = "Rooms::is_empty")]
    pub rooms: Rooms,
    /// Global account data.
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub account_data: Events<Data>,
    /// What concerns devices.
    #[serde(flatten)]
    pub devices: Devices,
}

impl Answer {
    /// Whether there is nothing in it worth an answer before its time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.account_data.is_empty() && self.devices.is_empty()
    }
}

/// Messages to devices, devices of others, keys.
#[derive(Debug, Default, Serialize)]
pub struct Devices {
    /// Messages to this device.
    #[serde(skip_serializing_if = "Events::is_empty")]
    pub to_device: Events<Box<RawValue>>,
    /// Users whose devices changed or matter no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_lists: Option<DeviceLists>,
    /// One-time keys that are left, by algorithm.
    pub device_one_time_keys_count: BTreeMap<String, i64>,
    /// Algorithms of fallback keys that were not used yet.
    pub device_unused_fallback_key_types: Vec<String>,
}

impl Devices {
    fn is_empty(&self) -> bool {
        self.to_device.is_empty() && self.device_lists.is_none()
    }
}

/// Users whose devices changed or matter no more.
#[derive(Debug, Default, Serialize)]
pub struct DeviceLists {
    /// Look at their devices again.
    pub changed: Vec<String>,
    /// Their devices matter no more.
    pub left: Vec<String>,
}

/// Rooms by id.
#[derive(Debug, Default, Serialize)]
pub struct Rooms {
    /// The user is in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub join: BTreeMap<String, Joined>,
    /// The user is asked in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub invite: BTreeMap<String, Invited>,
    /// The user asked to be let in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub knock: BTreeMap<String, Knocked>,
    /// The user was in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub leave: BTreeMap<String, Left>,
}

impl Rooms {
    fn is_empty(&self) -> bool {
        self.join.is_empty() && self.invite.is_empty() && self.knock.is_empty() && self.leave.is_empty()
    }
}

/// `{"events": […]}`.
#[derive(Debug, Serialize)]
pub struct Events<T> {
    /// The events.
    pub events: Vec<T>,
}

impl<T> Default for Events<T> {
    fn default() -> Self {
        Self { events: Vec::new() }
    }
}

impl<T> Events<T> {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// Account data.
#[derive(Debug, Serialize)]
pub struct Data {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its content.
    pub content: Box<RawValue>,
}

/// A room the user is in.
#[derive(Debug, Default, Serialize)]
pub struct Joined {
    /// What to call it, when that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// State at the start of the timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Events<Shown>>,
    /// State at the end of the timeline, for clients that want it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_after: Option<Events<Shown>>,
    /// New events.
    pub timeline: Timeline,
    /// Receipts and typing.
    pub ephemeral: Events<Ephemeral>,
    /// Account data of the room.
    pub account_data: Events<Data>,
    /// What rang and was not read.
    pub unread_notifications: Unread,
    /// The same for each thread, for clients that want it so.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unread_thread_notifications: BTreeMap<String, Unread>,
}

impl Joined {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let quiet = |state: &Option<Events<Shown>>| state.as_ref().is_none_or(Events::is_empty);
        self.timeline.events.is_empty()
            && !self.timeline.limited
            && self.summary.is_none()
            && quiet(&self.state)
            && quiet(&self.state_after)
            && self.ephemeral.is_empty()
            && self.account_data.is_empty()
    }
}

/// New events of a room.
#[derive(Debug, Default, Serialize)]
pub struct Timeline {
    /// Oldest first.
    pub events: Vec<Shown>,
    /// There are more between the last answer and these.
    pub limited: bool,
    /// Where to read backwards from.
    pub prev_batch: String,
}

/// What a room without a name is called by.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Some of the users in it.
    #[serde(rename = "m.heroes", skip_serializing_if = "Option::is_none")]
    pub heroes: Option<Vec<String>>,
    /// How many are in it.
    #[serde(rename = "m.joined_member_count")]
    pub joined: i64,
    /// How many are asked in.
    #[serde(rename = "m.invited_member_count")]
    pub invited: i64,
}

/// What rang and was not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// All of it.
    #[serde(rename = "notification_count")]
    pub notifications: u64,
    /// What was meant for the user.
    #[serde(rename = "highlight_count")]
    pub highlights: u64,
}

/// What happens in a room and is not kept.
#[derive(Debug, Serialize)]
#[serde(tag = "type", content = "content")]
pub enum Ephemeral {
    /// Who is typing.
    #[serde(rename = "m.typing")]
    Typing {
        /// All of them.
        user_ids: Vec<OwnedUserId>,
    },
    /// Up to where who has read.
    #[serde(rename = "m.receipt")]
    Receipts(Receipts),
}

/// By event, kind and user.
pub type Receipts = BTreeMap<String, BTreeMap<&'static str, BTreeMap<String, ReceiptData>>>;

/// A receipt.
#[derive(Debug, Serialize)]
pub struct ReceiptData {
    /// When, in milliseconds since 1970.
    pub ts: i64,
    /// The thread it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
}

/// A room the user is asked into.
#[derive(Debug, Default, Serialize)]
pub struct Invited {
    /// What there is to know beforehand.
    pub invite_state: Events<Stripped>,
}

/// A room the user asked to be let into.
#[derive(Debug, Default, Serialize)]
pub struct Knocked {
    /// What there is to know beforehand.
    pub knock_state: Events<Stripped>,
}

/// A room the user was in.
#[derive(Debug, Default, Serialize)]
pub struct Left {
    /// State at the start of the timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Events<Shown>>,
    /// State at the end of the timeline, for clients that want it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_after: Option<Events<Shown>>,
    /// Events up to the leave.
    pub timeline: Timeline,
    /// Account data of the room.
    pub account_data: Events<Data>,
}
