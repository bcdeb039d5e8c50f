//! What the state file keeps.

use serde_json::json;
use simulators::telegram::{Media, Settings, Telegram};

use crate::house::House;

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state: Some(folder.path().join("telegram.json")), ..Settings::default() };
    let house = House::with(settings.clone()).await;
    let (group, ada) = (house.group, house.ada);
    let id = house.telegram.upload(group, ada, Media::photo([1, 2, 3]), "kept").unwrap();
    house.telegram.stop().await;
    let again = Telegram::start(settings).await.unwrap();
    assert_eq!(again.said(group)[0].text, "kept");
    assert!(again.bytes_of(group, id).is_some());
    assert_eq!((again.pending_updates(), again.member(group, ada).status.name()), (1, "creator"));
    assert_eq!(again.message_json(group, id).unwrap()["caption"], json!("kept"));
}
