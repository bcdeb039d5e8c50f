//! The state file.

use reqwest::Method;
use serde_json::json;
use simulators::discord::{Discord, Settings};

use crate::wire::{SOON, ask, get, house};

#[tokio::test]
async fn a_restart_on_the_same_port_remembers_everything() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state: Some(folder.path().join("discord.json")), ..Settings::default() };
    let house = house(settings.clone()).await;
    let message =
        house.discord.upload(house.general, house.ada, "kept", &[("f", "text/plain", "bytes".into())]).unwrap();
    let port = house.discord.url().rsplit(':').next().unwrap().parse().unwrap();
    house.discord.stop().await;
    let again = Discord::start(Settings { port: Some(port), ..settings }).await.unwrap();
    let found = get(&again, &format!("/channels/{}/messages/{message}", house.general)).await;
    assert_eq!(found["content"], "kept");
    let url = found["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "bytes");
    let newer = again.say(house.general, house.ada, "later").unwrap();
    assert!(newer > message);
    again.stop().await;
}

#[tokio::test]
async fn changes_are_written_without_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("discord.json");
    let house = house(Settings { state: Some(file.clone()), ..Settings::default() }).await;
    ask(
        &house.discord,
        Method::POST,
        &format!("/channels/{}/messages", house.general),
        Some(json!({ "content": "w0rd" })),
    )
    .await;
    let written = async {
        while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains("w0rd")) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await
        }
    };
    tokio::time::timeout(SOON, written).await.unwrap();
}

#[tokio::test]
async fn a_state_file_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("discord.json");
    std::fs::write(&file, "{").unwrap();
    let error = Discord::start(Settings { state: Some(file), ..Settings::default() }).await.unwrap_err();
    assert!(error.to_string().contains("is not a state file"), "{error}");
}
