//! Devices, passwords, profiles, account data and push rules, over a real socket.

use registrations::{Namespace, Registration, Space};
use reqwest::Method;
use serde_json::{Value, json};

use crate::testing::wire::Wire;

fn proof(name: &str, session: &Value) -> Value {
    let identifier = json!({"type": "m.id.user", "user": name});
    json!({"auth": {"type": "m.login.password", "identifier": identifier, "password": name, "session": session}})
}

async fn login(wire: &Wire, name: &str, device: &str) -> String {
    let body = json!({"type": "m.login.password", "user": name, "password": name, "device_id": device});
    wire.post("v3/login", "", body).await.ok()["access_token"].as_str().unwrap().to_owned()
}

async fn room(wire: &Wire, token: &str, body: Value) -> String {
    wire.post("v3/createRoom", token, body).await.ok()["room_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_device_is_named_and_deleted_with_proof() {
    let wire = Wire::open().await;
    let token = wire.person("alice").await;
    let phone = login(&wire, "alice", "PHONE").await;
    wire.put("v3/devices/PHONE", &token, json!({"display_name": "Pocket"})).await.ok();
    assert_eq!(wire.get("v3/devices/PHONE", &token).await.ok()["display_name"], "Pocket");
    assert_eq!(wire.get("v3/devices", &token).await.ok()["devices"].as_array().unwrap().len(), 2);
    assert_eq!(wire.get("v3/devices/X", &token).await.code(), (404, "M_NOT_FOUND"));
    assert_eq!(wire.put("v3/devices/X", &token, json!({})).await.code(), (404, "M_NOT_FOUND"));
    let asked = wire.call(Method::DELETE, "v3/devices/PHONE", &token, json!({})).await;
    assert_eq!((asked.0, &asked.1["flows"]), (401, &json!([{"stages": ["m.login.password"]}])));
    let mut wrong = proof("alice", &asked.1["session"]);
    wrong["auth"]["password"] = json!("wrong");
    let refused = wire.call(Method::DELETE, "v3/devices/PHONE", &token, wrong).await;
    assert_eq!(refused.code(), (401, "M_FORBIDDEN"));
    assert_eq!(refused.1["session"], asked.1["session"]);
    let right = proof("alice", &asked.1["session"]);
    wire.call(Method::DELETE, "v3/devices/PHONE", &token, right).await.ok();
    assert_eq!(wire.get("v3/account/whoami", &phone).await.code(), (401, "M_UNKNOWN_TOKEN"));
    assert_eq!(wire.get("v3/devices", &token).await.ok()["devices"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn proof_for_one_deletion_is_not_proof_for_another() {
    let wire = Wire::open().await;
    let token = wire.person("alice").await;
    login(&wire, "alice", "A").await;
    let asked = wire.post("v3/delete_devices", &token, json!({"devices": ["B"]})).await;
    let mut other = proof("alice", &asked.1["session"]);
    other["devices"] = json!(["A"]);
    assert_eq!(wire.post("v3/delete_devices", &token, other).await.code(), (403, "M_FORBIDDEN"));
    let same = proof("alice", &asked.1["session"]);
    wire.post("v3/delete_devices", &token, same).await.ok();
    assert_eq!(wire.get("v3/devices/A", &token).await.0, 200);
}

#[tokio::test]
async fn a_new_password_signs_out_the_other_devices() {
    let wire = Wire::open().await;
    let token = wire.person("alice").await;
    let other = login(&wire, "alice", "OTHER").await;
    let asked = wire.post("v3/account/password", &token, json!({"new_password": "new"})).await;
    assert_eq!(asked.0, 401);
    wire.post("v3/account/password", &token, proof("alice", &asked.1["session"])).await.ok();
    assert_eq!(wire.get("v3/account/whoami", &other).await.0, 401);
    assert_eq!(wire.get("v3/account/whoami", &token).await.0, 200);
    let with = |password: &str| json!({"type": "m.login.password", "user": "alice", "password": password});
    assert_eq!(wire.post("v3/login", "", with("alice")).await.code(), (403, "M_FORBIDDEN"));
    wire.post("v3/login", "", with("new")).await.ok();
    assert_eq!(wire.post("v3/account/password", "", json!({})).await.code(), (401, "M_MISSING_TOKEN"));
}

#[tokio::test]
async fn a_closed_account_leaves_its_rooms_and_keeps_its_name() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    wire.post(&format!("v3/join/{id}"), &bob, json!({})).await.ok();
    let asked = wire.post("v3/account/deactivate", &bob, json!({})).await;
    wire.post("v3/account/deactivate", &bob, proof("bob", &asked.1["session"])).await.ok();
    assert_eq!(wire.get("v3/account/whoami", &bob).await.code(), (401, "M_UNKNOWN_TOKEN"));
    let with = json!({"type": "m.login.password", "user": "bob", "password": "bob"});
    assert_eq!(wire.post("v3/login", "", with).await.code(), (403, "M_USER_DEACTIVATED"));
    assert_eq!(wire.get("v3/register/available?username=bob", "").await.code(), (400, "M_USER_IN_USE"));
    let store = &wire.app.store;
    let bob = store.find_atom("@bob:test").await.unwrap().unwrap();
    assert!(store.rooms_of(bob, &[crate::store::Membership::JOIN]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_profile_is_set_field_by_field() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let me = "v3/profile/@alice:test";
    assert_eq!(wire.get(me, "").await.ok(), json!({"displayname": "alice"}));
    wire.put(&format!("{me}/displayname"), &alice, json!({"displayname": "Alice"})).await.ok();
    wire.put(&format!("{me}/avatar_url"), &alice, json!({"avatar_url": "mxc://test/a"})).await.ok();
    wire.put(&format!("{me}/org.example.mood"), &alice, json!({"org.example.mood": {"now": "good"}})).await.ok();
    let whole = json!({"displayname": "Alice", "avatar_url": "mxc://test/a", "org.example.mood": {"now": "good"}});
    assert_eq!(wire.get(me, "").await.ok(), whole);
    assert_eq!(wire.get(&format!("{me}/displayname"), "").await.ok(), json!({"displayname": "Alice"}));
    wire.call(Method::DELETE, &format!("{me}/org.example.mood"), &alice, Value::Null).await.ok();
    assert_eq!(wire.get(&format!("{me}/org.example.mood"), "").await.code(), (404, "M_NOT_FOUND"));
    wire.put(&format!("{me}/avatar_url"), &alice, json!({"avatar_url": ""})).await.ok();
    assert_eq!(wire.get(&format!("{me}/avatar_url"), "").await.ok(), json!({}));
    let put = async |token: &str, body: Value| wire.put(&format!("{me}/displayname"), token, body).await;
    assert_eq!(put(&bob, json!({"displayname": "x"})).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(put(&alice, json!({})).await.code(), (400, "M_MISSING_PARAM"));
    assert_eq!(put(&alice, json!({"displayname": 3})).await.code(), (400, "M_BAD_JSON"));
    let large = json!({"org.example.big": "x".repeat(66_000)});
    let refused = wire.put(&format!("{me}/org.example.big"), &alice, large).await;
    assert_eq!(refused.code(), (400, "M_PROFILE_TOO_LARGE"));
    assert_eq!(wire.get("v3/profile/@nobody:test", "").await.code(), (404, "M_NOT_FOUND"));
}

#[tokio::test]
async fn name_and_picture_set_at_once_both_stay() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let me = "v3/profile/@alice:test";
    let (name, picture) = (format!("{me}/displayname"), format!("{me}/avatar_url"));
    for n in 0..10 {
        let url = format!("mxc://test/{n}");
        let whole = json!({"displayname": format!("A{n}"), "avatar_url": url});
        let (one, other) = tokio::join!(
            wire.put(&name, &alice, json!({"displayname": format!("A{n}")})),
            wire.put(&picture, &alice, json!({"avatar_url": url})),
        );
        one.ok();
        other.ok();
        assert_eq!(wire.get(me, "").await.ok(), whole);
        let room_id = ruma::RoomId::parse(&id).unwrap();
        let room = wire.app.rooms.by_id(&wire.app.store, &room_id).await.unwrap().unwrap();
        let member = room.state(&wire.app.store, "m.room.member", "@alice:test").await.unwrap().unwrap();
        let content: Value = member.content().unwrap();
        assert_eq!((&content["displayname"], &content["avatar_url"]), (&whole["displayname"], &whole["avatar_url"]));
    }
}

#[tokio::test]
async fn account_data_filters_and_tags_come_back_as_they_were_set() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let mine = "v3/user/@alice:test";
    let direct = json!({"@bob:test": ["!a"]});
    let path = format!("{mine}/account_data/m.direct");
    assert_eq!(wire.get(&path, &alice).await.code(), (404, "M_NOT_FOUND"));
    wire.put(&path, &alice, direct.clone()).await.ok();
    assert_eq!(wire.get(&path, &alice).await.ok(), direct);
    assert_eq!(wire.get(&path, &bob).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.put(&path, &alice, json!([1])).await.code(), (400, "M_BAD_JSON"));
    for kind in ["m.push_rules", "m.fully_read"] {
        let path = format!("{mine}/account_data/{kind}");
        assert_eq!(wire.put(&path, &alice, json!({})).await.code(), (405, "M_BAD_JSON"));
    }
    let rules = wire.get(&format!("{mine}/account_data/m.push_rules"), &alice).await.ok();
    assert!(rules["global"]["override"].is_array());
    let filter = json!({"room": {"timeline": {"limit": 3}}});
    let id = wire.post(&format!("{mine}/filter"), &alice, filter.clone()).await.ok();
    let again = wire.post(&format!("{mine}/filter"), &alice, filter.clone()).await.ok();
    assert_eq!(id, again);
    let path = format!("{mine}/filter/{}", id["filter_id"].as_str().unwrap());
    assert_eq!(wire.get(&path, &alice).await.ok(), filter);
    assert_eq!(wire.get(&format!("{mine}/filter/x"), &alice).await.code(), (404, "M_NOT_FOUND"));
    let bad = wire.post(&format!("{mine}/filter"), &alice, json!({"room": 3})).await;
    assert_eq!(bad.code(), (400, "M_BAD_JSON"));
    let id = room(&wire, &alice, json!({})).await;
    let tags = format!("{mine}/rooms/{id}/tags");
    wire.put(&format!("{tags}/m.favourite"), &alice, json!({"order": 0.5})).await.ok();
    wire.put(&format!("{tags}/u.work"), &alice, json!({})).await.ok();
    wire.call(Method::DELETE, &format!("{tags}/u.work"), &alice, Value::Null).await.ok();
    assert_eq!(wire.get(&tags, &alice).await.ok(), json!({"tags": {"m.favourite": {"order": 0.5}}}));
    let data = wire.get(&format!("{mine}/rooms/{id}/account_data/m.tag"), &alice).await.ok();
    assert_eq!(data, json!({"tags": {"m.favourite": {"order": 0.5}}}));
}

#[tokio::test]
async fn push_rules_start_as_specified_and_are_changed() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let all = wire.get("v3/pushrules/", &alice).await.ok();
    assert_eq!(all["global"]["override"][0]["rule_id"], ".m.rule.master");
    let rule = "v3/pushrules/global/content/cake";
    assert_eq!(wire.get(rule, &alice).await.code(), (404, "M_NOT_FOUND"));
    wire.put(rule, &alice, json!({"actions": ["notify"], "pattern": "cake"})).await.ok();
    assert_eq!(wire.get(rule, &alice).await.ok()["pattern"], "cake");
    assert_eq!(wire.get(&format!("{rule}/enabled"), &alice).await.ok(), json!({"enabled": true}));
    wire.put(&format!("{rule}/enabled"), &alice, json!({"enabled": false})).await.ok();
    assert_eq!(wire.get(&format!("{rule}/enabled"), &alice).await.ok(), json!({"enabled": false}));
    wire.put(&format!("{rule}/actions"), &alice, json!({"actions": []})).await.ok();
    assert_eq!(wire.get(&format!("{rule}/actions"), &alice).await.ok(), json!({"actions": []}));
    wire.call(Method::DELETE, rule, &alice, Value::Null).await.ok();
    assert_eq!(wire.get(rule, &alice).await.code(), (404, "M_NOT_FOUND"));
    let master = "v3/pushrules/global/override/.m.rule.master";
    wire.put(&format!("{master}/enabled"), &alice, json!({"enabled": true})).await.ok();
    assert_eq!(wire.get(master, &alice).await.ok()["enabled"], true);
    let refused = wire.call(Method::DELETE, master, &alice, Value::Null).await;
    assert_eq!(refused.code(), (400, "M_INVALID_PARAM"));
}

#[tokio::test]
async fn pushers_are_kept_and_removed() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let mut pusher = json!({
        "pushkey": "k", "kind": "http", "app_id": "a", "app_display_name": "A", "device_display_name": "D",
        "lang": "en", "data": {"url": "https://push.example.org/_matrix/push/v1/notify"}
    });
    wire.post("v3/pushers/set", &alice, pusher.clone()).await.ok();
    assert_eq!(wire.get("v3/pushers", &alice).await.ok(), json!({"pushers": [pusher]}));
    pusher["kind"] = Value::Null;
    wire.post("v3/pushers/set", &alice, pusher).await.ok();
    assert_eq!(wire.get("v3/pushers", &alice).await.ok(), json!({"pushers": []}));
}

#[tokio::test]
async fn people_are_found_and_ghosts_only_by_those_who_share_a_room() {
    let mut bridge = Registration::generate("irc", "ircbot");
    bridge.namespaces.users = Space(vec![Namespace::new("@irc_.*", true).unwrap()]);
    let open = |config: &mut crate::config::Config| config.registration.mode = crate::config::Mode::Open;
    let wire = Wire::start(open, std::slice::from_ref(&bridge)).await;
    let (alice, bob, carol) = (wire.person("alice").await, wire.person("bob").await, wire.person("carol").await);
    let token = bridge.as_token.reveal();
    let ghost = json!({"type": "m.login.application_service", "username": "irc_bobby", "inhibit_login": true});
    wire.post("v3/register", token, ghost).await.ok();
    let id = room(&wire, &alice, json!({"preset": "public_chat", "visibility": "public"})).await;
    wire.post(&format!("v3/join/{id}"), &bob, json!({})).await.ok();
    wire.post(&format!("v3/join/{id}?user_id=@irc_bobby:test"), token, json!({})).await.ok();
    let found = async |token: &str, term: &str| {
        let found = wire.post("v3/user_directory/search", token, json!({"search_term": term})).await.ok();
        let results = found["results"].as_array().unwrap().clone();
        results.iter().map(|user| user["user_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&alice, "BOB").await, ["@bob:test", "@irc_bobby:test"]);
    assert_eq!(found(&carol, "bob").await, ["@bob:test"]);
    assert_eq!(found(&alice, "carol").await, Vec::<String>::new());
    assert_eq!(found(&alice, "%").await, Vec::<String>::new());
}

#[tokio::test]
async fn small_endpoints_answer_as_specified() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    assert_eq!(wire.get("v3/voip/turnServer", &alice).await.ok(), json!({}));
    assert_eq!(wire.get("v3/thirdparty/protocols", &alice).await.ok(), json!({}));
    assert_eq!(wire.get("v3/account/3pid", &alice).await.ok(), json!({"threepids": []}));
    let capabilities = wire.get("v3/capabilities", &alice).await.ok();
    assert_eq!(capabilities["capabilities"]["m.room_versions"]["default"], "12");
    let openid = wire.post("v3/user/@alice:test/openid/request_token", &alice, json!({})).await.ok();
    let token = openid["access_token"].as_str().unwrap();
    let path = format!("/_matrix/federation/v1/openid/userinfo?access_token={token}");
    assert_eq!(wire.get(&path, "").await.ok(), json!({"sub": "@alice:test"}));
    let wrong = wire.get("/_matrix/federation/v1/openid/userinfo?access_token=x", "").await;
    assert_eq!(wrong.code(), (401, "M_UNKNOWN_TOKEN"));
}

#[tokio::test]
async fn a_service_makes_and_deletes_devices_without_signing_in() {
    let bridge = Registration::generate("irc", "ircbot");
    let wire = Wire::start(|_| {}, std::slice::from_ref(&bridge)).await;
    let token = bridge.as_token.reveal();
    assert_eq!(wire.put("v3/devices/BRIDGE", token, json!({"display_name": "B"})).await.0, 201);
    assert_eq!(wire.put("v3/devices/BRIDGE", token, json!({"display_name": "C"})).await.0, 200);
    let me = wire.get("v3/account/whoami?device_id=BRIDGE", token).await.ok();
    assert_eq!(me["device_id"], "BRIDGE");
    wire.call(Method::DELETE, "v3/devices/BRIDGE", token, json!({})).await.ok();
    let gone = wire.get("v3/account/whoami?device_id=BRIDGE", token).await;
    assert_eq!(gone.code(), (400, "M_UNKNOWN_DEVICE"));
}
