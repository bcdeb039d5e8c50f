//! A homeserver in memory, on a real socket.

mod client_api;
mod push;
mod state;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use registrations::{Namespace, Registration, Space};
use serde_json::{Value, json};

use self::state::{Service, State};
use crate::core::locked;

/// What goes wrong with a request that sends, sets state, redacts or uploads. Each is used up by one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 with `retry_after_ms`.
    TooManyRequests(u64),
    /// The request is carried out, but the answer is 504.
    TimeoutAfterCommit,
    /// 502, and nothing was carried out.
    BadGateway,
}

/// What goes wrong when a transaction is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFault {
    /// The next transaction is sent twice, though it was acknowledged.
    DuplicateTransaction,
    /// The events of the next transaction are sent again in another transaction.
    SameEventsAgain,
    /// The homeserver begins to count its transactions anew.
    ResetTransactionIds,
}

/// A homeserver in memory. Clones are the same. Users are made by being named; rooms have version 10 and are invite-only.
#[derive(Clone)]
pub struct FakeHomeserver {
    state: Arc<Mutex<State>>,
    address: std::net::SocketAddr,
    /// The number of the application service this handle is for.
    service: usize,
    /// Stops the server with the last handle.
    _server: Arc<Server>,
}

struct Server(actix_web::dev::ServerHandle, tokio::task::JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.1.abort();
        drop(self.0.stop(false));
    }
}

/// What the homeserver and the service of a network share.
fn registration(network: &str) -> Registration {
    let mut registration = Registration::generate(network, format!("{network}bot"));
    let pattern = |regex: String| Space(Namespace::new(&regex, true).into_iter().collect());
    registration.namespaces.users = pattern(format!("@{network}_.*:test"));
    registration.namespaces.aliases = pattern(format!("#{network}_.*:test"));
    registration
}

impl FakeHomeserver {
    /// Starts a homeserver called `test` for one application service.
    ///
    /// # Panics
    /// No socket can be had.
    pub async fn start(network: &str) -> Self {
        let state = Arc::new(Mutex::new(State::new(registration(network))));
        let (server, address) = client_api::serve(state.clone());
        let push = tokio::spawn(push::run(state.clone(), 0));
        Self { state, address, service: 0, _server: Arc::new(Server(server, push)) }
    }

    /// The same homeserver with one application service more: what is asked of services concerns that one.
    #[must_use]
    pub fn also(&self, network: &str) -> Self {
        let mut state = self.state();
        state.services.push(Service::new(registration(network)));
        let service = state.services.len() - 1;
        tokio::spawn(push::run(self.state.clone(), service));
        Self { service, ..self.clone() }
    }

    fn of_service<T>(&self, ask: impl FnOnce(&mut Service) -> T) -> T {
        ask(&mut self.state().services[self.service])
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The registration of its application service.
    #[must_use]
    pub fn registration(&self) -> Registration {
        self.of_service(|service| service.registration.clone())
    }

    /// The application service listens here from now on; `None`: it is away.
    pub fn attach(&self, address: Option<std::net::SocketAddr>) {
        self.of_service(|service| service.address = address.map(|address| format!("http://{address}")));
    }

    /// Makes a room of `owner` with these members; answers its id.
    #[must_use]
    pub fn room(&self, owner: &str, members: &[&str]) -> String {
        let mut state = self.state();
        let room = state.make_room(owner, &json!({}));
        for member in members {
            state.membership(&room, owner, member, "invite");
            state.membership(&room, member, member, "join");
        }
        room
    }

    /// Invites somebody.
    pub fn invite(&self, room: &str, by: &str, whom: &str) {
        self.state().membership(room, by, whom, "invite");
    }

    /// Removes somebody.
    pub fn kick(&self, room: &str, by: &str, whom: &str) {
        self.state().membership(room, by, whom, "leave");
    }

    /// Bans somebody.
    pub fn ban(&self, room: &str, by: &str, whom: &str) {
        self.state().membership(room, by, whom, "ban");
    }

    /// Somebody sends an event; answers its id.
    pub fn send(&self, user: &str, room: &str, kind: &str, content: Value) -> String {
        self.state().append(room, user, kind, None, content)
    }

    /// Somebody sets state; answers the event id.
    pub fn set_state(&self, user: &str, room: &str, kind: &str, key: &str, content: Value) -> String {
        self.state().append(room, user, kind, Some(key.to_owned()), content)
    }

    /// Somebody says something; answers the event id.
    pub fn say(&self, user: &str, room: &str, text: &str) -> String {
        self.send(user, room, "m.room.message", json!({ "msgtype": "m.text", "body": text }))
    }

    /// Somebody edits a message.
    pub fn edit(&self, user: &str, room: &str, event: &str, text: &str) -> String {
        let content = json!({ "msgtype": "m.text", "body": format!("* {text}"),
            "m.new_content": { "msgtype": "m.text", "body": text },
            "m.relates_to": { "rel_type": "m.replace", "event_id": event } });
        self.send(user, room, "m.room.message", content)
    }

    /// Somebody reacts.
    pub fn react(&self, user: &str, room: &str, event: &str, key: &str) -> String {
        let relation = json!({ "rel_type": "m.annotation", "event_id": event, "key": key });
        self.send(user, room, "m.reaction", json!({ "m.relates_to": relation }))
    }

    /// Somebody redacts an event.
    pub fn redact(&self, user: &str, room: &str, event: &str) -> String {
        self.state().redact(room, user, event)
    }

    /// Somebody answers a message.
    pub fn reply(&self, user: &str, room: &str, event: &str, text: &str) -> String {
        let content = json!({ "msgtype": "m.text", "body": text,
            "m.relates_to": { "m.in_reply_to": { "event_id": event } } });
        self.send(user, room, "m.room.message", content)
    }

    /// Somebody types; shown to the application service at once.
    pub fn typing(&self, room: &str, users: &[&str]) {
        let event = json!({ "type": "m.typing", "room_id": room, "content": { "user_ids": users } });
        self.of_service(|service| service.ephemeral.push(event));
    }

    /// Keeps a file; answers its address.
    #[must_use]
    pub fn file(&self, mime: &str, bytes: &[u8]) -> String {
        self.state().keep_file(mime, bytes.to_vec())
    }

    /// The bytes of a file.
    #[must_use]
    pub fn bytes(&self, mxc: &str) -> Option<Vec<u8>> {
        self.state().media.get(mxc.strip_prefix("mxc://test/")?).map(|file| file.1.clone())
    }

    /// The events of a room that are no state, in order, without what was redacted.
    #[must_use]
    pub fn timeline(&self, room: &str) -> Vec<Value> {
        let state = self.state();
        let events = state.rooms.get(room).map(|room| room.events.clone()).unwrap_or_default();
        events.into_iter().filter(|event| event.get("state_key").is_none() && event.get("redacted").is_none()).collect()
    }

    /// What was said in a room, in order: sender and body.
    #[must_use]
    pub fn said(&self, room: &str) -> Vec<(String, String)> {
        let text = |event: &Value, pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let messages = self.timeline(room).into_iter().filter(|event| event["type"] == "m.room.message");
        messages.filter_map(|event| Some((text(&event, "/sender")?, text(&event, "/content/body")?))).collect()
    }

    /// The rooms whose creation event says that they are spaces (or not).
    #[must_use]
    pub fn rooms(&self, spaces: bool) -> Vec<String> {
        let state = self.state();
        let is_space = |room: &state::Room| {
            room.state("m.room.create", "").is_some_and(|event| event["content"]["type"] == "m.space")
        };
        state.rooms.iter().filter(|(_, room)| is_space(room) == spaces).map(|(id, _)| id.clone()).collect()
    }

    /// The content of a state event.
    #[must_use]
    pub fn room_state(&self, room: &str, kind: &str, key: &str) -> Option<Value> {
        let state = self.state();
        state.rooms.get(room)?.state(kind, key).map(|event| event["content"].clone())
    }

    /// Display name and picture of a user.
    #[must_use]
    pub fn profile(&self, user: &str) -> (Option<String>, Option<String>) {
        self.state().profiles.get(user).cloned().unwrap_or_default()
    }

    /// Who is in a room.
    #[must_use]
    pub fn members(&self, room: &str) -> Vec<String> {
        self.state().rooms.get(room).map(|room| room.members("join")).unwrap_or_default()
    }

    /// Who is typing in a room, as the bridge said.
    #[must_use]
    pub fn typists(&self, room: &str) -> Vec<String> {
        self.state().typing.iter().filter(|(at, _)| at == room).map(|(_, user)| user.clone()).collect()
    }

    /// The event that a user read last in a room.
    #[must_use]
    pub fn read_by(&self, room: &str, user: &str) -> Option<String> {
        self.state().read.get(&(room.to_owned(), user.to_owned())).cloned()
    }

    /// The requests that sent, set state, redacted or uploaded, as often as they came, by method and path.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// The next requests fail like this.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The next pushes fail like this.
    pub fn fail_push(&self, faults: impl IntoIterator<Item = PushFault>) {
        self.of_service(|service| service.push_faults.extend(faults));
    }

    /// Whether everything was pushed and acknowledged.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.state().is_drained()
    }

    /// How long a push may take before it counts as failed.
    pub fn push_timeout(&self, timeout: Duration) {
        self.state().push_timeout = timeout;
    }
}
