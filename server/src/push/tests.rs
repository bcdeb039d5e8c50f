//! Push to a gateway that answers as told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    config::Mode,
    delivery::fake::{Act, Fake, Got},
    testing::wire::Wire,
};

async fn house() -> Wire {
    let tune = |config: &mut crate::config::Config| {
        config.registration.mode = Mode::Open;
        config.network.allow_private = true;
    };
    Wire::start(tune, &[]).await
}

fn enc(text: &str) -> String {
    crate::delivery::call::segment(text)
}

async fn set(wire: &Wire, token: &str, gateway: &Fake, key: &str, format: Option<&str>) {
    let url = format!("{}/_matrix/push/v1/notify", gateway.registration.url.as_deref().unwrap());
    let mut data = json!({"url": url, "brand": "x"});
    if let Some(format) = format {
        data["format"] = json!(format);
    }
    let pusher = json!({
        "kind": "http", "app_id": "app", "pushkey": key, "app_display_name": "App", "device_display_name": "Phone",
        "lang": "en", "data": data,
    });
    wire.post("v3/pushers/set", token, pusher).await.ok();
}

/// A room with Alice and Bob, called «Yard»; Alice's and Bob's tokens.
async fn yard(wire: &Wire) -> (String, String, String) {
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let ask = json!({"preset": "public_chat", "name": "Yard"});
    let id = wire.post("v3/createRoom", &alice, ask).await.ok()["room_id"].as_str().unwrap().to_owned();
    wire.post(&format!("v3/join/{}", enc(&id)), &bob, json!({})).await.ok();
    (id, alice, bob)
}

async fn say(wire: &Wire, room: &str, token: &str, body: &str) {
    let path = format!("v3/rooms/{}/send/m.room.message/{}", enc(room), enc(body));
    let mentions = if body.contains("bob") { json!({"user_ids": ["@bob:test"]}) } else { json!({}) };
    wire.put(&path, token, json!({"msgtype": "m.text", "body": body, "m.mentions": mentions})).await.ok();
}

fn told(got: &Got) -> Value {
    got.json()["notification"].clone()
}

#[tokio::test]
async fn what_rings_is_told_once_and_in_order() {
    let (gateway, wire) = (Fake::start("push").await, house().await);
    let (room, alice, bob) = yard(&wire).await;
    say(&wire, &room, &alice, "before").await;
    set(&wire, &bob, &gateway, "key", None).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    gateway.script([Act::Answer(500, "{}")]);
    say(&wire, &room, &alice, "hello bob").await;
    say(&wire, &room, &bob, "own words do not ring").await;
    say(&wire, &room, &alice, "again").await;
    let got = gateway.after(3).await;
    let (first, last) = (told(&got[1]), told(&got[2]));
    assert_eq!(told(&got[0])["event_id"], first["event_id"], "tried again");
    assert_eq!(got[0].path, "/_matrix/push/v1/notify");
    assert_eq!(first["content"]["body"], "hello bob");
    assert_eq!(last["content"]["body"], "again");
    assert_eq!((&first["room_name"], &first["sender_display_name"]), (&json!("Yard"), &json!("alice")));
    assert_eq!((&first["type"], &first["prio"]), (&json!("m.room.message"), &json!("high")));
    let device = &first["devices"][0];
    assert_eq!((&device["pushkey"], &device["data"]), (&json!("key"), &json!({"brand": "x"})));
    assert_eq!(device["tweaks"]["highlight"], true, "{first}");
    assert!(last["counts"]["unread"].as_u64().unwrap() >= 2, "{last}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(gateway.got().len(), 3);
}

#[tokio::test]
async fn an_app_that_wants_ids_is_told_ids() {
    let (gateway, wire) = (Fake::start("push").await, house().await);
    let (room, alice, bob) = yard(&wire).await;
    set(&wire, &bob, &gateway, "key", Some("event_id_only")).await;
    say(&wire, &room, &alice, "secret").await;
    let told = told(&gateway.after(1).await[0]);
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["counts", "devices", "event_id", "room_id"]);
    assert!(!told.to_string().contains("secret"));
}

#[tokio::test]
async fn a_rejected_key_is_forgotten() {
    let (gateway, wire) = (Fake::start("push").await, house().await);
    let (room, alice, bob) = yard(&wire).await;
    set(&wire, &bob, &gateway, "old", None).await;
    gateway.script([Act::Answer(200, r#"{"rejected": ["old"]}"#)]);
    say(&wire, &room, &alice, "one").await;
    gateway.after(1).await;
    for _ in 0..200 {
        if wire.get("v3/pushers", &bob).await.ok() == json!({"pushers": []}) {
            say(&wire, &room, &alice, "two").await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(gateway.got().len(), 1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the pusher is still there");
}

#[tokio::test]
async fn an_invitation_rings() {
    let (gateway, wire) = (Fake::start("push").await, house().await);
    let (room, alice, _) = yard(&wire).await;
    let carol = wire.person("carol").await;
    set(&wire, &carol, &gateway, "key", None).await;
    say(&wire, &room, &alice, "not for carol").await;
    let invite = format!("v3/rooms/{}/invite", enc(&room));
    wire.post(&invite, &alice, json!({"user_id": "@carol:test"})).await.ok();
    let got = gateway.after(1).await;
    let told = told(&got[0]);
    assert_eq!((&told["type"], &told["user_is_target"]), (&json!("m.room.member"), &json!(true)));
}

#[tokio::test]
async fn a_gateway_in_a_private_network_is_out_of_reach() {
    let gateway = Fake::start("push").await;
    let wire = Wire::open().await;
    let (room, alice, bob) = yard(&wire).await;
    set(&wire, &bob, &gateway, "key", None).await;
    say(&wire, &room, &alice, "hello").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(gateway.got().len(), 0);
    assert_eq!(wire.app.store.ringing().await.unwrap(), []);
}

#[tokio::test]
async fn a_priority_decides_how_it_rings_and_what_counts_as_unread() {
    let (gateway, wire) = (Fake::start("push").await, house().await);
    let (room, alice, bob) = yard(&wire).await;
    set(&wire, &bob, &gateway, "key", None).await;
    for (level, kind) in [(1, "m.notice"), (1, "m.image"), (2, "m.text"), (4, "m.text"), (5, "m.text")] {
        let path = format!("v3/rooms/{}/send/m.room.message/{level}{kind}", enc(&room));
        let mentions = if level > 3 { json!({"user_ids": ["@bob:test"]}) } else { json!({}) };
        let content = json!({
            "msgtype": kind, "body": format!("level {level}"), "url": "mxc://test/x", "m.mentions": mentions,
            "org.causeway.priority": level,
        });
        wire.put(&path, &alice, content).await.ok();
    }
    let got: Vec<Value> = gateway.after(3).await.iter().map(told).collect();
    let rang = |told: &Value| (told["content"]["body"].clone(), told["devices"][0]["tweaks"].clone());
    let loud = json!({"highlight": true, "sound": "default"});
    let rang: Vec<(Value, Value)> = got.iter().map(rang).collect();
    assert_eq!(rang[0], (json!("level 2"), json!({})));
    assert_eq!(rang[1], (json!("level 4"), loud.clone()));
    assert_eq!(rang[2], (json!("level 5"), loud));
    let sync = wire.get("v3/sync", &bob).await.ok();
    let counts = &sync["rooms"]["join"][room.as_str()]["unread_notifications"];
    assert_eq!((&counts["notification_count"], &counts["highlight_count"]), (&json!(3), &json!(2)));
    assert_eq!(gateway.got().len(), 3, "silent messages ring nobody");
}
