//! Where files are, pictures of people, stickers.

use serde_json::{Value, json};

use crate::telegram::{
    api::ask::{Answer, Ask},
    error::bad,
    files::unique,
};

/// The largest file a bot may fetch.
const LARGEST: u64 = 20 << 20;

/// `getFile`
pub(super) fn file(ask: &mut Ask<'_>) -> Answer {
    let id = ask.text("file_id").filter(|id| !id.is_empty()).ok_or_else(|| bad("file_id not specified"))?;
    let now = ask.state.world.clock.date();
    let file = ask.world().files.get_mut(&id).ok_or_else(|| bad("invalid file_id"))?;
    if file.size > LARGEST {
        return Err(bad("file is too big"));
    }
    file.asked = Some(now);
    Ok(json!({"file_id": id, "file_unique_id": unique(&id), "file_size": file.size, "file_path": file.path}))
}

/// `getUserProfilePhotos`
pub(super) fn profile_photos(ask: &mut Ask<'_>) -> Answer {
    let id = ask.user_id()?;
    let user = ask.state.world.user(id)?;
    let photos: &[String] = if user.hides_photos { &[] } else { &user.photos };
    let skipped = usize::try_from(ask.int("offset").unwrap_or(0)).unwrap_or(0);
    let limit = usize::try_from(ask.int("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    let sizes = |id: &String| ask.state.world.files.get(id).and_then(|file| file.fields.get("photo").cloned());
    let shown: Vec<Value> = photos.iter().skip(skipped).take(limit).filter_map(sizes).collect();
    Ok(json!({"total_count": photos.len(), "photos": shown}))
}

/// `getCustomEmojiStickers`
pub(super) fn custom_emoji(ask: &mut Ask<'_>) -> Answer {
    let ids = ask.list("custom_emoji_ids")?;
    if ids.len() > 200 {
        return Err(bad("too many custom emoji identifiers specified"));
    }
    let known = &ask.state.world.custom_emoji;
    Ok(ids.iter().filter_map(|id| known.get(id.as_str()?).cloned()).collect())
}

/// `getStickerSet`: every sticker here is of one set.
pub(super) fn sticker_set(ask: &mut Ask<'_>) -> Answer {
    let name = ask.text("name").unwrap_or_default();
    let stickers = ask.state.world.files.values().filter_map(|file| file.fields.get("sticker").cloned());
    let stickers: Vec<Value> = stickers.filter(|sticker| sticker["set_name"] == json!(name)).collect();
    if stickers.is_empty() {
        return Err(bad("STICKERSET_INVALID"));
    }
    Ok(json!({"name": name, "title": name, "sticker_type": "regular", "stickers": stickers}))
}

/// `getForumTopicIconStickers`: none are needed to make a topic.
pub(super) fn topic_icons(_: &mut Ask<'_>) -> Answer {
    Ok(json!([]))
}
