//! Rooms, people and files of the fake homeserver.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use registrations::Registration;
use serde_json::{Value, json};

use super::{Fault, PushFault};
use crate::network::Timestamp;

/// An application service.
pub(super) struct Service {
    pub(super) registration: Registration,
    pub(super) address: Option<String>,
    pub(super) push_faults: VecDeque<PushFault>,
    pub(super) outbox: VecDeque<Value>,
    pub(super) ephemeral: Vec<Value>,
    pub(super) pushing: bool,
}

impl Service {
    pub(super) fn new(registration: Registration) -> Self {
        Self {
            registration,
            address: None,
            push_faults: VecDeque::new(),
            outbox: VecDeque::new(),
            ephemeral: Vec::new(),
            pushing: false,
        }
    }
}

pub(super) struct State {
    pub(super) services: Vec<Service>,
    pub(super) registered: BTreeSet<String>,
    pub(super) profiles: HashMap<String, (Option<String>, Option<String>)>,
    pub(super) rooms: BTreeMap<String, Room>,
    pub(super) aliases: HashMap<String, String>,
    pub(super) media: HashMap<String, (String, Vec<u8>)>,
    /// Answers by user, path and transaction id.
    pub(super) transactions: HashMap<(String, String), String>,
    pub(super) requests: Vec<String>,
    pub(super) typing: BTreeSet<(String, String)>,
    /// The last event somebody read, by room and user.
    pub(super) read: HashMap<(String, String), String>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) push_timeout: Duration,
    counter: u64,
}

#[derive(Default)]
pub(super) struct Room {
    pub(super) events: Vec<Value>,
}

impl Room {
    pub(super) fn state(&self, kind: &str, key: &str) -> Option<&Value> {
        self.events.iter().rev().find(|event| event["type"] == kind && event["state_key"] == key)
    }

    pub(super) fn membership(&self, user: &str) -> &str {
        self.state("m.room.member", user).and_then(|event| event["content"]["membership"].as_str()).unwrap_or("leave")
    }

    pub(super) fn members(&self, membership: &str) -> Vec<String> {
        let users: BTreeSet<&str> = self
            .events
            .iter()
            .filter(|event| event["type"] == "m.room.member")
            .filter_map(|event| event["state_key"].as_str())
            .collect();
        users.into_iter().filter(|user| self.membership(user) == membership).map(str::to_owned).collect()
    }

    pub(super) fn power(&self, user: &str) -> i64 {
        self.state("m.room.power_levels", "").and_then(|event| event["content"]["users"][user].as_i64()).unwrap_or(0)
    }
}

impl State {
    pub(super) fn new(registration: Registration) -> Self {
        Self {
            services: vec![Service::new(registration)],
            registered: BTreeSet::new(),
            profiles: HashMap::new(),
            rooms: BTreeMap::new(),
            aliases: HashMap::new(),
            media: HashMap::new(),
            transactions: HashMap::new(),
            requests: Vec::new(),
            typing: BTreeSet::new(),
            read: HashMap::new(),
            faults: VecDeque::new(),
            push_timeout: Duration::from_secs(5),
            counter: 0,
        }
    }

    pub(super) fn is_drained(&self) -> bool {
        self.services.iter().all(|service| service.outbox.is_empty() && !service.pushing)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(super) fn make_room(&mut self, owner: &str, asked: &Value) -> String {
        let id = format!("!room{}:test", self.next());
        self.rooms.insert(id.clone(), Room::default());
        let mut create = asked["creation_content"].as_object().cloned().unwrap_or_default();
        create.insert("room_version".to_owned(), json!("10"));
        create.insert("creator".to_owned(), json!(owner));
        let empty = || Some(String::new());
        self.append(&id, owner, "m.room.create", empty(), Value::Object(create));
        self.membership(&id, owner, owner, "join");
        let mut levels = json!({ "users": { owner: 100 } });
        for (key, value) in asked["power_level_content_override"].as_object().into_iter().flatten() {
            levels[key.as_str()] = value.clone();
        }
        self.append(&id, owner, "m.room.power_levels", empty(), levels);
        for (key, kind, field) in [("name", "m.room.name", "name"), ("topic", "m.room.topic", "topic")] {
            if let Some(value) = asked[key].as_str() {
                self.append(&id, owner, kind, empty(), json!({ field: value }));
            }
        }
        for event in asked["initial_state"].as_array().into_iter().flatten() {
            let key = event["state_key"].as_str().unwrap_or_default().to_owned();
            let kind = event["type"].as_str().unwrap_or_default().to_owned();
            self.append(&id, owner, &kind, Some(key), event["content"].clone());
        }
        for user in asked["invite"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.membership(&id, owner, user, "invite");
        }
        id
    }

    pub(super) fn membership(&mut self, room: &str, by: &str, whom: &str, membership: &str) {
        let (name, avatar) = self.profiles.get(whom).cloned().unwrap_or_default();
        let mut content = json!({ "membership": membership });
        if let Some(name) = name {
            content["displayname"] = json!(name);
        }
        if let Some(avatar) = avatar {
            content["avatar_url"] = json!(avatar);
        }
        let before = self.rooms.get(room).map(|room| room.membership(whom).to_owned());
        let event = json!({ "room_id": room, "sender": by, "type": "m.room.member", "state_key": whom,
            "content": content, "unsigned": { "prev_content": { "membership": before } } });
        self.append_event(event);
    }

    pub(super) fn append(
        &mut self,
        room: &str,
        sender: &str,
        kind: &str,
        state_key: Option<String>,
        content: Value,
    ) -> String {
        let mut event = json!({ "room_id": room, "sender": sender, "type": kind, "content": content });
        if let Some(key) = state_key {
            event["state_key"] = json!(key);
        }
        self.append_event(event)
    }

    /// Appends an event that lacks only its id, and perhaps its time.
    pub(super) fn append_event(&mut self, mut event: Value) -> String {
        let id = format!("$event{}", self.next());
        event["event_id"] = json!(id);
        if event["origin_server_ts"].is_null() {
            event["origin_server_ts"] = json!(Timestamp::now().0);
        }
        let room = event["room_id"].as_str().unwrap_or_default().to_owned();
        self.deliver(&room, event);
        id
    }

    pub(super) fn redact(&mut self, room: &str, sender: &str, target: &str) -> String {
        let id = format!("$event{}", self.next());
        let events = self.rooms.entry(room.to_owned()).or_default().events.iter_mut();
        for event in events.filter(|event| event["event_id"] == target) {
            event["content"] = json!({});
            event["redacted"] = json!(true);
        }
        let event = json!({ "event_id": id, "room_id": room, "sender": sender, "type": "m.room.redaction",
            "redacts": target, "content": { "redacts": target }, "origin_server_ts": Timestamp::now().0 });
        self.deliver(room, event);
        id
    }

    /// Appends an event, and queues it if the application service has a user in the room, or it is about one.
    fn deliver(&mut self, room: &str, event: Value) {
        let stored = self.rooms.entry(room.to_owned()).or_default();
        stored.events.push(event.clone());
        let members = stored.members("join");
        for service in &mut self.services {
            let covers = |user: &str| service.registration.covers_user(user, "test");
            let about = event["state_key"].as_str().is_some_and(covers);
            if about || members.iter().any(|user| covers(user)) {
                service.outbox.push_back(event.clone());
            }
        }
    }

    pub(super) fn keep_file(&mut self, mime: &str, bytes: Vec<u8>) -> String {
        let id = format!("file{}", self.next());
        self.media.insert(id.clone(), (mime.to_owned(), bytes));
        format!("mxc://test/{id}")
    }
}
