//! Linking from either side: whoever governs the room and whoever manages the chat each do their part, and a code tells
//! that they mean the same.
//!
//! Codes are kept as hashes, good for an hour and for one link.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{
    create, found,
    link::{self, LinkError},
};
use crate::{
    core::Core,
    network::{ChatId, FetchError, LinkedChat, StoreError, Timestamp},
    store::{
        Sql,
        requests::{self, RequestRow},
    },
};

/// How long a code is good, in milliseconds.
const GOOD_FOR: i64 = 3_600_000;
/// Most requests of one person within that time.
const AT_ONCE: usize = 5;
/// No letters or digits that look alike.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// Eight characters with a hyphen between, after bytes that nobody can guess.
fn code(bytes: &[u8]) -> String {
    let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().map_or('A', char::from);
    let letters: Vec<char> = bytes.iter().take(8).map(letter).collect();
    let (front, back) = letters.split_at(letters.len().min(4));
    front.iter().chain(['-'].iter()).chain(back).collect()
}

/// What a code is remembered as: people may write it small, or without the hyphen.
fn hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::digest(plain).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn since() -> i64 {
    Timestamp::now().0.saturating_sub(GOOD_FOR)
}

/// A code for somebody who may bridge this chat over there.
pub(crate) async fn offer(core: &Core, chat: &ChatId) -> Result<String, FetchError> {
    if let Some(room) = core.portals.room_of(chat.as_str()) {
        return Err(LinkError::ChatTaken(room).into());
    }
    if found::is_excluded(core, chat.as_str()) {
        return Err(LinkError::Excluded.into());
    }
    let code = code(&rand::random::<[u8; 8]>());
    let row =
        RequestRow { code: hash(&code), chat: Some(chat.to_string()), at: Timestamp::now().0, ..RequestRow::default() };
    core.store.commit("storing an offer", vec![requests::prune(since()), requests::save(&row)]).await?;
    Ok(code)
}

/// The chat that the network offers under this code, and what marks the code used.
pub(crate) async fn offered(core: &Core, code: &str) -> Result<Option<(ChatId, Sql)>, StoreError> {
    let row = core.store.request(&hash(code), since()).await?.filter(|row| row.asked_by.is_empty());
    Ok(row.and_then(|row| Some((ChatId::new(row.chat?), requests::remove(&row.code)))))
}

/// What somebody in Matrix asks for.
pub(crate) struct Ask<'a> {
    /// Who.
    pub(crate) by: &'a str,
    /// The event: asking again in the same event gives the same code.
    pub(crate) event_id: &'a str,
    /// The room to be linked; `None`: one is made.
    pub(crate) room: Option<&'a str>,
    /// The chat; `None`: whichever accepts.
    pub(crate) chat: Option<&'a ChatId>,
}

/// Stores what somebody in Matrix asks for; answers the code, or a sentence why not.
pub(crate) async fn ask(core: &Core, ask: &Ask<'_>) -> Result<Result<String, &'static str>, StoreError> {
    let secret = core.secret("request");
    let bytes = Sha256::new().chain_update(secret).chain_update(ask.event_id).finalize();
    let code = code(&bytes);
    let row = RequestRow {
        code: hash(&code),
        chat: ask.chat.map(ToString::to_string),
        room_id: ask.room.map(str::to_owned),
        asked_by: ask.by.to_owned(),
        at: Timestamp::now().0,
    };
    let waiting = core.store.requests_of(ask.by, since()).await?;
    if waiting.iter().all(|other| other.code != row.code) {
        if waiting.iter().any(|other| other.chat == row.chat && other.room_id == row.room_id) {
            return Ok(Err("You asked for that already: the code you got is good for an hour."));
        }
        if waiting.len() >= AT_ONCE {
            return Ok(Err("You have asked for several links already: wait until one is accepted, or an hour."));
        }
    }
    core.store.commit("storing a request", vec![requests::prune(since()), requests::save(&row)]).await?;
    Ok(Ok(code))
}

/// Somebody who may bridge the chat accepts what was asked in Matrix.
pub(crate) async fn accept(core: &Arc<Core>, code: &str, chat: &ChatId) -> Result<LinkedChat, FetchError> {
    let row = core.store.request(&hash(code), since()).await?.filter(|row| !row.asked_by.is_empty());
    let Some(row) = row else { return Err(FetchError::Missing) };
    if row.chat.as_deref().is_some_and(|asked| asked != chat.as_str()) {
        return Err(FetchError::Refused("That code is for another chat.".to_owned()));
    }
    let used = requests::remove(&row.code);
    let room_id = match &row.room_id {
        Some(room) => {
            if !crate::command::may_change(core, room, &row.asked_by).await {
                let sentence = format!("{} does not govern that room any more.", row.asked_by);
                return Err(FetchError::Refused(sentence));
            }
            link::link_and(core, room, chat, false, vec![used]).await?
        }
        None => {
            let room = create::create(core, chat, Some(&row.asked_by)).await?;
            core.store.commit("using a code", vec![used]).await?;
            room
        }
    };
    crate::command::linked(core, &room_id, &row.code).await;
    Ok(LinkedChat { chat: chat.clone(), room_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_readable_and_forgive_how_they_are_written() {
        let made = code(&[0, 1, 30, 31, 255, 7, 8, 9, 10]);
        assert_eq!((made.len(), made.chars().nth(4)), (9, Some('-')));
        assert_eq!(hash(&made), hash(&made.to_lowercase().replace('-', " ")));
        assert_ne!(hash(&made), hash("AAAA-AAAA"));
    }
}
