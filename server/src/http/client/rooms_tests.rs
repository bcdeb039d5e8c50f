//! Rooms over a real socket: making them, coming and going, speaking, addresses, the directory.

use serde_json::{Value, json};

use crate::testing::wire::Wire;

fn enc(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn room(wire: &Wire, token: &str, ask: Value) -> String {
    let made = wire.post("v3/createRoom", token, ask).await.ok();
    made["room_id"].as_str().unwrap().to_owned()
}

fn hello() -> Value {
    json!({"msgtype": "m.text", "body": "hello"})
}

#[tokio::test]
async fn rooms_of_every_version_are_made_and_spoken_in() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    for version in ["6", "7", "8", "9", "10", "11", "12"] {
        let id = room(&wire, &alice, json!({"room_version": version, "preset": "public_chat", "name": "n"})).await;
        assert_eq!(id.contains(':'), version != "12", "{id}");
        let path = format!("v3/rooms/{}/send/m.room.message/1", enc(&id));
        let first = wire.put(&path, &alice, hello()).await.ok();
        assert_eq!(first, wire.put(&path, &alice, hello()).await.ok(), "a repeated transaction");
        let event = first["event_id"].as_str().unwrap();
        wire.put(&format!("v3/rooms/{}/redact/{}/2", enc(&id), enc(event)), &alice, json!({})).await.ok();
        assert_eq!(wire.app.store.event(event).await.unwrap().unwrap().content.get(), "{}");
    }
    for version in ["1", "5", "99"] {
        let refused = wire.post("v3/createRoom", &alice, json!({"room_version": version})).await;
        assert_eq!(refused.code(), (400, "M_UNSUPPORTED_ROOM_VERSION"), "{version}");
    }
}

#[tokio::test]
async fn people_come_and_go_by_the_rules() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "private_chat"})).await;
    let at = |what: &str| format!("v3/rooms/{}/{what}", enc(&id));
    let bob_is = json!({"user_id": "@bob:test", "reason": "why"});
    assert_eq!(wire.post(&at("join"), &bob, json!({})).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.put(&at("send/m.room.message/1"), &bob, hello()).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.post(&at("invite"), &bob, bob_is.clone()).await.code(), (403, "M_FORBIDDEN"));
    wire.post(&at("invite"), &alice, bob_is.clone()).await.ok();
    wire.post(&at("join"), &bob, json!({})).await.ok();
    wire.post(&at("join"), &bob, json!({})).await.ok();
    assert_eq!(wire.post(&at("invite"), &alice, bob_is.clone()).await.code(), (403, "M_FORBIDDEN"));
    wire.put(&at("send/m.room.message/1"), &bob, hello()).await.ok();
    assert_eq!(wire.get("v3/joined_rooms", &bob).await.ok(), json!({"joined_rooms": [id]}));
    assert_eq!(wire.post(&at("forget"), &bob, json!({})).await.code(), (400, "M_UNKNOWN"));
    assert_eq!(wire.post(&at("kick"), &bob, json!({"user_id": "@alice:test"})).await.code(), (403, "M_FORBIDDEN"));
    wire.post(&at("kick"), &alice, bob_is.clone()).await.ok();
    assert_eq!(wire.post(&at("kick"), &alice, bob_is.clone()).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.post(&at("unban"), &alice, bob_is.clone()).await.code(), (403, "M_BAD_STATE"));
    wire.post(&at("ban"), &alice, bob_is.clone()).await.ok();
    assert_eq!(wire.post(&at("invite"), &alice, bob_is.clone()).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.post(&at("kick"), &alice, bob_is.clone()).await.code(), (403, "M_FORBIDDEN"));
    wire.post(&at("unban"), &alice, bob_is.clone()).await.ok();
    wire.post(&at("forget"), &bob, json!({})).await.ok();
    assert_eq!(wire.get("v3/joined_rooms", &bob).await.ok(), json!({"joined_rooms": []}));
    assert_eq!(wire.post("v3/join/%21nowhere:test", &bob, json!({})).await.code(), (404, "M_NOT_FOUND"));
}

#[tokio::test]
async fn the_members_of_one_room_may_join_another_that_lets_them() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let club = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    let rules = json!({"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": club}]});
    let rules = json!([{"type": "m.room.join_rules", "state_key": "", "content": rules}]);
    let inner = room(&wire, &alice, json!({"preset": "private_chat", "initial_state": rules})).await;
    let join = |id: &str| format!("v3/join/{}", enc(id));
    assert_eq!(wire.post(&join(&inner), &bob, json!({})).await.code(), (403, "M_FORBIDDEN"));
    wire.post(&join(&club), &bob, json!({})).await.ok();
    wire.post(&join(&inner), &bob, json!({})).await.ok();
}

#[tokio::test]
async fn an_address_leads_to_one_room_and_the_directory_shows_what_is_listed() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let ask = json!({"preset": "public_chat", "visibility": "public", "room_alias_name": "club", "name": "Club", "topic": "t"});
    let id = room(&wire, &alice, ask.clone()).await;
    assert_eq!(wire.post("v3/createRoom", &bob, ask).await.code(), (400, "M_ROOM_IN_USE"));
    let found = wire.get("v3/directory/room/%23club:test", "").await.ok();
    assert_eq!(found, json!({"room_id": id, "servers": ["test"]}));
    wire.post("v3/join/%23club:test", &bob, json!({})).await.ok();
    let listed = wire.get("v3/publicRooms", "").await.ok();
    assert_eq!(listed["chunk"][0]["name"], "Club");
    assert_eq!(listed["chunk"][0]["num_joined_members"], 2);
    assert_eq!(listed["chunk"][0]["canonical_alias"], "#club:test");
    let search = json!({"filter": {"generic_search_term": "nothing"}});
    assert_eq!(wire.post("v3/publicRooms", &bob, search).await.ok()["chunk"], json!([]));
    wire.put("v3/directory/room/%23second:test", &bob, json!({"room_id": id})).await.ok();
    assert_eq!(wire.put("v3/directory/room/%23second:test", &bob, json!({"room_id": id})).await.0, 409);
    let main = format!("v3/rooms/{}/state/m.room.canonical_alias", enc(&id));
    let bad = json!({"alias": "#club:test", "alt_aliases": ["#absent:test"]});
    assert_eq!(wire.put(&main, &alice, bad).await.code(), (400, "M_BAD_ALIAS"));
    wire.put(&main, &alice, json!({"alias": "#club:test", "alt_aliases": ["#second:test"]})).await.ok();
    let delete = |name: &str| format!("v3/directory/room/%23{name}:test");
    let refused = wire.call(reqwest::Method::DELETE, &delete("club"), &bob, Value::Null).await;
    assert_eq!(refused.code(), (403, "M_FORBIDDEN"));
    wire.call(reqwest::Method::DELETE, &delete("second"), &bob, Value::Null).await.ok();
    wire.put(&format!("v3/directory/list/room/{}", enc(&id)), &alice, json!({"visibility": "private"})).await.ok();
    assert_eq!(wire.get("v3/publicRooms", "").await.ok()["chunk"], json!([]));
}

#[tokio::test]
async fn bad_events_are_refused_with_the_code_for_how_they_are_bad() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let at = |what: &str| format!("v3/rooms/{}/{what}", enc(&id));
    let huge = "x".repeat(66_000);
    for (path, body, expected) in [
        ("send/m.room.message/1", json!({"body": huge}), (413, "M_TOO_LARGE")),
        ("send/m.room.message/2", json!({"body": 1.5}), (400, "M_BAD_JSON")),
        ("send/m.room.message/3", json!([1]), (400, "M_BAD_JSON")),
        ("state/m.room.power_levels", json!({"users": {"@alice:test": "100"}}), (403, "M_FORBIDDEN")),
        ("state/m.room.create", json!({}), (403, "M_FORBIDDEN")),
        ("state/m.room.member/@alice:test", json!({"membership": "king"}), (400, "M_BAD_JSON")),
        ("state/x/@bob:test", json!({}), (403, "M_FORBIDDEN")),
    ] {
        assert_eq!(wire.put(&at(path), &alice, body).await.code(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_file_goes_in_and_comes_out_as_it_was() {
    let wire = Wire::start(
        |config| {
            config.registration.mode = crate::config::Mode::Open;
            config.media.max_upload.0 = 1000;
        },
        &[],
    )
    .await;
    let alice = wire.person("alice").await;
    let put = wire.bytes("/_matrix/media/v3/upload?filename=a.txt", &alice, "text/plain", vec![b'x'; 1000]).await.ok();
    let uri = put["content_uri"].as_str().unwrap().strip_prefix("mxc://").unwrap().to_owned();
    let got = wire.fetch(&format!("/_matrix/client/v1/media/download/{uri}"), &alice).await;
    assert_eq!((got.0, got.2.len()), (200, 1000));
    assert_eq!(got.1["content-type"], "text/plain");
    assert_eq!(got.1["content-disposition"], "inline; filename=\"a.txt\"");
    assert!(got.1["content-security-policy"].to_str().unwrap().starts_with("sandbox"));
    assert_eq!(wire.fetch(&format!("/_matrix/client/v1/media/download/{uri}"), "").await.0, 401);
    assert_eq!(wire.fetch(&format!("/_matrix/media/v3/download/{uri}"), "").await.0, 404);
    let large = wire.bytes("/_matrix/media/v3/upload", &alice, "text/plain", vec![b'x'; 1001]).await;
    assert_eq!(large.code(), (413, "M_TOO_LARGE"));
    let promised = wire.post("/_matrix/media/v1/create", &alice, Value::Null).await.ok();
    let promised = promised["content_uri"].as_str().unwrap().strip_prefix("mxc://").unwrap().to_owned();
    let early = wire.get(&format!("/_matrix/client/v1/media/download/{promised}?timeout_ms=0"), &alice).await;
    assert_eq!(early.code(), (504, "M_NOT_YET_UPLOADED"));
    let path = format!("/_matrix/media/v3/upload/{promised}");
    assert_eq!(wire.put(&path, &alice, json!({})).await.0, 200);
    assert_eq!(wire.put(&path, &alice, json!({})).await.code(), (409, "M_CANNOT_OVERWRITE_MEDIA"));
}

#[tokio::test]
async fn a_space_shows_its_rooms_in_order_to_those_who_may_know_them() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let space = json!({"preset": "public_chat", "creation_content": {"type": "m.space"}, "name": "Space"});
    let space = room(&wire, &alice, space).await;
    let open = room(&wire, &alice, json!({"preset": "public_chat", "name": "Open"})).await;
    let closed = room(&wire, &alice, json!({"preset": "private_chat", "name": "Closed"})).await;
    for (child, order) in [(&open, "b"), (&closed, "a")] {
        let path = format!("v3/rooms/{}/state/m.space.child/{}", enc(&space), enc(child));
        wire.put(&path, &alice, json!({"via": ["test"], "order": order})).await.ok();
    }
    let names = |answer: Value| -> Vec<String> {
        let rooms = answer["rooms"].as_array().unwrap().clone();
        rooms.iter().map(|room| room["name"].as_str().unwrap().to_owned()).collect()
    };
    let path = format!("v1/rooms/{}/hierarchy", enc(&space));
    assert_eq!(names(wire.get(&path, &alice).await.ok()), ["Space", "Closed", "Open"]);
    assert_eq!(names(wire.get(&path, &bob).await.ok()), ["Space", "Open"]);
    let first = wire.get(&format!("{path}?limit=2"), &alice).await.ok();
    let token = first["next_batch"].as_str().unwrap();
    let second = wire.get(&format!("{path}?limit=2&from={token}"), &alice).await.ok();
    assert_eq!(names(second.clone()), ["Open"]);
    assert_eq!(second.get("next_batch"), None);
    let hidden = format!("v1/rooms/{}/hierarchy", enc(&closed));
    assert_eq!(wire.get(&hidden, &bob).await.code(), (403, "M_FORBIDDEN"));
}

#[tokio::test]
async fn a_room_is_replaced_by_one_of_a_newer_version() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let ask = json!({"preset": "public_chat", "room_version": "10", "name": "Old", "room_alias_name": "here"});
    let old = room(&wire, &alice, ask).await;
    wire.post("v3/join/%23here:test", &bob, json!({})).await.ok();
    let path = format!("v3/rooms/{}/upgrade", enc(&old));
    assert_eq!(wire.post(&path, &bob, json!({"new_version": "12"})).await.code(), (403, "M_FORBIDDEN"));
    let new = wire.post(&path, &alice, json!({"new_version": "12"})).await.ok();
    let found = wire.get("v3/directory/room/%23here:test", "").await.ok();
    assert_eq!(found["room_id"], new["replacement_room"]);
    let said = wire.put(&format!("v3/rooms/{}/send/m.room.message/1", enc(&old)), &bob, hello()).await;
    assert_eq!(said.code(), (403, "M_FORBIDDEN"), "the old room is closed");
    wire.post("v3/join/%23here:test", &bob, json!({})).await.ok();
}
