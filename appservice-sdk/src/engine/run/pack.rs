//! A chat's emoji and stickers, carried to the homeserver and put into the room's state.

use serde_json::{Value, json};

use crate::{
    core::Core,
    engine::pack::{self, Placed},
    intent::MatrixError,
    media,
    network::PackImage,
};

/// Makes the packs of a room hold these pictures. What cannot be had is left out.
pub(super) async fn set(core: &Core, room: &str, name: &str, images: &[PackImage]) {
    let mut placed: Vec<Placed<'_>> = Vec::new();
    for image in images {
        match media::carry(core, &remembered(image)).await {
            Ok(Some(uploaded)) => placed.push((image, uploaded)),
            Ok(None) => {}
            Err(error) => tracing::info!(name = image.name, error = %error, "A picture of a pack cannot be had now."),
        }
    }
    if let Err(error) = write(core, room, pack::packs(core.info.id, name, &placed)).await {
        tracing::info!(room_id = room, error = %error, "The bot may not put a pack there.");
    }
}

/// Emoji are remembered where texts and reactions look for them.
fn remembered(image: &PackImage) -> crate::network::MediaRef {
    let key = image.file.cache_key();
    let plain = key.strip_prefix("emoji:").unwrap_or(key).to_owned();
    match image.sticker {
        true => image.file.clone(),
        false => image.file.clone().with_id(format!("emoji:{plain}")),
    }
}

/// Sets what differs, and empties what is left of larger packs.
async fn write(core: &Core, room: &str, packs: Vec<(String, Value)>) -> Result<(), MatrixError> {
    let bot = core.homeserver.bot();
    for stickers in [false, true] {
        let mut wanted = packs.iter().filter(|(key, _)| key.contains(".stickers") == stickers);
        for number in 0.. {
            let key = pack::key(core.info.id, stickers, number);
            let content = wanted.next().map(|(_, content)| content.clone());
            let now = bot.state(room, pack::KINDS[0], &key).await?.filter(|now| now != &json!({}));
            let Some(content) = content.or_else(|| now.as_ref().map(|_| json!({}))) else { break };
            if now.as_ref() != Some(&content) {
                for kind in pack::KINDS {
                    bot.set_state(room, kind, &key, &content).await?;
                }
            }
        }
    }
    Ok(())
}
