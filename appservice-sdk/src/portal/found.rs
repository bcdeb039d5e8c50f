//! A chat that the account sees: it gets a room if that is configured, and a room it has follows its look.

use std::{sync::Arc, time::Duration};

use super::{create, follow, link::LinkError};
use crate::{
    core::Core,
    engine::look,
    network::{ChatId, ChatInfo, ChatKind, StoreError},
    settings::AutoCreate,
};

/// What is to be done about a chat that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Follow,
    Make,
    Nothing,
}

/// Decides. Pure. A container gets its space with the first of its chats.
pub(crate) fn about(known: bool, excluded: bool, auto: AutoCreate, kind: ChatKind) -> About {
    match (known, excluded) {
        (true, _) => About::Follow,
        (false, false) if auto == AutoCreate::All && kind != ChatKind::Space => About::Make,
        (false, _) => About::Nothing,
    }
}

/// Whether a found chat is worth storing.
pub(crate) fn matters(core: &Core, chat: &ChatId, info: &ChatInfo) -> bool {
    decide(core, chat, info) != About::Nothing
}

fn decide(core: &Core, chat: &ChatId, info: &ChatInfo) -> About {
    let known = core.portals.is_linked(chat.as_str()) || core.spaces.is_linked(chat.as_str());
    let excluded =
        is_excluded(core, chat.as_str()) || info.parent.as_ref().is_some_and(|p| is_excluded(core, p.as_str()));
    about(known, excluded, core.settings.auto_create, info.kind)
}

/// Whether a chat, or a container it is known to lie in, is excluded.
pub(crate) fn is_excluded(core: &Core, chat: &str) -> bool {
    let mut at = Some(chat.to_owned());
    for _ in 0..5 {
        let Some(chat) = at else { return false };
        if core.settings.exclude.names(&chat) {
            return true;
        }
        at = core.portals.parent_of(&chat).or_else(|| core.spaces.parent_of(&chat));
    }
    false
}

/// Does what is to be done; answers how long to wait if it cannot be done now.
pub(crate) async fn found(core: &Arc<Core>, chat: &ChatId, info: &ChatInfo) -> Result<Option<Duration>, StoreError> {
    match decide(core, chat, info) {
        About::Nothing => {}
        About::Follow => follow::follow(core, chat.as_str(), &look::whole(info)).await?,
        About::Make => {
            // People unlinked it by hand: it stays so until they link it again.
            if core.store.portal(chat.as_str()).await?.is_some_and(|portal| portal.kind == "left") {
                return Ok(None);
            }
            let admins = core.settings.admins.iter().filter(|who| who.starts_with('@')).cloned().collect::<Vec<_>>();
            match create::make(core, chat, info, &admins).await {
                Ok(_) => {}
                Err(LinkError::Store(error)) => return Err(error),
                Err(LinkError::NotNow) => return Ok(Some(Duration::from_secs(2))),
                Err(error) => tracing::warn!(chat = %chat, error = %error, "A chat that was found gets no room."),
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_made_only_where_that_is_configured() {
        use AutoCreate::{All, Off, Request};
        let cases = [
            (false, false, All, ChatKind::Room, About::Make),
            (false, false, All, ChatKind::Space, About::Nothing),
            (false, true, All, ChatKind::Room, About::Nothing),
            (false, false, Off, ChatKind::Room, About::Nothing),
            (false, false, Request, ChatKind::Room, About::Nothing),
            (true, false, Off, ChatKind::Room, About::Follow),
            (true, false, Off, ChatKind::Space, About::Follow),
        ];
        for (known, excluded, auto, kind, wanted) in cases {
            assert_eq!(about(known, excluded, auto, kind), wanted);
        }
    }
}
