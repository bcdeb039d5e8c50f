//! The part of the client-server API that a bridge uses.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Fault, state::State};
use crate::core::locked;

pub(super) fn serve(state: Arc<Mutex<State>>) -> (ServerHandle, SocketAddr) {
    let state = web::Data::from(state);
    let app = move || {
        let limits = web::PayloadConfig::new(64 * 1024 * 1024);
        App::new().app_data(limits).app_data(state.clone()).default_service(web::to(handle))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0).bind("127.0.0.1:0");
    let server = match server {
        Ok(server) => server,
        Err(why) => panic!("no socket for the fake homeserver: {why}"),
    };
    let address = server.addrs().first().copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    (handle, address)
}

fn refuse(status: u16, errcode: &str) -> (u16, Value) {
    (status, json!({ "errcode": errcode, "error": errcode }))
}

async fn handle(request: HttpRequest, body: web::Bytes, state: web::Data<Mutex<State>>) -> HttpResponse {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = request.path().split('/').skip(2).map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let param = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut state = locked(&state);
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = token.strip_prefix("Bearer ");
    let service = state.services.iter().position(|service| token == Some(service.registration.as_token.reveal()));
    let Some(service) = service else { return answer(refuse(401, "M_UNKNOWN_TOKEN")) };
    let user = param("user_id").unwrap_or_else(|| state.services[service].registration.sender("test"));
    if let ["client", "v1", "media", "download", _, id] = segments[..] {
        return match state.media.get(id) {
            Some((mime, bytes)) => HttpResponse::Ok().content_type(mime.clone()).body(bytes.clone()),
            None => answer(refuse(404, "M_NOT_FOUND")),
        };
    }
    let writes = request.method() != "GET" && !segments.contains(&"typing") && !segments.contains(&"receipt");
    let mut fault = None;
    if writes {
        state.requests.push(format!("{} {}", request.method(), request.path()));
        let sends = ["send", "state", "redact", "upload"].iter().any(|kind| segments.contains(kind));
        fault = if sends { state.faults.pop_front() } else { None };
    }
    match fault {
        Some(Fault::TooManyRequests(after)) => {
            return answer((429, json!({ "errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": after })));
        }
        Some(Fault::BadGateway) => return answer(refuse(502, "M_UNKNOWN")),
        _ => {}
    }
    let asked = Asked {
        method: request.method().as_str(),
        user: &user,
        service,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        raw: &body,
        mime: request.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default(),
        ts: param("ts").and_then(|ts| ts.parse().ok()),
        whole_event: param("format").as_deref() == Some("event"),
    };
    let done = asked.carry_out(&mut state, &segments);
    match fault {
        Some(Fault::TimeoutAfterCommit) => answer(refuse(504, "M_UNKNOWN")),
        _ => answer(done),
    }
}

fn answer((status, body): (u16, Value)) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)).json(body)
}

struct Asked<'a> {
    method: &'a str,
    user: &'a str,
    /// The number of the service that asks.
    service: usize,
    body: Value,
    raw: &'a [u8],
    mime: &'a str,
    ts: Option<i64>,
    whole_event: bool,
}

impl Asked<'_> {
    fn carry_out(&self, state: &mut State, segments: &[&str]) -> (u16, Value) {
        match (self.method, segments) {
            ("GET", ["client", "v3", "account", "whoami"]) => (200, json!({ "user_id": self.user })),
            ("GET", ["client", "v3", "capabilities"]) => {
                (200, json!({ "capabilities": { "m.room_versions": { "default": "10", "available": {} } } }))
            }
            ("POST", ["client", "v3", "register"]) => self.register(state),
            ("POST", ["client", "v1", "appservice", _, "ping"]) => (200, json!({ "duration_ms": 1 })),
            ("PUT", ["client", "v3", "profile", user, field]) => self.set_profile(state, user, field),
            ("GET", ["client", "v3", "profile", user]) => {
                let (name, avatar) = state.profiles.get(*user).cloned().unwrap_or_default();
                (200, json!({ "displayname": name, "avatar_url": avatar }))
            }
            ("POST", ["client", "v3", "createRoom"]) => self.create_room(state),
            ("GET", ["client", "v3", "directory", "room", alias]) => match state.aliases.get(*alias) {
                Some(room) => (200, json!({ "room_id": room })),
                None => refuse(404, "M_NOT_FOUND"),
            },
            ("POST", ["client", "v3", "join", room]) => {
                let room = state.aliases.get(*room).cloned().unwrap_or_else(|| (*room).to_owned());
                self.join(state, &room)
            }
            ("POST", ["media", "v3", "upload"]) => {
                (200, json!({ "content_uri": state.keep_file(self.mime, self.raw.to_vec()) }))
            }
            (_, ["client", "v3", "rooms", room, rest @ ..]) => {
                if state.rooms.contains_key(*room) {
                    self.in_room(state, room, rest)
                } else {
                    refuse(403, "M_FORBIDDEN")
                }
            }
            _ => refuse(404, "M_UNRECOGNIZED"),
        }
    }

    fn register(&self, state: &mut State) -> (u16, Value) {
        let user = format!("@{}:test", self.body["username"].as_str().unwrap_or_default());
        if !state.services[self.service].registration.covers_user(&user, "test") {
            return refuse(400, "M_EXCLUSIVE");
        }
        if self.body["inhibit_login"] != true {
            return refuse(400, "M_APPSERVICE_LOGIN_UNSUPPORTED");
        }
        match state.registered.insert(user.clone()) {
            true => (200, json!({ "user_id": user })),
            false => refuse(400, "M_USER_IN_USE"),
        }
    }

    fn set_profile(&self, state: &mut State, user: &str, field: &str) -> (u16, Value) {
        let profile = state.profiles.entry(user.to_owned()).or_default();
        let text = |key: &str| self.body[key].as_str().map(str::to_owned);
        match field {
            "displayname" => profile.0 = text("displayname"),
            _ => profile.1 = text("avatar_url"),
        }
        (200, json!({}))
    }

    fn create_room(&self, state: &mut State) -> (u16, Value) {
        let alias = self.body["room_alias_name"].as_str().map(|alias| format!("#{alias}:test"));
        if alias.as_ref().is_some_and(|alias| state.aliases.contains_key(alias)) {
            return refuse(400, "M_ROOM_IN_USE");
        }
        let room = state.make_room(self.user, &self.body);
        if let Some(alias) = alias {
            state.aliases.insert(alias, room.clone());
        }
        (200, json!({ "room_id": room }))
    }

    fn join(&self, state: &mut State, room: &str) -> (u16, Value) {
        match state.rooms.get(room).map(|room| room.membership(self.user).to_owned()).as_deref() {
            Some("join") => {}
            Some("invite") => state.membership(room, self.user, self.user, "join"),
            Some(_) => return refuse(403, "M_FORBIDDEN"),
            None => return refuse(404, "M_NOT_FOUND"),
        }
        (200, json!({ "room_id": room }))
    }

    fn in_room(&self, state: &mut State, room: &str, rest: &[&str]) -> (u16, Value) {
        let Some(there) = state.rooms.get(room) else { return refuse(404, "M_NOT_FOUND") };
        if there.membership(self.user) != "join" {
            return refuse(403, "M_FORBIDDEN");
        }
        let power = there.power(self.user);
        match (self.method, rest) {
            ("PUT", ["send", kind, txn]) => self.once(state, &format!("{room} send {kind} {txn}"), |state| {
                let event = json!({ "room_id": room, "sender": self.user, "type": kind, "content": self.body,
                    "origin_server_ts": self.ts });
                state.append_event(event)
            }),
            ("PUT", ["redact", event, txn]) => {
                self.once(state, &format!("{room} redact {event} {txn}"), |state| state.redact(room, self.user, event))
            }
            ("GET", ["state", kind, key @ ..]) => match there.state(kind, key.first().copied().unwrap_or_default()) {
                Some(event) if self.whole_event => (200, event.clone()),
                Some(event) => (200, event["content"].clone()),
                None => refuse(404, "M_NOT_FOUND"),
            },
            ("PUT", ["state", kind, key]) if *kind == "m.room.member" && *key == self.user => {
                let id = state.append(room, self.user, kind, Some((*key).to_owned()), self.body.clone());
                (200, json!({ "event_id": id }))
            }
            ("PUT", ["state", ..]) if power < 50 => refuse(403, "M_FORBIDDEN"),
            ("PUT", ["state", kind, key @ ..]) => {
                let key = key.first().copied().unwrap_or_default().to_owned();
                let id = state.append(room, self.user, kind, Some(key), self.body.clone());
                (200, json!({ "event_id": id }))
            }
            ("GET", ["joined_members"]) => {
                let joined: serde_json::Map<String, Value> = there
                    .members("join")
                    .into_iter()
                    .map(|user| {
                        let name =
                            there.state("m.room.member", &user).map(|event| event["content"]["displayname"].clone());
                        (user, json!({ "display_name": name }))
                    })
                    .collect();
                (200, json!({ "joined": joined }))
            }
            ("POST", ["invite"]) => {
                state.membership(room, self.user, self.body["user_id"].as_str().unwrap_or_default(), "invite");
                (200, json!({}))
            }
            ("POST", ["kick" | "ban" | "unban"]) if power < 50 => refuse(403, "M_FORBIDDEN"),
            ("POST", [action @ ("kick" | "ban" | "unban")]) => {
                let membership = if *action == "ban" { "ban" } else { "leave" };
                state.membership(room, self.user, self.body["user_id"].as_str().unwrap_or_default(), membership);
                (200, json!({}))
            }
            ("POST", ["leave"]) => {
                state.membership(room, self.user, self.user, "leave");
                (200, json!({}))
            }
            ("POST", ["receipt", "m.read", event]) => {
                state.read.insert((room.to_owned(), self.user.to_owned()), (*event).to_owned());
                (200, json!({}))
            }
            ("PUT", ["typing", user]) => {
                let entry = (room.to_owned(), (*user).to_owned());
                match self.body["typing"] == true {
                    true => state.typing.insert(entry),
                    false => state.typing.remove(&entry),
                };
                (200, json!({}))
            }
            _ => refuse(404, "M_UNRECOGNIZED"),
        }
    }

    /// Does something once for a transaction id.
    fn once(&self, state: &mut State, what: &str, make: impl FnOnce(&mut State) -> String) -> (u16, Value) {
        let key = (self.user.to_owned(), what.to_owned());
        let id = match state.transactions.get(&key) {
            Some(id) => id.clone(),
            None => {
                let id = make(state);
                state.transactions.insert(key, id.clone());
                id
            }
        };
        (200, json!({ "event_id": id }))
    }
}
