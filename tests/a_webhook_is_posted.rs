//! `causeway hook new '#room'`, and what `curl` sends to the address it prints.

use serde_json::json;

use crate::town::{Person, Town};

#[tokio::test]
async fn a_webhook_is_posted() {
    let town = Town::build().await;
    let url = town.server.told(&["hook", "new", "#room", "--name", "CI"]).trim().to_owned();
    assert!(url.starts_with(&format!("{}/hooks/", town.server.url)), "{url}");
    let client = reqwest::Client::new();

    let sent = client.post(&url).json(&json!({ "text": "test message" })).send().await.unwrap();
    assert_eq!((sent.status().as_u16(), sent.text().await.unwrap().as_str()), (200, "ok"));
    let named = json!({ "text": "built", "username": "builder", "icon_emoji": ":rocket:" });
    assert_eq!(client.post(&url).json(&named).send().await.unwrap().text().await.unwrap(), "ok");
    let discord = json!({ "content": "hi", "username": "Bob", "embeds": [{ "title": "T" }] });
    assert_eq!(client.post(&url).json(&discord).send().await.unwrap().status(), 204);

    // The room is the administrator's, who was told a password at the first start.
    let admin = administrator(&town).await;
    let found = admin.get("directory/room/%23room%3Alocalhost").await;
    let room = found["room_id"].as_str().unwrap();
    let said = admin.until(room, |said| (said.len() >= 3).then(|| said.to_vec())).await;
    let texts: Vec<_> = said.iter().map(|said| said.text.lines().next().unwrap_or_default()).collect();
    assert_eq!(texts, ["test message", "built", "hi"]);
    let mut names = Vec::new();
    for said in &said {
        assert!(said.sender.starts_with("@webhooks_"));
        names.push(admin.name_of(room, &said.sender).await);
    }
    assert_eq!(names, ["CI", "🚀 builder", "Bob"]);

    let wrong = client.post(format!("{}/hooks/wrong", town.server.url)).json(&json!({ "text": "x" })).send().await;
    assert_eq!(wrong.unwrap().status(), 400);
    // A second hook of the same room speaks into the same room.
    let second = town.server.told(&["hook", "new", "#room"]).trim().to_owned();
    assert_ne!(second, url);
    assert_eq!(client.post(&second).json(&json!({ "text": "again" })).send().await.unwrap().status(), 200);
    admin.until(room, |said| said.iter().any(|said| said.text == "again").then_some(())).await;
}

/// The administrator, with the password that the first start printed.
pub(crate) async fn administrator(town: &Town) -> Person {
    let printed = town.server.printed();
    let password = printed.lines().find_map(|line| line.trim().strip_prefix("password ")).unwrap().trim();
    Person::sign_in(&town.server.url, "admin", password).await
}
