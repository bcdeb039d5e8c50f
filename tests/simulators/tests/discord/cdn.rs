//! Files and pictures.

use std::time::Duration;

use simulators::discord::Settings;

use crate::wire::{get, house};

#[tokio::test]
async fn a_signed_address_expires_and_cannot_be_changed() {
    let house = house(Settings::default()).await;
    let d = &house.discord;
    let picture = reqwest::get(format!("{}/avatars/1/abc.png", d.cdn_url())).await.unwrap().bytes().await.unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let message = d.upload(house.general, house.ada, "look", &[("a b.png", "image/png", picture.clone())]).unwrap();
    let path = format!("/channels/{}/messages/{message}", house.general);
    let file = get(d, &path).await["attachments"][0].clone();
    assert_eq!(
        (&file["filename"], &file["width"], &file["content_type"]),
        (&"a_b.png".into(), &64.into(), &"image/png".into())
    );
    let url = file["url"].as_str().unwrap();
    let status = async |url: &str| reqwest::get(url).await.unwrap().status().as_u16();
    assert_eq!(reqwest::get(url).await.unwrap().bytes().await.unwrap(), picture);
    assert_eq!(status(&url.replace("?ex=", "?ex=f")).await, 404);
    assert_eq!(status(url.split('?').next().unwrap()).await, 404);
    d.pass(Duration::from_secs(25 * 3600));
    assert_eq!(status(url).await, 404);
    let fresh = get(d, &path).await["attachments"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(status(&fresh).await, 200);
    d.delete(house.general, message).unwrap();
    assert_eq!(status(&fresh).await, 404);
}

#[tokio::test]
async fn pictures_differ_by_their_hash() {
    let house = house(Settings::default()).await;
    let fetch = async |path: &str| {
        reqwest::get(format!("{}/{path}", house.discord.cdn_url())).await.unwrap().bytes().await.unwrap()
    };
    assert_ne!(fetch("avatars/1/a.png").await, fetch("avatars/1/b.png").await);
    assert_eq!(fetch("emojis/7.png").await, fetch("emojis/7.webp").await);
}
