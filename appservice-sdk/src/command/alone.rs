//! What only the asker may read: told in a direct conversation, which is made if there is none.

use std::sync::Arc;

use serde_json::json;

use super::is_management;
use crate::{
    core::Core,
    engine::event::MatrixEvent,
    intent::{CreateRoom, MatrixError},
    network::{Answer, SendKey},
    store::memory,
};

/// Tells the asker what is for them alone; answers what is to be said in the room.
pub(super) async fn told(core: &Arc<Core>, event: &MatrixEvent, answer: Answer) -> String {
    let Some(secret) = answer.alone else { return answer.here };
    if is_management(core, &event.room_id).await {
        return format!("{}\n\n{secret}", answer.here);
    }
    match tell(core, event, &secret).await {
        Ok(()) => format!("{} The rest is in our direct conversation, {}.", answer.here, event.sender),
        Err(error) => {
            tracing::warn!(error = %error, "Somebody could not be told something alone.");
            format!(
                "{} I could not write to you alone ({error}); ask me in a room where only the two of us are.",
                answer.here
            )
        }
    }
}

async fn tell(core: &Arc<Core>, event: &MatrixEvent, text: &str) -> Result<(), MatrixError> {
    let room = conversation(core, &event.sender).await?;
    let key = SendKey::derive(&[core.info.id, "alone", &event.event_id]);
    core.homeserver.bot().notice(&room, text, None, key).await.map(drop)
}

/// The direct conversation with somebody: the one that was made before, if they are still in it or invited.
async fn conversation(core: &Arc<Core>, user: &str) -> Result<String, MatrixError> {
    let remembered = format!("sdk/alone/{user}");
    let known = core.store.recall(&remembered).await.ok().flatten();
    if let Some(room) = known.as_ref().and_then(serde_json::Value::as_str)
        && is_there(core, room, user).await
    {
        return Ok(room.to_owned());
    }
    let made = CreateRoom { name: None, is_direct: true, invite: vec![user.to_owned()], ..CreateRoom::default() };
    let room = core.homeserver.bot().create_room(&made).await?;
    let write = memory::put(&remembered, Some(&json!(room)));
    if let Err(error) = core.store.commit("remembering a conversation", vec![write]).await {
        tracing::warn!(error = %error, "A direct conversation could not be remembered.");
    }
    Ok(room)
}

/// Nobody but the two may be in it.
async fn is_there(core: &Core, room: &str, user: &str) -> bool {
    let bot = core.homeserver.bot();
    let Ok(members) = bot.joined_members(room).await else { return false };
    if members.iter().any(|member| member != user && *member != core.names.bot) {
        return false;
    }
    let Ok(Some(member)) = bot.state(room, "m.room.member", user).await else { return false };
    matches!(member.get("membership").and_then(serde_json::Value::as_str), Some("join" | "invite"))
}
