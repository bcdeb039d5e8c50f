//! How a ghost looks in one room: people have a name of their own in each container of a network (a nick in a guild), and a
//! ghost has one profile. It follows the first container; in rooms of others the member event says what differs.

use serde_json::json;

use super::ghost::{self, GhostError};
use crate::{
    core::Core,
    engine::to_matrix::hash_of,
    media,
    network::{ChatId, MediaRef, UserInfo, What},
    store::ghosts,
};

/// Containers in containers are followed so far.
const DEPTH: usize = 6;

/// The outermost container that a chat is known to lie in.
pub(super) fn home_of(core: &Core, chat: &ChatId) -> Option<String> {
    let mut home = core.spaces.is_linked(chat.as_str()).then(|| chat.to_string());
    let mut at = chat.to_string();
    for _ in 0..DEPTH {
        let Some(parent) = core.portals.parent_of(&at).or_else(|| core.spaces.parent_of(&at)) else { break };
        home = Some(parent.clone());
        at = parent;
    }
    home
}

/// Whether the author is seen in the room with what happens.
pub(super) fn shows(what: &What) -> bool {
    matches!(
        what,
        What::Message { .. } | What::React { on: true, .. } | What::Vote { .. } | What::Member { joined: true }
    )
}

/// Makes a ghost look so in this room. `differs` is whether that is not how it looks elsewhere.
pub(super) async fn put_on(
    core: &Core,
    room: &str,
    user_id: &str,
    info: &UserInfo,
    differs: bool,
) -> Result<(), GhostError> {
    let wanted = hash_of(&(&info.name, info.avatar.as_ref().map(MediaRef::cache_key)));
    if !differs && core.ghosts.looks_in(room, user_id).is_none() {
        return Ok(());
    }
    ghost::let_in(core, room, user_id).await?;
    if core.ghosts.looks_in(room, user_id).as_deref() == Some(&*wanted) {
        return Ok(());
    }
    let mut content = json!({ "membership": "join", "displayname": info.name });
    if let Some(avatar) = &info.avatar
        && let Ok(Some(uploaded)) = media::carry(core, avatar).await
    {
        content["avatar_url"] = json!(uploaded.mxc);
    }
    core.homeserver.user(user_id).set_state(room, "m.room.member", user_id, &content).await?;
    core.store.commit("storing a ghost's look", vec![ghosts::looks(room, user_id, &wanted)]).await?;
    core.ghosts.look_in(room, user_id, &wanted);
    Ok(())
}
