//! Keys, messages to devices and key backups, over a real socket.

use reqwest::Method;
use ruma::signatures::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::{
    store::{Pos, to_device::ToDeviceRow},
    testing::wire::Wire,
};

async fn person(wire: &Wire, name: &str) -> String {
    let body = json!({
        "username": name, "password": name, "device_id": name.to_uppercase(), "auth": {"type": "m.login.dummy"}
    });
    wire.post("v3/register", "", body).await.ok()["access_token"].as_str().unwrap().to_owned()
}

struct Pair(Ed25519KeyPair, String);

impl Pair {
    fn new() -> Self {
        let pair = Ed25519KeyPair::from_der(&Ed25519KeyPair::generate(), "1".to_owned()).unwrap();
        let public = ruma::serde::Base64::<ruma::serde::base64::Standard, _>::new(pair.public_key().to_vec());
        Self(pair, public.encode())
    }

    /// Signs `object` as `user` with the key called `name`.
    fn sign(&self, mut object: Value, user: &str, name: &str) -> Value {
        let mut bare = object.clone();
        bare.as_object_mut().unwrap().remove("signatures");
        let bare: ruma::CanonicalJsonValue = serde_json::from_value(bare).unwrap();
        object["signatures"][user][format!("ed25519:{name}")] =
            json!(self.0.sign(bare.to_string().as_bytes()).base64());
        object
    }

    fn key(&self, user: &str, usage: &str) -> Value {
        json!({"user_id": user, "usage": [usage], "keys": {format!("ed25519:{}", self.1): self.1}})
    }
}

#[tokio::test]
async fn a_one_time_key_is_handed_out_once_then_the_fallback_key() {
    let wire = Wire::open().await;
    let (alice, bob) = (person(&wire, "alice").await, person(&wire, "bob").await);
    let keys = json!({
        "device_keys": {"user_id": "@alice:test", "device_id": "ALICE", "algorithms": [], "keys": {}, "signatures": {}},
        "one_time_keys": {"signed_curve25519:AAA": {"key": "a", "signatures": {}},
            "signed_curve25519:BBB": {"key": "b", "signatures": {}}},
        "fallback_keys": {"signed_curve25519:FFF": {"key": "f", "fallback": true, "signatures": {}}},
    });
    let counts = json!({"one_time_key_counts": {"signed_curve25519": 2}});
    assert_eq!(wire.post("v3/keys/upload", &alice, keys.clone()).await.ok(), counts);
    assert_eq!(wire.post("v3/keys/upload", &alice, keys.clone()).await.ok(), counts, "the same again");
    let mut other = keys.clone();
    other["one_time_keys"]["signed_curve25519:AAA"]["key"] = json!("x");
    assert_eq!(wire.post("v3/keys/upload", &alice, other).await.code(), (400, "M_INVALID_PARAM"));
    assert_eq!(wire.post("v3/keys/upload", &bob, keys).await.code(), (400, "M_INVALID_PARAM"), "not his");
    let claim = json!({"one_time_keys": {"@alice:test": {"ALICE": "signed_curve25519", "X": "signed_curve25519"}}});
    for expected in ["AAA", "BBB", "FFF", "FFF"] {
        let claimed = wire.post("v3/keys/claim", &bob, claim.clone()).await.ok();
        let of_device = claimed["one_time_keys"]["@alice:test"]["ALICE"].as_object().unwrap();
        assert_eq!(of_device.keys().collect::<Vec<_>>(), [&format!("signed_curve25519:{expected}")]);
    }
    let device = wire.app.store.devices_of_users(&["@alice:test"]).await.unwrap()[0].id;
    assert!(wire.app.store.unused_fallback_types(device).await.unwrap().is_empty());
    let queried = wire.post("v3/keys/query", &bob, json!({"device_keys": {"@alice:test": []}})).await.ok();
    assert_eq!(queried["device_keys"]["@alice:test"]["ALICE"]["user_id"], "@alice:test");
    let away = json!({"device_keys": {"@a:elsewhere": []}});
    let queried = wire.post("v3/keys/query", &bob, away).await.ok();
    assert!(queried["failures"]["elsewhere"].is_object());
}

#[tokio::test]
async fn cross_signing_keys_are_free_at_first_and_proven_later() {
    let wire = Wire::open().await;
    let alice = person(&wire, "alice").await;
    let (user, master, own) = ("@alice:test", Pair::new(), Pair::new());
    let signed = master.sign(own.key(user, "self_signing"), user, &master.1);
    let upload = json!({"master_key": master.key(user, "master"), "self_signing_key": signed});
    let path = "v3/keys/device_signing/upload";
    let unsigned = json!({"master_key": master.key(user, "master"), "self_signing_key": own.key(user, "self_signing")});
    assert_eq!(wire.post(path, &alice, unsigned).await.code(), (400, "M_INVALID_SIGNATURE"));
    wire.post(path, &alice, upload.clone()).await.ok();
    wire.post(path, &alice, upload).await.ok();
    let asked = wire.post(path, &alice, json!({"master_key": Pair::new().key(user, "master")})).await;
    assert_eq!((asked.0, &asked.1["flows"]), (401, &json!([{"stages": ["m.login.password"]}])));
    let proof = json!({"auth": {"type": "m.login.password", "user": "alice", "password": "alice",
        "session": asked.1["session"]}});
    wire.post(path, &alice, proof).await.ok();
}

#[tokio::test]
async fn a_device_is_signed_by_its_user() {
    let wire = Wire::open().await;
    let (alice, bob) = (person(&wire, "alice").await, person(&wire, "bob").await);
    let (user, master, own, device) = ("@alice:test", Pair::new(), Pair::new(), Pair::new());
    let keys = json!({"user_id": user, "device_id": "ALICE", "algorithms": ["m.olm.v1"],
        "keys": {"ed25519:ALICE": device.1}});
    let device_keys = device.sign(keys, user, "ALICE");
    wire.post("v3/keys/upload", &alice, json!({"device_keys": device_keys})).await.ok();
    let signed = master.sign(own.key(user, "self_signing"), user, &master.1);
    let upload = json!({"master_key": master.key(user, "master"), "self_signing_key": signed});
    wire.post("v3/keys/device_signing/upload", &alice, upload).await.ok();
    let cross = own.sign(device_keys.clone(), user, &own.1);
    let body = json!({user: {"ALICE": cross}});
    let path = "v3/keys/signatures/upload";
    assert_eq!(wire.post(path, &alice, body.clone()).await.ok(), json!({"failures": {}}));
    let queried = wire.post("v3/keys/query", &bob, json!({"device_keys": {user: []}})).await.ok();
    let signatures = &queried["device_keys"][user]["ALICE"]["signatures"][user];
    assert_eq!(
        signatures[format!("ed25519:{}", own.1)],
        body[user]["ALICE"]["signatures"][user][format!("ed25519:{}", own.1)]
    );
    assert!(queried["master_keys"][user].is_object());
    let forged = Pair::new().sign(device_keys, user, &own.1);
    let refused = wire.post(path, &alice, json!({user: {"ALICE": forged, "GONE": {}}})).await.ok();
    assert_eq!(refused["failures"][user]["ALICE"]["errcode"], "M_INVALID_SIGNATURE");
    assert_eq!(refused["failures"][user]["GONE"]["errcode"], "M_NOT_FOUND");
}

#[tokio::test]
async fn a_message_to_devices_is_queued_once() {
    let wire = Wire::open().await;
    let (alice, bob) = (person(&wire, "alice").await, person(&wire, "bob").await);
    let login = json!({"type": "m.login.password", "user": "bob", "password": "bob", "device_id": "BOB2"});
    wire.post("v3/login", "", login).await.ok();
    let store = &wire.app.store;
    let devices = store.devices_of_users(&["@bob:test"]).await.unwrap();
    let body = json!({"messages": {"@bob:test": {"*": {"n": 1}}, "@gone:test": {"*": {}}}});
    for _ in 0..2 {
        wire.put("v3/sendToDevice/m.test/t1", &alice, body.clone()).await.ok();
    }
    let only = json!({"messages": {"@bob:test": {"BOB2": {"n": 2}}}});
    wire.put("v3/sendToDevice/m.test/t2", &alice, only).await.ok();
    let now = wire.app.stream.current();
    let queue = async |name: &str| {
        let device = devices.iter().find(|device| device.device_id == name).unwrap().id;
        let rows = store.to_device(device, now, 100).await.unwrap();
        let content = |row: &ToDeviceRow| serde_json::from_str::<Value>(&row.json).unwrap();
        (device, rows.iter().map(content).collect::<Vec<_>>())
    };
    let one = json!({"sender": "@alice:test", "type": "m.test", "content": {"n": 1}});
    assert_eq!(queue("BOB").await.1, [one]);
    assert_eq!(queue("BOB2").await.1.len(), 2);
    store.delete_to_device(queue("BOB").await.0, now).await.unwrap();
    assert_eq!(queue("BOB").await.1, Vec::<Value>::new());
    drop(bob);
}

#[tokio::test]
async fn devices_are_watched_in_encrypted_rooms_only() {
    let wire = Wire::open().await;
    let (alice, bob) = (person(&wire, "alice").await, person(&wire, "bob").await);
    let made = wire.post("v3/createRoom", &alice, json!({"preset": "public_chat"})).await.ok();
    let room = made["room_id"].as_str().unwrap();
    wire.post(&format!("v3/join/{room}"), &bob, json!({})).await.ok();
    let me = wire.app.store.find_atom("@alice:test").await.unwrap().unwrap();
    let here = || wire.app.stream.current();
    let lists = async |since: Pos| wire.app.store.device_lists(me, since, here()).await.unwrap();
    let names = |names: &[std::sync::Arc<str>]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let plain = here();
    let keys = |n: &str| {
        json!({"device_keys": {"user_id": "@bob:test", "device_id": "BOB", "algorithms": [n], "keys": {},
        "signatures": {}}})
    };
    wire.post("v3/keys/upload", &bob, keys("a")).await.ok();
    assert_eq!(names(&lists(plain).await.changed), Vec::<String>::new());
    let encryption = json!({"algorithm": "m.megolm.v1.aes-sha2"});
    wire.put(&format!("v3/rooms/{room}/state/m.room.encryption/"), &alice, encryption).await.ok();
    assert_eq!(names(&lists(plain).await.changed), ["@alice:test", "@bob:test"]);
    let encrypted = here();
    wire.post("v3/keys/upload", &bob, keys("b")).await.ok();
    assert_eq!(names(&lists(encrypted).await.changed), ["@bob:test"]);
    let path = format!("v3/keys/changes?from=s{}&to=s{}", encrypted.0, here().0);
    assert_eq!(wire.get(&path, &alice).await.ok(), json!({"changed": ["@bob:test"], "left": []}));
    let before = here();
    wire.post(&format!("v3/rooms/{room}/leave"), &bob, json!({})).await.ok();
    let after = lists(before).await;
    assert_eq!((names(&after.changed), names(&after.left)), (vec![], vec!["@bob:test".to_owned()]));
}

#[tokio::test]
async fn a_backup_keeps_the_better_key_in_the_current_version() {
    let wire = Wire::open().await;
    let alice = person(&wire, "alice").await;
    let (version, keys) = ("v3/room_keys/version", "v3/room_keys/keys");
    assert_eq!(wire.get(version, &alice).await.code(), (404, "M_NOT_FOUND"));
    let described = json!({"algorithm": "org.example.plain", "auth_data": {"n": 1}});
    assert_eq!(wire.post(version, &alice, described.clone()).await.ok(), json!({"version": "1"}));
    assert_eq!(wire.post(version, &alice, described).await.ok(), json!({"version": "2"}));
    let key = |verified: bool, index: u32| json!({"first_message_index": index, "forwarded_count": 0, "is_verified": verified, "session_data": {"i": index}});
    let path = |version: u8| format!("{keys}/!r:test/S?version={version}");
    let refused = wire.put(&path(1), &alice, key(true, 1)).await;
    assert_eq!((refused.code(), &refused.1["current_version"]), ((403, "M_WRONG_ROOM_KEYS_VERSION"), &json!("2")));
    assert_eq!(wire.put(&path(2), &alice, key(false, 1)).await.ok(), json!({"etag": "1", "count": 1}));
    assert_eq!(wire.put(&path(2), &alice, key(true, 5)).await.ok(), json!({"etag": "2", "count": 1}));
    assert_eq!(wire.put(&path(2), &alice, key(false, 0)).await.ok(), json!({"etag": "2", "count": 1}));
    assert_eq!(wire.get(&path(2), &alice).await.ok(), key(true, 5));
    let many = json!({"rooms": {"!r:test": {"sessions": {"S": key(false, 0), "T": key(true, 0)}}}});
    assert_eq!(wire.put(&format!("{keys}?version=2"), &alice, many).await.ok(), json!({"etag": "3", "count": 2}));
    let all = wire.get(&format!("{keys}?version=2"), &alice).await.ok();
    assert_eq!(all["rooms"]["!r:test"]["sessions"]["S"], key(true, 5));
    let bad = wire.put(&path(2), &alice, json!({"forwarded_count": 0})).await;
    assert_eq!(bad.code(), (400, "M_MISSING_PARAM"));
    let gone = wire.call(Method::DELETE, &path(2), &alice, Value::Null).await.ok();
    assert_eq!(gone, json!({"etag": "4", "count": 1}));
    assert_eq!(wire.get(&path(2), &alice).await.code(), (404, "M_NOT_FOUND"));
    wire.call(Method::DELETE, &format!("{version}/2"), &alice, Value::Null).await.ok();
    assert_eq!(wire.get(version, &alice).await.ok()["version"], "1");
    let update = json!({"algorithm": "other", "auth_data": {}});
    assert_eq!(wire.put(&format!("{version}/1"), &alice, update).await.code(), (400, "M_INVALID_PARAM"));
}
