//! Signing up, in and out, over a real socket.

use registrations::{Namespace, Registration, Space};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{config::Mode, testing::wire::Wire};

fn password(user: &str, password: &str) -> Value {
    json!({"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_registers_and_signs_in_and_out() {
    let wire = Wire::open().await;
    let token = wire.person("alice").await;
    let me = wire.get("v3/account/whoami", &token).await.ok();
    assert_eq!(me["user_id"], "@alice:test");
    assert_eq!(me.get("is_guest"), None);
    for user in ["alice", "Alice", "@alice:test"] {
        let second = wire.post("v3/login", "", password(user, "alice")).await.ok();
        assert_eq!(second["user_id"], "@alice:test");
        assert_ne!(second["device_id"], me["device_id"]);
    }
    assert_eq!(wire.post("v3/login", "", password("alice", "wrong")).await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(wire.post("v3/login", "", password("nobody", "wrong")).await.code(), (403, "M_FORBIDDEN"));
    wire.post("v3/logout", &token, json!({})).await.ok();
    let gone = wire.get("v3/account/whoami", &token).await;
    assert_eq!(gone.code(), (401, "M_UNKNOWN_TOKEN"));
    assert_eq!(gone.1["soft_logout"], false);
    assert_eq!(wire.get("v3/account/whoami", "").await.code(), (401, "M_MISSING_TOKEN"));
}

#[tokio::test]
async fn registration_asks_for_proof_and_checks_names_first() {
    let wire = Wire::open().await;
    let asked = wire.post("v3/register", "", json!({"username": "bob", "password": "b"})).await;
    assert_eq!((asked.0, &asked.1["flows"]), (401, &json!([{"stages": ["m.login.dummy"]}])));
    let auth = json!({"auth": {"type": "m.login.dummy", "session": asked.1["session"]}});
    assert_eq!(wire.post("v3/register", "", auth).await.ok()["user_id"], "@bob:test");
    for (username, expected) in [
        ("bob", (400, "M_USER_IN_USE")),
        ("BOB", (400, "M_USER_IN_USE")),
        ("b ob", (400, "M_INVALID_USERNAME")),
        ("_bob", (400, "M_INVALID_USERNAME")),
    ] {
        let body = json!({"username": username, "password": "b"});
        assert_eq!(wire.post("v3/register", "", body).await.code(), expected, "{username}");
        let query = format!("v3/register/available?username={}", username.replace(' ', "%20"));
        assert_eq!(wire.get(&query, "").await.code(), expected);
    }
    assert_eq!(wire.get("v3/register/available?username=free", "").await.ok(), json!({"available": true}));
    assert_eq!(wire.post("v3/register", "", json!({"username": 3})).await.code(), (400, "M_BAD_JSON"));
    let quiet = json!({"username": "q", "password": "q", "inhibit_login": true, "auth": {"type": "m.login.dummy"}});
    assert_eq!(wire.post("v3/register", "", quiet).await.ok(), json!({"user_id": "@q:test"}));
    let guest = wire.post("v3/register?kind=guest", "", json!({})).await;
    assert_eq!(guest.code(), (403, "M_GUEST_ACCESS_FORBIDDEN"));
}

#[tokio::test]
async fn a_registration_token_opens_a_house_that_is_not_open() {
    let tune = |config: &mut crate::config::Config| {
        config.registration.mode = Mode::Token;
        config.registration.token = Some("sesame".to_owned());
        config.registration.guests = true;
    };
    let wire = Wire::start(tune, &[]).await;
    let body = |auth: Value| json!({"username": "carol", "password": "c", "auth": auth});
    let dummy = wire.post("v3/register", "", body(json!({"type": "m.login.dummy"}))).await;
    assert_eq!(dummy.0, 401);
    assert_eq!(dummy.1["flows"], json!([{"stages": ["m.login.registration_token"]}]));
    let wrong = json!({"type": "m.login.registration_token", "token": "x", "session": dummy.1["session"]});
    assert_eq!(wire.post("v3/register", "", body(wrong)).await.code(), (401, "M_FORBIDDEN"));
    let right = json!({"type": "m.login.registration_token", "token": "sesame", "session": dummy.1["session"]});
    wire.post("v3/register", "", body(right)).await.ok();
    let valid = |token: &str| format!("v1/register/m.login.registration_token/validity?token={token}");
    assert_eq!(wire.get(&valid("sesame"), "").await.ok(), json!({"valid": true}));
    assert_eq!(wire.get(&valid("x"), "").await.ok(), json!({"valid": false}));
    let guest = wire.post("v3/register?kind=guest", "", json!({})).await.ok();
    let me = wire.get("v3/account/whoami", &text(&guest["access_token"])).await.ok();
    assert_eq!(me["is_guest"], true);
}

#[tokio::test]
async fn a_closed_house_makes_no_accounts() {
    let wire = Wire::start(|_| {}, &[]).await;
    let body = json!({"username": "a", "password": "a", "auth": {"type": "m.login.dummy"}});
    assert_eq!(wire.post("v3/register", "", body).await.code(), (403, "M_FORBIDDEN"));
}

#[tokio::test]
async fn bad_sign_ins_are_told_what_is_wrong() {
    let wire = Wire::open().await;
    for (body, expected) in [
        (json!({}), (400, "M_MISSING_PARAM")),
        (json!({"type": "m.login.magic", "user": "a"}), (400, "M_UNKNOWN")),
        (json!({"type": "m.login.password", "user": "a"}), (400, "M_MISSING_PARAM")),
        (json!({"type": "m.login.password", "password": "a"}), (400, "M_MISSING_PARAM")),
        (password("@a:elsewhere", "a"), (403, "M_FORBIDDEN")),
        (json!({"type": 3}), (400, "M_BAD_JSON")),
        (json!([]), (400, "M_BAD_JSON")),
        (json!({"type": "m.login.application_service", "user": "a"}), (401, "M_MISSING_TOKEN")),
    ] {
        assert_eq!(wire.post("v3/login", "", body.clone()).await.code(), expected, "{body}");
    }
}

#[tokio::test]
async fn an_old_refresh_token_works_until_the_new_one_is_used() {
    let wire = Wire::open().await;
    wire.person("alice").await;
    let mut body = password("alice", "alice");
    body["refresh_token"] = json!(true);
    let first = wire.post("v3/login", "", body).await.ok();
    assert!(first["expires_in_ms"].is_u64());
    let refresh = |token: &Value| wire.post("v3/refresh", "", json!({ "refresh_token": token }));
    let lost = refresh(&first["refresh_token"]).await.ok();
    let again = refresh(&first["refresh_token"]).await.ok();
    let whoami = async |token: &Value| wire.get("v3/account/whoami", &text(token)).await.0;
    assert_eq!(whoami(&lost["access_token"]).await, 401, "never used, replaced");
    assert_eq!(whoami(&first["access_token"]).await, 200, "the new one was not used yet");
    assert_eq!(whoami(&again["access_token"]).await, 200);
    assert_eq!(whoami(&first["access_token"]).await, 401);
    assert_eq!(refresh(&first["refresh_token"]).await.code(), (401, "M_UNKNOWN_TOKEN"));
    refresh(&again["refresh_token"]).await.ok();
}

#[tokio::test]
async fn signing_in_with_a_known_device_ends_its_older_tokens() {
    let wire = Wire::open().await;
    wire.person("alice").await;
    let mut body = password("alice", "alice");
    body["device_id"] = json!("PHONE");
    let first = wire.post("v3/login", "", body.clone()).await.ok();
    let second = wire.post("v3/login", "", body).await.ok();
    assert_eq!(wire.get("v3/account/whoami", &text(&first["access_token"])).await.0, 401);
    let me = wire.get("v3/account/whoami", &text(&second["access_token"])).await.ok();
    assert_eq!(me["device_id"], "PHONE");
}

fn bridge() -> Registration {
    let mut bridge = Registration::generate("irc", "ircbot");
    bridge.namespaces.users = Space(vec![Namespace::new("@irc_.*", true).unwrap()]);
    bridge
}

#[tokio::test]
async fn a_service_registers_ghosts_and_speaks_as_them() {
    let bridge = bridge();
    let wire = Wire::start(|config| config.registration.mode = Mode::Open, std::slice::from_ref(&bridge)).await;
    let token = bridge.as_token.reveal();
    let ghost = |name: &str| json!({"type": "m.login.application_service", "username": name, "inhibit_login": true});
    assert_eq!(wire.post("v3/register", token, ghost("irc_bob")).await.ok(), json!({"user_id": "@irc_bob:test"}));
    assert_eq!(wire.post("v3/register", token, ghost("irc_bob")).await.code(), (400, "M_USER_IN_USE"));
    assert_eq!(wire.post("v3/register", token, ghost("bob")).await.code(), (400, "M_EXCLUSIVE"));
    assert_eq!(wire.post("v3/register", "wrong", ghost("irc_x")).await.code(), (401, "M_UNKNOWN_TOKEN"));
    assert_eq!(wire.post("v3/register", "", ghost("irc_x")).await.code(), (401, "M_MISSING_TOKEN"));
    let person = json!({"username": "irc_eve", "password": "e", "auth": {"type": "m.login.dummy"}});
    assert_eq!(wire.post("v3/register", "", person).await.code(), (400, "M_EXCLUSIVE"));
    let whoami = async |query: &str| wire.get(&format!("v3/account/whoami{query}"), token).await;
    assert_eq!(whoami("").await.ok(), json!({"user_id": "@ircbot:test"}));
    assert_eq!(whoami("?user_id=%40irc_bob:test").await.ok(), json!({"user_id": "@irc_bob:test"}));
    assert_eq!(whoami("?user_id=@irc_carl:test").await.code(), (403, "M_FORBIDDEN"), "not registered");
    assert_eq!(whoami("?user_id=@irc_bob:elsewhere").await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(whoami("?user_id=@alice:test").await.code(), (403, "M_FORBIDDEN"));
    assert_eq!(whoami("?user_id=nonsense").await.code(), (400, "M_INVALID_PARAM"));
    assert_eq!(whoami("?user_id=@irc_bob:test&device_id=X").await.code(), (400, "M_UNKNOWN_DEVICE"));
    let login = json!({"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": "irc_bob"},
        "device_id": "X"});
    wire.post("v3/login", token, login).await.ok();
    assert_eq!(whoami("?user_id=@irc_bob:test&device_id=X").await.ok()["device_id"], "X");
    let outside = json!({"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": "al"}});
    assert_eq!(wire.post("v3/login", token, outside).await.code(), (400, "M_EXCLUSIVE"));
}

#[tokio::test]
async fn the_token_is_looked_at_before_the_body() {
    let wire = Wire::open().await;
    let answer = wire.call(Method::POST, "v3/logout", "wrong", json!([1])).await;
    assert_eq!(answer.code(), (401, "M_UNKNOWN_TOKEN"));
}
