//! What a room's chat can do, told to clients in the room's state: `com.beeper.room_features`, with what the network does
//! not let a bot do in plain words.

use std::sync::Arc;

use serde_json::{Value, json};

use super::follow;
use crate::{
    core::Core,
    engine::to_matrix::hash_of,
    network::{ChatId, Features},
    store::portals,
};

const KIND: &str = "com.beeper.room_features";

/// The content of the state event. Levels of support: 2 is full, -1 is left out, -2 is refused.
fn content(features: &Features) -> Value {
    let level = |can: bool, otherwise: i64| if can { 2 } else { otherwise };
    let mut file = json!({ "mime_types": { "*/*": level(features.files, -2) }, "caption": level(features.files, -2) });
    if let Some(max) = features.max_file {
        file["max_size"] = json!(max);
    }
    let kinds = ["m.image", "m.video", "m.audio", "m.file", "org.matrix.msc3245.voice"];
    let files: serde_json::Map<String, Value> = kinds.iter().map(|kind| ((*kind).to_owned(), file.clone())).collect();
    let mut content = json!({
        "reply": level(features.reply, -1), "edit": level(features.edit, -1), "delete": level(features.delete, -1),
        "reaction": level(features.react, -1), "thread": level(features.thread, -1), "poll": level(features.poll, 1),
        "typing_notifications": features.typing, "file": files,
        "org.causeway.pin": features.pin, "org.causeway.moderate": features.moderate,
        "org.causeway.look": features.look, "org.causeway.cannot": features.cannot,
    });
    if let Some(max) = features.max_text {
        content["org.causeway.part_length"] = json!(max);
    }
    content
}

/// Says in the room what its chat can do, if that is news and the bot may.
pub(crate) async fn tell(core: &Core, chat: &str, room: &str) {
    let Some(session) = core.session.get() else { return };
    let content = content(&session.features(&ChatId::new(chat)));
    let hash = hash_of(&content);
    match core.store.features_told(chat).await {
        Ok(told) if told.as_deref() != Some(&*hash) => {}
        _ => return,
    }
    let key = follow::bridge_state_key(core, chat);
    if let Err(error) = core.homeserver.bot().set_state(room, KIND, &key, &content).await {
        tracing::debug!(room_id = room, error = %error, "The room does not say what its chat can do.");
    }
    if let Err(error) = core.store.commit("storing features", vec![portals::features(chat, &hash)]).await {
        tracing::warn!(error = %error, "What a chat can do is told again later.");
    }
}

/// Looks at all linked chats, as after connecting.
pub(crate) fn refresh(core: &Arc<Core>) {
    let worker = core.clone();
    core.spawn(async move {
        for linked in worker.portals.all() {
            tell(&worker, linked.chat.as_str(), &linked.room_id).await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_chat_cannot_do_is_said() {
        let features =
            Features { edit: false, cannot: &["deleting is not seen here"], max_file: Some(9), ..Features::all() };
        let told = content(&features);
        assert_eq!((&told["edit"], &told["reply"]), (&json!(-1), &json!(2)));
        assert_eq!(told["org.causeway.cannot"], json!(["deleting is not seen here"]));
        assert_eq!(told["file"]["m.image"]["max_size"], 9);
    }
}
