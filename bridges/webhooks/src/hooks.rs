//! Which hooks there are. Only the hash of a secret is kept: whoever reads the database cannot post.

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Letters and digits that survive being read aloud, 32 of them: five bits each.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 130 bits, as long as the ids of Mattermost, which some senders check.
const LENGTH: usize = 26;

/// A hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Short and public: part of the ids of its ghosts.
    pub id: String,
    /// The room, by its id.
    pub room: String,
    /// The name it speaks under unless a message says otherwise.
    pub name: String,
}

impl Hook {
    /// The chat of the hook. All hooks of a room share it, so that their order holds.
    #[must_use]
    pub fn chat(&self) -> ChatId {
        ChatId::new(&*self.room)
    }

    /// The hook of this secret.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find(secret: &str, remote: &Remote) -> Result<Option<Self>, StoreError> {
        // Looked up by hash, so the time taken tells nothing about other secrets.
        remote.get(&key(secret)).await
    }
}

/// `POST /_bridge/hooks` with `{"room": "!id or #alias", "name"?}`: makes a hook. The secret is answered once.
pub(crate) async fn make(request: &HttpRequest, remote: &Remote) -> HttpResponse {
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(room) = asked["room"].as_str() else { return refused(400, "A hook needs a `room`.") };
    let name = asked["name"].as_str().map(str::trim).filter(|name| !name.is_empty()).unwrap_or("webhook");
    match new(room, name, remote).await {
        Ok((hook, secret)) => HttpResponse::json(
            200,
            &json!({ "id": hook.id, "room_id": hook.room, "secret": secret, "path": format!("/hooks/{secret}") }),
        ),
        Err(FetchError::Missing) => refused(404, "There is no such room."),
        Err(error @ FetchError::Later { .. }) => refused(503, &format!("Not now: {error}.")),
        Err(error) => refused(403, &error.to_string()),
    }
}

async fn new(room: &str, name: &str, remote: &Remote) -> Result<(Hook, String), FetchError> {
    let room = remote.resolve_room(room).await?;
    remote.link(&room, &ChatId::new(&*room)).await?;
    let secret = random(LENGTH);
    let hook = Hook { id: random(6), room, name: name.to_owned() };
    remote.put(&key(&secret), &hook).await?;
    Ok((hook, secret))
}

fn key(secret: &str) -> String {
    let hash = Sha256::digest(secret.as_bytes());
    hash.iter().fold("hook/".to_owned(), |key, byte| format!("{key}{byte:02x}"))
}

fn random(length: usize) -> String {
    (0..length).map(|_| char::from(LETTERS[usize::from(rand::random::<u8>() % 32)])).collect()
}

fn refused(status: u16, why: &str) -> HttpResponse {
    let errcode = match status {
        400 => "M_BAD_JSON",
        403 => "M_FORBIDDEN",
        404 => "M_NOT_FOUND",
        _ => "M_UNKNOWN",
    };
    HttpResponse::json(status, &json!({ "errcode": errcode, "error": why }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_kept_as_they_are() {
        let secret = random(LENGTH);
        assert_eq!(secret.len(), 26);
        assert_ne!(secret, random(LENGTH));
        let key = key(&secret);
        assert!(key.starts_with("hook/") && key.len() == 69 && !key.contains(&secret));
    }
}
