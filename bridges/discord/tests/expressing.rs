//! Emoji, packs, stickers, voice, layouts.

use appservice_sdk::content::{CustomEmoji, Inline};
use appservice_sdk::prelude::*;
use serde_json::json;

use crate::harness::{House, text};

fn drawn(name: &str, mxc: &str) -> Part {
    let emoji = CustomEmoji { id: None, name: name.to_owned(), mxc: Some(mxc.to_owned()), animated: false };
    Part::Text(Doc::paragraph(vec![Inline::text("look "), Inline::Emoji(emoji)]))
}

#[tokio::test]
async fn a_custom_emoji_of_matrix_is_uploaded_once_and_used_again() {
    let mut house = House::open().await;
    let png = Bytes::from_static(b"\x89PNG boat");
    house.store.state().media.insert("mxc://test/boat".into(), ("image/png".into(), png));
    for _ in 0..2 {
        house.send(house.parts(vec![drawn("boat", "mxc://test/boat")])).await.unwrap();
    }
    house.kill();
    house.try_start().await.unwrap();
    house.send(house.parts(vec![drawn("boat", "mxc://test/boat")])).await.unwrap();
    let emojis = house.discord.app_emojis();
    let [(name, id)] = emojis.as_slice() else { panic!("{emojis:?}") };
    let wanted = format!("look <:{name}:{id}>");
    house.reads(&[&wanted, &wanted, &wanted]).await;
    // One whose picture cannot be had shows as its name.
    house.send(house.parts(vec![drawn("ghost", "mxc://test/none")])).await.unwrap();
    assert_eq!(house.discord.transcript(house.general)[3].content, "look :ghost:");
}

#[tokio::test]
async fn emoji_and_stickers_of_a_server_are_a_pack_and_their_pictures_can_be_read() {
    let house = House::open().await;
    house.store.link_named(&format!("guild:{}", house.guild));
    let blob = house.discord.emoji(house.guild, "blob", true).unwrap();
    house.discord.sticker(house.guild, "wave", 1).unwrap();
    house.discord.sticker(house.guild, "spin", 3).unwrap();
    let names = |event: &Incoming| match &event.what {
        What::Pack { images } => images.iter().map(|image| (image.name.clone(), image.sticker)).collect(),
        _ => Vec::new(),
    };
    let event = house.told(|event| names(event).len() == 2).await;
    assert_eq!(names(&event), [("blob".to_owned(), false), ("wave".to_owned(), true)]);
    let What::Pack { images } = &event.what else { panic!() };
    assert_eq!(images[0].file.id.as_deref(), Some(format!("emoji:{blob}").as_str()));
    let read = house.bridge().fetch(&images[0].file).await.unwrap().collect(100_000).await.unwrap();
    assert!(read.starts_with(b"\x89PNG"));
    let asked = MediaRef::remote(format!("emoji:{blob}"));
    assert!(house.bridge().fetch(&asked).await.is_ok());
    assert!(matches!(house.bridge().fetch(&MediaRef::remote("emoji:../x")).await, Err(FetchError::Missing)));
}

#[tokio::test]
async fn a_voice_message_arrives_with_its_length_and_loudness() {
    let house = House::open().await;
    house.discord.voice(house.general, house.ada, 2.5, "AAD/gA==").unwrap();
    let event = house.told(|event| matches!(event.what, What::Message { .. })).await;
    let What::Message { parts, .. } = event.what else { panic!() };
    let [Part::Media { kind: MediaKind::Voice, file, .. }] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!((file.duration, file.waveform.as_slice()), (Some(2500), [0, 0, 1020, 512].as_slice()));
}

#[tokio::test]
async fn a_layout_of_a_program_is_read_as_text() {
    let house = House::open().await;
    let robot = house.discord.other_bot(house.guild, "robot").unwrap();
    let components = json!([
        { "type": 17, "components": [
            { "type": 10, "content": "# Deployed\nto **production**" },
            { "type": 14, "divider": true },
            { "type": 12, "items": [{ "media": { "url": "https://x/a.png", "proxy_url": "https://y/a.png" }, "spoiler": true }] },
            { "type": 9, "components": [{ "type": 10, "content": "details" }],
              "accessory": { "type": 2, "style": 5, "label": "Open", "url": "https://ci" } },
        ]},
        { "type": 1, "components": [{ "type": 2, "label": "Retry", "custom_id": "r", "emoji": { "name": "🔁" } }] },
    ]);
    let fill = |message: &mut simulators::discord::model::Message| {
        message.components = components.as_array().unwrap().clone();
    };
    house.discord.post(house.general, robot, fill).unwrap();
    let event = house.told(|event| matches!(event.what, What::Message { .. })).await;
    let What::Message { parts, .. } = event.what else { panic!() };
    let said = text(&parts);
    for wanted in ["Deployed", "production", "details", "Open", "[🔁 Retry]"] {
        assert!(said.contains(wanted), "{said}");
    }
    let Some(Part::Media { kind: MediaKind::Image, file, .. }) = parts.last() else { panic!("{parts:?}") };
    assert_eq!((&file.source, file.spoiler), (&MediaSource::Remote("https://y/a.png".into()), true));
}
