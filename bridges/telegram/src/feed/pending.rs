//! Albums that are coming in: kept in the bridge's memory, together with the position behind each part, until they are
//! complete. Telegram does not say when that is: it is when something else comes, or nothing for a while.

use appservice_sdk::prelude::*;
use serde::Deserialize as _;
use serde_json::Value;
use tokio::time::Instant;

use super::{Feed, Round};
use crate::receive;
use crate::wire::Message;

/// Memory: an album that is not complete.
const PENDING: &str = "pending/";

/// The messages of an album so far, as Telegram told them.
pub(super) struct Pending {
    pub(super) chat: i64,
    group: String,
    messages: Vec<Value>,
    /// When the last one came.
    pub(super) since: Instant,
}

impl Pending {
    fn key(&self) -> String {
        format!("{PENDING}{}/{}", self.chat, self.group)
    }

    fn place(&self, id: i32) -> Option<usize> {
        self.messages.iter().position(|message| message.get("message_id").and_then(Value::as_i64) == Some(id.into()))
    }
}

/// What a former process left.
///
/// # Errors
/// The bridge's database failed.
pub(super) async fn load(remote: &Remote) -> Result<Vec<Pending>, StoreError> {
    let since = Instant::now();
    let read = |(key, messages): (String, Vec<Value>)| {
        let (chat, group) = key.strip_prefix(PENDING)?.split_once('/')?;
        Some(Pending { chat: chat.parse().ok()?, group: group.to_owned(), messages, since })
    };
    Ok(remote.get_all(PENDING).await?.into_iter().filter_map(read).collect())
}

impl Feed {
    /// Takes in a part of an album; what comes after an album shows that it was complete. Says whether it was a part.
    pub(super) fn gather(&mut self, said: &Message, raw: &Value, round: &mut Round) -> bool {
        let group = said.media_group_id.as_deref();
        let complete = |album: &Pending| album.chat == said.chat.id && Some(album.group.as_str()) != group;
        let (done, waiting) = std::mem::take(&mut self.pending).into_iter().partition(complete);
        self.pending = waiting;
        let done: Vec<Pending> = done;
        done.iter().for_each(|album| self.tell(album, round));
        let (Some(group), Some(raw)) = (group, inner(raw)) else { return false };
        let known = self.pending.iter().position(|album| album.chat == said.chat.id);
        let at = known.unwrap_or_else(|| {
            let (chat, group) = (said.chat.id, group.to_owned());
            self.pending.push(Pending { chat, group, messages: Vec::new(), since: Instant::now() });
            self.pending.len() - 1
        });
        let album = &mut self.pending[at];
        if album.place(said.message_id).is_none() {
            album.messages.push(raw.clone());
        }
        album.since = Instant::now();
        round.batch.memory.push((album.key(), Some(Value::Array(album.messages.clone()))));
        true
    }

    /// A part of an album that is still coming in was changed.
    pub(super) fn replace(&mut self, said: &Message, raw: &Value, round: &mut Round) -> bool {
        let Some(raw) = inner(raw) else { return false };
        for album in self.pending.iter_mut().filter(|album| album.chat == said.chat.id) {
            if let Some(at) = album.place(said.message_id) {
                album.messages[at] = raw.clone();
                round.batch.memory.push((album.key(), Some(Value::Array(album.messages.clone()))));
                return true;
            }
        }
        false
    }

    /// An album is complete.
    pub(super) fn tell(&self, album: &Pending, round: &mut Round) {
        round.batch.memory.push((album.key(), None));
        let mut all: Vec<Message> =
            album.messages.iter().filter_map(|message| Message::deserialize(message).ok()).collect();
        all.sort_by_key(|said| said.message_id);
        let Some((event, record)) = receive::album(&all, &self.view()) else { return };
        if let Some(first) = all.first()
            && first.topic().is_some()
        {
            all.iter().for_each(|said| self.shared.stands(said.chat.id, said.message_id, &event.chat));
        }
        if self.shared.remote.is_linked(&event.chat) {
            self.shared.albums.keep(record, &mut round.batch);
        }
        round.batch.events.push(event);
    }
}

/// The message within an update.
fn inner(update: &Value) -> Option<&Value> {
    ["message", "channel_post", "edited_message", "edited_channel_post"].iter().find_map(|kind| update.get(*kind))
}
