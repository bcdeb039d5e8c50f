//! Which hooks there are. A hook belongs to a room and is itself: it has a name and a picture of its own, never its
//! maker's. Only the hash of a secret is kept: whoever reads the database cannot post.
//!
//! - [`command`]: `!webhooks new NAME` and the others, in the room
//! - [`api`]: the same over HTTP, for the command line

pub mod api;
pub mod command;

use std::collections::BTreeMap;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    address,
    desk::{Desk, Work},
    identity,
    post::{Post, Priority},
};

/// Letters and digits that survive being read aloud, 32 of them: five bits each.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The longest name, in characters.
const LONGEST: usize = 80;

/// A hook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// Short and public: part of the ids of its ghosts.
    pub id: String,
    /// The room, by its id.
    pub room: String,
    /// The name it speaks under unless a message says otherwise.
    pub name: String,
    /// The address of its picture.
    pub picture: Option<String>,
    /// Messages may not speak under other names and pictures.
    pub locked: bool,
    /// Messages may call people of their choice, and everybody.
    pub may_mention: bool,
    /// How urgent its messages are when they do not say, 1 to 5.
    pub level: Option<u8>,
    /// How urgent they are by the sender's word for it: `critical` → 5.
    pub levels: BTreeMap<String, u8>,
    /// What any JSON is shown as.
    pub template: Option<String>,
    /// How a body is read when its form does not tell.
    pub adapter: Option<String>,
    /// Its messages are not shown: each is a heartbeat.
    pub beats: bool,
    /// Who made it: `@alice:example.org`, or empty from the command line.
    pub creator: String,
    /// When, in milliseconds since 1970.
    pub made: i64,
    /// The hash of its secret.
    pub hash: String,
}

/// When a hook was used last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// In milliseconds since 1970.
    pub at: i64,
    /// The form the message came in.
    pub dialect: String,
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
        remote.get(&key(&hash(secret))).await
    }

    /// The hook of this id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn by_id(id: &str, remote: &Remote) -> Result<Option<Self>, StoreError> {
        match remote.get::<String>(&by_id(id)).await? {
            Some(hash) => remote.get(&key(&hash)).await,
            None => Ok(None),
        }
    }

    /// Who speaks when it speaks for itself.
    #[must_use]
    pub fn author(&self) -> Author {
        identity::author(self, &Post { icon_url: self.picture.clone(), ..Post::default() })
    }

    /// How urgent a message is, 1 to 5.
    #[must_use]
    pub fn level(&self, post: &Post) -> u8 {
        let severity = post.severity.as_deref().map(str::to_lowercase);
        let chosen = severity.as_deref().and_then(|word| self.levels.get(word).copied());
        match (post.silent, chosen, post.priority) {
            (true, ..) => 1,
            (_, Some(level), _) => level.clamp(1, 5),
            (_, _, Some(priority)) => priority.level(),
            _ => {
                let named = severity.as_deref().and_then(Priority::named).map(Priority::level);
                named.or(self.level).unwrap_or(3).clamp(1, 5)
            }
        }
    }

    /// A message as this hook says it: under its own name and picture where others are not allowed or not given.
    #[must_use]
    pub fn dressed(&self, mut post: Post) -> Post {
        if self.locked {
            (post.username, post.icon_url, post.icon_emoji) = (None, None, None);
        }
        if post.username.is_none() && post.icon_url.is_none() && post.icon_emoji.is_none() {
            post.icon_url.clone_from(&self.picture);
        }
        post
    }
}

fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(hash: &str) -> String {
    format!("hook/{hash}")
}

fn by_id(id: &str) -> String {
    format!("hookid/{id}")
}

/// Where it is kept when a hook was used last.
#[must_use]
pub fn used_key(id: &str) -> String {
    format!("used/{id}")
}

/// When a hook was used last.
///
/// # Errors
/// The database failed.
pub async fn used(id: &str, remote: &Remote) -> Result<Option<Used>, StoreError> {
    remote.get(&used_key(id)).await
}

/// Makes a hook for a room, which is linked; answers its secret, which nobody can read again. The same `cause` makes
/// the same hook, with another secret.
///
/// # Errors
/// The room cannot be had.
pub async fn new(
    desk: &Desk,
    room: &str,
    name: &str,
    (creator, cause): (&str, Option<&str>),
) -> Result<(Hook, String), FetchError> {
    let room = desk.resolve_room(room).await?;
    if !desk.is_linked(&ChatId::new(&*room)) {
        desk.link(&room, &ChatId::new(&*room)).await?;
    }
    let id = cause.map_or_else(|| random(6), |cause| SendKey::derive(&[cause]).as_str().chars().take(8).collect());
    let made = Timestamp::now().0;
    let hook = Hook { id, room, name: named(name), creator: creator.to_owned(), made, ..Hook::default() };
    let before = Hook::by_id(&hook.id, desk).await?;
    let (hook, secret) = give_secret(desk, before.unwrap_or(hook)).await?;
    Ok((hook, secret))
}

/// A name as it may be: one line, not too long.
#[must_use]
pub fn named(name: &str) -> String {
    let name: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    let name = name.trim();
    if name.is_empty() { "webhook".to_owned() } else { name.to_owned() }
}

/// Gives a hook a new secret; the old one no longer opens anything.
///
/// # Errors
/// The database failed.
pub async fn give_secret(desk: &Desk, mut hook: Hook) -> Result<(Hook, String), StoreError> {
    let secret = random(address::LENGTH);
    let mut work = Work::default();
    if !hook.hash.is_empty() {
        work.forget(key(&hook.hash));
    }
    hook.hash = hash(&secret);
    work.put(key(&hook.hash), &hook);
    work.put(by_id(&hook.id), &hook.hash);
    desk.commit(work).await?;
    Ok((hook, secret))
}

/// Keeps what was changed about a hook.
///
/// # Errors
/// The database failed.
pub async fn save(desk: &Desk, hook: &Hook) -> Result<(), StoreError> {
    desk.put(&key(&hook.hash), hook).await
}

/// Takes a hook away, with what it would still do. What it said stays.
///
/// # Errors
/// The database failed.
pub async fn delete(desk: &Desk, hook: &Hook) -> Result<(), StoreError> {
    let _turn = desk.turn(&hook.room).await;
    for check in crate::heartbeat::all(desk, hook).await? {
        crate::heartbeat::delete(desk, hook, &check.slug).await?;
    }
    let mut work = Work::default();
    for key in [key(&hook.hash), by_id(&hook.id), used_key(&hook.id)] {
        work.forget(key);
    }
    desk.commit(work).await
}

/// The hooks of a room, or all; by name.
///
/// # Errors
/// The database failed.
pub async fn list(desk: &Desk, room: Option<&str>) -> Result<Vec<Hook>, StoreError> {
    let all = desk.get_all::<Hook>("hook/").await?.into_iter().map(|(_, hook)| hook);
    let mut hooks: Vec<Hook> = all.filter(|hook| room.is_none_or(|room| hook.room == room)).collect();
    hooks.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(hooks)
}

fn random(length: usize) -> String {
    (0..length).map(|_| char::from(LETTERS[usize::from(rand::random::<u8>() % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_kept_as_they_are() {
        let secret = random(address::LENGTH);
        assert_eq!(secret.len(), 26);
        assert_ne!(secret, random(address::LENGTH));
        let hash = hash(&secret);
        assert!(hash.len() == 64 && !hash.contains(&secret));
    }

    #[test]
    fn a_message_is_as_urgent_as_it_says_or_else_as_its_hook_is() {
        let levels = BTreeMap::from([("sev1".to_owned(), 5), ("warning".to_owned(), 2)]);
        let hook = Hook { levels, level: Some(4), ..Hook::default() };
        let post = |silent, priority, severity: &str| Post {
            silent,
            priority,
            severity: Some(severity.to_owned()).filter(|word| !word.is_empty()),
            ..Post::default()
        };
        for (post, level) in [
            (post(false, None, ""), 4),
            (post(true, Some(Priority::Urgent), "sev1"), 1),
            (post(false, Some(Priority::Low), ""), 2),
            (post(false, Some(Priority::Low), "SEV1"), 5),
            (post(false, None, "warning"), 2),
            (post(false, None, "critical"), 5),
            (post(false, None, "whatever"), 4),
        ] {
            assert_eq!(hook.level(&post), level, "{post:?}");
        }
        assert_eq!(Hook::default().level(&Post::default()), 3);
    }

    #[test]
    fn a_locked_hook_speaks_as_itself() {
        let post = || Post { username: Some("Eve".into()), icon_emoji: Some(":x:".into()), ..Post::default() };
        let picture = Some("https://x/a.png".to_owned());
        let open = Hook { picture: picture.clone(), ..Hook::default() };
        assert_eq!(open.dressed(post()).username.as_deref(), Some("Eve"));
        let locked = Hook { locked: true, ..open };
        let dressed = locked.dressed(post());
        assert_eq!((dressed.username, dressed.icon_emoji, dressed.icon_url), (None, None, picture));
    }

    #[test]
    fn a_hook_from_before_these_fields_is_read() {
        let old = serde_json::json!({ "id": "k3f9", "room": "!r:h", "name": "CI" });
        assert_eq!(serde_json::from_value::<Hook>(old).unwrap().name, "CI");
    }
}
