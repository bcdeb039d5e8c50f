//! How people and chats of Telegram look: names at once, pictures when there is time.
//!
//! Telegram tells names with every message, pictures only when asked. So a person's picture is asked for in the
//! background when they are first heard, remembered for good, and asked for again after a day.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::convert::Names;
use crate::ids;
use crate::rest::{Rest, RestError};
use crate::wire::{Chat, Photo, Photos, User};

/// Memory: the picture of somebody.
pub(crate) const LOOK: &str = "look/";
/// How long a picture is taken for the right one, in milliseconds.
const FRESH: i64 = 24 * 60 * 60 * 1000;
/// So many user names are remembered; then that memory starts anew.
const NAMES: usize = 20_000;

/// Somebody's picture, as it is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Look {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unique: Option<String>,
    /// When it was asked for.
    at: i64,
}

impl Look {
    fn picture(&self) -> Option<MediaRef> {
        let mut picture = MediaRef::remote(self.file.clone()?);
        picture.mime = Some("image/jpeg".to_owned());
        Some(picture.with_id(self.unique.clone()?))
    }
}

#[derive(Default)]
struct Known {
    looks: HashMap<i64, Look>,
    /// Lower-case user names, with id and name.
    names: HashMap<String, (i64, String)>,
    /// Who is being asked for.
    asked: HashSet<i64>,
}

/// Everybody who was heard.
#[derive(Default)]
pub(crate) struct People(Mutex<Known>);

impl People {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote) -> Result<Self, StoreError> {
        let mut known = Known::default();
        for (key, look) in remote.get_all::<Look>(LOOK).await? {
            if let Some(id) = key.strip_prefix(LOOK).and_then(|id| id.parse().ok()) {
                known.looks.insert(id, look);
            }
        }
        Ok(Self(Mutex::new(known)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody as they look now.
    pub(crate) fn person(&self, user: &User) -> UserInfo {
        let name = person_name(user);
        let mut known = self.known();
        if let Some(username) = user.username.as_deref() {
            if known.names.len() >= NAMES {
                known.names.clear();
            }
            known.names.insert(username.to_lowercase(), (user.id, name.clone()));
        }
        UserInfo { name, avatar: known.picture(user.id), is_bot: user.is_bot.unwrap_or(false) }
    }

    /// A chat that speaks as itself: a channel, an anonymous administrator.
    pub(crate) fn chat(&self, chat: &Chat) -> UserInfo {
        UserInfo { name: chat_name(chat), avatar: self.known().picture(chat.id), is_bot: false }
    }

    /// Whether somebody's picture should be asked for now; it is then taken to be under way.
    pub(crate) fn wants(&self, id: i64, now: Timestamp) -> bool {
        let mut known = self.known();
        let fresh = known.looks.get(&id).is_some_and(|look| now.0 - look.at < FRESH);
        !fresh && known.asked.insert(id)
    }

    /// Asks for somebody's picture, remembers it, and tells if it changed.
    pub(crate) async fn ask(&self, rest: &Rest, remote: &Remote, id: i64, mut info: UserInfo) {
        let found = picture(rest, id).await;
        self.known().asked.remove(&id);
        let look = match found {
            Ok(look) => look,
            Err(error) => return tracing::debug!(id, %error, "a picture could not be asked for"),
        };
        let before = self.known().looks.insert(id, look.clone());
        let mut batch = Batch::new().put(format!("{LOOK}{id}"), &look);
        if before.and_then(|look| look.unique) != look.unique {
            info.avatar = look.picture();
            let who = Author::them(id.to_string(), info);
            batch = batch.emit(Incoming::new(ids::whole(id), who, Timestamp::now(), What::Profile));
        }
        if let Err(error) = remote.store(batch).await {
            tracing::warn!(id, %error, "a picture could not be remembered");
        }
    }
}

impl Known {
    fn picture(&self, id: i64) -> Option<MediaRef> {
        self.looks.get(&id)?.picture()
    }
}

impl Names for People {
    fn user(&self, username: &str) -> Option<(String, String)> {
        let known = self.known();
        known.names.get(&username.to_lowercase()).map(|(id, name)| (id.to_string(), name.clone()))
    }
}

async fn picture(rest: &Rest, id: i64) -> Result<Look, RestError> {
    let at = Timestamp::now().0;
    if ids::is_shared(id) {
        let chat: Chat = rest.call("getChat", &json!({ "chat_id": id })).await?;
        let photo = (*chat.photo).clone();
        return Ok(Look {
            file: photo.as_ref().map(|photo| photo.big_file_id.clone()),
            unique: photo.map(|photo| photo.big_file_unique_id),
            at,
        });
    }
    let photos: Photos = rest.call("getUserProfilePhotos", &json!({ "user_id": id, "limit": 1 })).await?;
    let newest = photos.photos.first().and_then(|sizes| largest(sizes));
    Ok(Look {
        file: newest.map(|photo| photo.file_id.clone()),
        unique: newest.map(|photo| photo.file_unique_id.clone()),
        at,
    })
}

/// The largest of a picture's sizes.
pub(crate) fn largest(sizes: &[Photo]) -> Option<&Photo> {
    sizes.iter().max_by_key(|size| u64::from(size.width.unwrap_or(0)) * u64::from(size.height.unwrap_or(0)))
}

/// First and last name; the user name or number where there is none.
pub(crate) fn person_name(user: &User) -> String {
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    let full: Vec<&str> = names.into_iter().flatten().map(str::trim).filter(|name| !name.is_empty()).collect();
    match (full.is_empty(), user.username.as_deref()) {
        (false, _) => full.join(" "),
        (true, Some(username)) => username.to_owned(),
        (true, None) => user.id.to_string(),
    }
}

/// A chat's title, or the name of whom it is with.
pub(crate) fn chat_name(chat: &Chat) -> String {
    if let Some(title) = chat.title.as_deref().filter(|title| !title.trim().is_empty()) {
        return title.to_owned();
    }
    let user = User {
        id: chat.id,
        first_name: chat.first_name.clone(),
        last_name: chat.last_name.clone(),
        username: chat.username.clone(),
        ..User::default()
    };
    person_name(&user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(value: serde_json::Value) -> User {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_name_is_the_full_name_then_the_user_name() {
        let cases = [
            (json!({"id": 1, "first_name": "Ada", "last_name": "Lovelace", "username": "ada"}), "Ada Lovelace"),
            (json!({"id": 1, "first_name": "Ada", "last_name": " "}), "Ada"),
            (json!({"id": 1, "first_name": "", "username": "ada"}), "ada"),
            (json!({"id": 1}), "1"),
        ];
        for (who, wanted) in cases {
            assert_eq!(person_name(&user(who)), wanted);
        }
    }

    #[test]
    fn a_picture_is_asked_for_once_a_day() {
        let people = People::default();
        assert!(people.wants(5, Timestamp(0)));
        assert!(!people.wants(5, Timestamp(0)), "it is under way");
        people.known().asked.clear();
        people.known().looks.insert(5, Look { at: 1000, ..Look::default() });
        assert!(!people.wants(5, Timestamp(1000 + FRESH - 1)));
        assert!(people.wants(5, Timestamp(1000 + FRESH)));
    }

    #[test]
    fn somebody_is_found_by_user_name_in_any_case() {
        let people = People::default();
        people.person(&user(json!({"id": 7, "first_name": "Ada", "username": "AdaL"})));
        assert_eq!(people.user("adal"), Some(("7".into(), "Ada".into())));
        assert_eq!(people.user("bob"), None);
    }
}
