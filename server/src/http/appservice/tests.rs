//! Application services over a real socket, against a service that answers as told.

use std::time::Duration;

use registrations::{Namespace, Registration, Space};
use serde_json::{Value, json};

use crate::{
    config::Mode,
    delivery::fake::{Act, Fake, Got},
    testing::wire::Wire,
};

async fn house(services: &[&Fake]) -> Wire {
    let services: Vec<Registration> = services.iter().map(|fake| fake.registration.clone()).collect();
    Wire::start(|config| config.registration.mode = Mode::Open, &services).await
}

fn enc(text: &str) -> String {
    crate::delivery::call::segment(text)
}

fn token(fake: &Fake) -> &str {
    fake.registration.as_token.reveal()
}

async fn ghost(wire: &Wire, fake: &Fake, name: &str) {
    let body = json!({"type": "m.login.application_service", "username": name, "inhibit_login": true});
    wire.post("v3/register", token(fake), body).await.ok();
}

async fn room(wire: &Wire, token: &str, ask: Value) -> String {
    wire.post("v3/createRoom", token, ask).await.ok()["room_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_ping_tells_how_the_service_is_reached() {
    let fake = Fake::start("irc").await;
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    let path = "v1/appservice/irc/ping";
    let answer = wire.post(path, token(&fake), json!({"transaction_id": "meow"})).await.ok();
    assert!(answer["duration_ms"].is_u64(), "{answer}");
    let got = fake.got();
    assert_eq!((got[0].method.as_str(), got[0].path.as_str()), ("POST", "/_matrix/app/v1/ping"));
    assert_eq!(got[0].json(), json!({"transaction_id": "meow"}));
    assert_eq!(got[0].secret, format!("Bearer {}", fake.registration.hs_token.reveal()));
    wire.post(path, token(&fake), json!({})).await.ok();
    assert_eq!(fake.got()[1].json(), json!({}));

    fake.script([Act::Answer(403, r#"{"errcode": "M_FORBIDDEN"}"#)]);
    let refused = wire.post(path, token(&fake), json!({})).await;
    assert_eq!(refused.code(), (502, "M_BAD_STATUS"));
    assert_eq!((&refused.1["status"], &refused.1["body"]), (&json!(403), &json!(r#"{"errcode": "M_FORBIDDEN"}"#)));
    fake.script([Act::Cut]);
    assert_eq!(wire.post(path, token(&fake), json!({})).await.code(), (502, "M_CONNECTION_FAILED"));
    assert_eq!(wire.post("v1/appservice/other/ping", token(&fake), json!({})).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.post(path, &alice, json!({})).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.post(path, "nobody's", json!({})).await.code(), (401, "M_UNKNOWN_TOKEN"));
}

#[tokio::test]
async fn a_service_without_an_address_is_told_so() {
    let mut fake = Fake::start("irc").await;
    fake.registration.url = None;
    let wire = house(&[&fake]).await;
    let refused = wire.post("v1/appservice/irc/ping", token(&fake), json!({})).await;
    assert_eq!(refused.code(), (400, "M_URL_NOT_SET"));
}

#[tokio::test]
async fn joining_an_alias_asks_the_service_that_owns_it() {
    let fake = Fake::start("irc").await;
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    let path = format!("v3/join/{}", enc("#irc_rust:test"));
    fake.at("/_matrix/app/v1/rooms/", Act::Slow(Duration::from_millis(300)));
    let make = async {
        let got = fake.after(1).await;
        assert_eq!((got[0].method.as_str(), got[0].path.as_str()), ("GET", "/_matrix/app/v1/rooms/%23irc_rust%3Atest"));
        room(&wire, token(&fake), json!({"preset": "public_chat", "room_alias_name": "irc_rust"})).await
    };
    let (joined, made) = tokio::join!(wire.post(&path, &alice, json!({})), make);
    assert_eq!(joined.ok()["room_id"], made);
    fake.until(|got| got.iter().any(|got| got.path.contains("transactions") && got.body.contains("@alice:test"))).await;

    let lookup = |name: &str| format!("v3/directory/room/{}", enc(&format!("#{name}:test")));
    let asked = fake.got().len();
    assert_eq!(wire.get(&lookup("elsewhere"), &alice).await.code(), (404, "M_NOT_FOUND"));
    assert_eq!(
        wire.get(&lookup("irc_c"), token(&fake)).await.code(),
        (404, "M_NOT_FOUND"),
        "it is not asked by itself"
    );
    assert!(!fake.got()[asked..].iter().any(|got| got.path.contains("/rooms/")));
}

#[tokio::test]
async fn an_alias_nobody_answers_for_times_out() {
    let fake = Fake::start("irc").await;
    fake.at("/_matrix/app/v1/rooms/", Act::Answer(500, "{}"));
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    let refused = wire.post(&format!("v3/join/{}", enc("#irc_rust:test")), &alice, json!({})).await;
    assert_eq!(refused.code().0, 408);
    assert_eq!(fake.got().len(), 3, "asked several times");
}

#[tokio::test]
async fn inviting_an_unknown_ghost_asks_for_it_and_tells_its_service() {
    let fake = Fake::start("irc").await;
    fake.at("/_matrix/app/v1/users/", Act::Slow(Duration::from_millis(300)));
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let invite = format!("v3/rooms/{}/invite", enc(&id));
    let make = async {
        let got = fake.after(1).await;
        assert_eq!(got[0].path, "/_matrix/app/v1/users/%40irc_bob%3Atest");
        ghost(&wire, &fake, "irc_bob").await;
    };
    let (invited, ()) = tokio::join!(wire.post(&invite, &alice, json!({"user_id": "@irc_bob:test"})), make);
    invited.ok();
    let got = fake.until(|got| got.iter().any(|got| got.body.contains(r#""invite""#))).await;
    let event = got.last().unwrap().json()["events"][0].clone();
    assert_eq!((&event["state_key"], &event["room_id"]), (&json!("@irc_bob:test"), &json!(id)));

    // Its own user needs no asking.
    wire.post(&invite, &alice, json!({"user_id": "@ircbot:test"})).await.ok();
    fake.until(|got| got.iter().any(|got| got.body.contains("@ircbot:test"))).await;
    assert_eq!(fake.got().iter().filter(|got| got.path.contains("/users/")).count(), 1);
}

#[tokio::test]
async fn a_message_reaches_the_service_and_a_ghost_answers() {
    let fake = Fake::start("irc").await;
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    ghost(&wire, &fake, "irc_bob").await;
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    wire.post(&format!("v3/join/{}?user_id=@irc_bob:test", enc(&id)), token(&fake), json!({})).await.ok();
    let send = format!("v3/rooms/{}/send/m.room.message", enc(&id));
    wire.put(&format!("{send}/1"), &alice, json!({"msgtype": "m.text", "body": "hello"})).await.ok();
    let answer = json!({"msgtype": "m.text", "body": "well met"});
    wire.put(&format!("{send}/1?user_id=@irc_bob:test"), token(&fake), answer).await.ok();
    let got = fake.until(|got| got.iter().any(|got| got.body.contains("well met"))).await;
    let bodies: Vec<String> = got.iter().filter(|got| got.method == "PUT").flat_map(|got| got.bodies()).collect();
    assert_eq!(bodies.iter().filter(|body| !body.is_empty()).collect::<Vec<_>>(), ["hello", "well met"]);
}

#[tokio::test]
async fn a_service_keeps_a_directory_of_its_own() {
    let fake = Fake::start("irc").await;
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({"preset": "public_chat", "name": "portal"})).await;
    let path = format!("v3/directory/list/appservice/libera/{}", enc(&id));
    let list = |visibility| wire.put(&path, token(&fake), json!({"visibility": visibility}));
    let count =
        async |ask: Value| wire.post("v3/publicRooms", &alice, ask).await.ok()["chunk"].as_array().unwrap().len();
    list("public").await.ok();
    list("public").await.ok();
    assert_eq!(count(json!({})).await, 0);
    assert_eq!(count(json!({"include_all_networks": true})).await, 1);
    assert_eq!(count(json!({"third_party_instance_id": "irc|libera"})).await, 1);
    assert_eq!(count(json!({"third_party_instance_id": "irc|other"})).await, 0);
    list("private").await.ok();
    assert_eq!(count(json!({"include_all_networks": true})).await, 0);
    assert_eq!(wire.put(&path, &alice, json!({"visibility": "public"})).await.code(), (403, "M_FORBIDDEN"));
    let nowhere = format!("v3/directory/list/appservice/libera/{}", enc("!nowhere:test"));
    let refused = wire.put(&nowhere, token(&fake), json!({"visibility": "public"})).await;
    assert_eq!(refused.code(), (404, "M_NOT_FOUND"));
}

#[tokio::test]
async fn networks_are_looked_up_through_their_services() {
    let (mut one, mut two) = (Fake::start("one").await, Fake::start("two").await);
    for fake in [&mut one, &mut two] {
        fake.registration.protocols = vec!["irc".to_owned()];
    }
    one.registration.namespaces.rooms = Space(vec![Namespace::new("!never", false).unwrap()]);
    let about = r#"{"user_fields": ["nick"], "instances": [{"network_id": "libera", "desc": "Libera", "fields": {}}]}"#;
    one.at("/_matrix/app/v1/thirdparty/protocol/irc", Act::Answer(200, about));
    two.at("/_matrix/app/v1/thirdparty/protocol/irc", Act::Answer(200, about));
    one.at("/_matrix/app/v1/thirdparty/location/irc", Act::Answer(200, r##"[{"alias": "#one_a:test"}]"##));
    two.at("/_matrix/app/v1/thirdparty/location/irc", Act::Answer(500, "{}"));
    two.at("/_matrix/app/unstable/thirdparty/user", Act::Answer(200, r#"[{"userid": "@two_a:test"}]"#));
    two.at("/_matrix/app/v1/thirdparty/user", Act::Answer(404, "what?"));
    let wire = house(&[&one, &two]).await;
    let alice = wire.person("alice").await;
    let all = wire.get("v3/thirdparty/protocols", &alice).await.ok();
    let instances = &all["irc"]["instances"];
    assert_eq!(
        (&instances[0]["instance_id"], &instances[1]["instance_id"]),
        (&json!("one|libera"), &json!("two|libera"))
    );
    assert_eq!((&all["irc"]["user_fields"], &all["irc"]["location_fields"]), (&json!(["nick"]), &json!([])));
    assert_eq!(wire.get("v3/thirdparty/protocol/irc", &alice).await.ok(), all["irc"]);
    assert_eq!(wire.get("v3/thirdparty/protocol/icq", &alice).await.code(), (404, "M_NOT_FOUND"));
    let path = "v3/thirdparty/location/irc?channel=%23rust&access_token=x";
    assert_eq!(wire.get(path, &alice).await.ok(), json!([{"alias": "#one_a:test"}]));
    let query = one.got().last().unwrap().query.clone();
    assert!(query.ends_with("&channel=%23rust"), "{query}");
    assert_eq!(wire.get("v3/thirdparty/location/icq", &alice).await.code(), (404, "M_NOT_FOUND"));
    let found = wire.get("v3/thirdparty/user?userid=@two_a:test", &alice).await.ok();
    assert_eq!(found, json!([{"userid": "@two_a:test"}]));
    assert_eq!(wire.get("v3/thirdparty/protocols", "").await.code(), (401, "M_MISSING_TOKEN"));
}

#[tokio::test]
async fn only_administrators_see_the_queues() {
    let fake = Fake::start("irc").await;
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    let path = "/_causeway/admin/services";
    assert_eq!(wire.get(path, &alice).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.get(path, token(&fake)).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.get(path, "").await.code(), (401, "M_MISSING_TOKEN"));
    let admin = crate::users::NewAccount {
        admin: true,
        ..crate::users::NewAccount::person(ruma::owned_user_id!("@root:test"), Some("secret".to_owned()))
    };
    crate::users::create_account(&wire.app, admin).await.unwrap();
    let login =
        json!({"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "root"}, "password": "secret"});
    let root = wire.post("v3/login", "", login).await.ok()["access_token"].as_str().unwrap().to_owned();
    let status = wire.get(path, &root).await.ok();
    assert_eq!((&status["services"][0]["id"], &status["services"][0]["queued"]), (&json!("irc"), &json!(0)));
}

#[tokio::test]
async fn a_service_whose_ghosts_encrypt_is_told_what_it_needs() {
    let mut fake = Fake::start("irc").await;
    fake.registration.device_extensions = true;
    fake.registration.device_management = true;
    let wire = house(&[&fake]).await;
    let alice = wire.person("alice").await;
    ghost(&wire, &fake, "irc_bob").await;
    let of_ghost = "user_id=@irc_bob:test";
    wire.put(&format!("v3/devices/GHOST?{of_ghost}"), token(&fake), json!({})).await;
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    wire.post(&format!("v3/join/{}?{of_ghost}", enc(&id)), token(&fake), json!({})).await.ok();
    let part = async |key: &str| {
        let has = |got: &[Got]| got.iter().any(|got| got.body.contains(&format!("\"{key}\":")));
        let got = fake.until(has).await;
        got.iter().find_map(|got| got.json().get(key).cloned()).unwrap()
    };

    let messages = json!({"messages": {"@irc_bob:test": {"*": {"a": 1}}, "@alice:test": {"*": {"a": 2}}}});
    wire.put("v3/sendToDevice/m.dummy/1", &alice, messages.clone()).await.ok();
    wire.put("v3/sendToDevice/m.dummy/1", &alice, messages).await.ok();
    let message = json!({
        "type": "m.dummy", "sender": "@alice:test", "content": {"a": 1},
        "to_user_id": "@irc_bob:test", "to_device_id": "GHOST",
    });
    assert_eq!(part("de.sorunome.msc2409.to_device").await, json!([message]));

    let keys = json!({"one_time_keys": {"curve25519:A": "one", "curve25519:B": "two"}});
    wire.post(&format!("v3/keys/upload?{of_ghost}&device_id=GHOST"), token(&fake), keys).await.ok();
    let claim = json!({"one_time_keys": {"@irc_bob:test": {"GHOST": "curve25519"}}});
    wire.post("v3/keys/claim", &alice, claim).await.ok();
    let left = part("org.matrix.msc3202.device_one_time_keys_count").await;
    assert_eq!(left, json!({"@irc_bob:test": {"GHOST": {"curve25519": 1}}}));

    let stranger = wire.person("stranger").await;
    for gone in [&stranger, &alice] {
        wire.post("v3/logout", gone, json!({})).await.ok();
    }
    let changed = |got: &[Got]| -> String {
        got.iter().map(|got| got.json()["org.matrix.msc3202.device_lists"]["changed"].to_string()).collect()
    };
    let got = fake.until(|got| changed(got).contains("@alice:test")).await;
    assert!(!changed(&got).contains("@stranger:test"), "who shares no room does not matter");
}
