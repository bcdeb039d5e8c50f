//! Albums: pictures and films that Telegram sends as messages of their own and shows as one.
//!
//! While an album comes in, its messages are kept in the bridge's memory; it is told when it is complete. Afterwards is
//! remembered which messages it was made of, for whatever refers to one of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::{Batch, Part, Remote, StoreError};
use serde::{Deserialize, Serialize};

/// Memory: an album that was told.
const ALBUM: &str = "album/";
/// So many albums are remembered, the oldest forgotten first.
const KEPT: usize = 2000;

/// An album, as it is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Album {
    pub(crate) chat: i64,
    /// The messages, in order.
    pub(crate) ids: Vec<i32>,
    /// What each was told as.
    pub(crate) parts: Vec<Part>,
}

#[derive(Default)]
struct Known {
    albums: HashMap<(i64, i32), Album>,
    /// The first message of each, by any of them.
    first: HashMap<(i64, i32), i32>,
    order: VecDeque<(i64, i32)>,
}

/// The albums that were told.
#[derive(Default)]
pub(crate) struct Albums(Mutex<Known>);

impl Albums {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote) -> Result<Self, StoreError> {
        let albums = Self::default();
        let mut all: Vec<Album> = remote.get_all::<Album>(ALBUM).await?.into_iter().map(|(_, album)| album).collect();
        all.sort_by_key(|album| album.ids.first().copied());
        let mut batch = Batch::new();
        all.into_iter().for_each(|album| albums.keep(album, &mut batch));
        Ok(albums)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers an album as it is now.
    pub(crate) fn keep(&self, album: Album, batch: &mut Batch) {
        let Some(first) = album.ids.first().copied() else { return };
        let at = (album.chat, first);
        let mut known = self.known();
        batch.memory.push((key(at), serde_json::to_value(&album).ok()));
        for id in &album.ids {
            known.first.insert((album.chat, *id), first);
        }
        if known.albums.insert(at, album).is_none() {
            known.order.push_back(at);
        }
        while known.order.len() > KEPT {
            let Some(oldest) = known.order.pop_front() else { break };
            batch.memory.push((key(oldest), None));
            if let Some(gone) = known.albums.remove(&oldest) {
                for id in gone.ids {
                    known.first.remove(&(gone.chat, id));
                }
            }
        }
    }

    /// The message an album is known by, if this is one of its messages; the message itself otherwise.
    pub(crate) fn first(&self, chat: i64, id: i32) -> i32 {
        self.known().first.get(&(chat, id)).copied().unwrap_or(id)
    }

    /// The message that is the nth part of what is known by this one.
    pub(crate) fn part(&self, chat: i64, first: i32, part: u32) -> i32 {
        let nth = usize::try_from(part).unwrap_or(usize::MAX);
        let known = self.known();
        known.albums.get(&(chat, first)).and_then(|album| album.ids.get(nth)).copied().unwrap_or(first)
    }

    /// The album a message belongs to, with that message told anew.
    pub(crate) fn changed(&self, chat: i64, id: i32, part: Part) -> Option<Album> {
        let known = self.known();
        let first = known.first.get(&(chat, id))?;
        let mut album = known.albums.get(&(chat, *first))?.clone();
        let at = album.ids.iter().position(|known| *known == id)?;
        *album.parts.get_mut(at)? = part;
        Some(album)
    }
}

fn key((chat, first): (i64, i32)) -> String {
    format!("{ALBUM}{chat}/{first}")
}

#[cfg(test)]
mod tests {
    use appservice_sdk::prelude::Doc;

    use super::*;

    #[test]
    fn whatever_refers_to_a_part_finds_the_whole() {
        let albums = Albums::default();
        let parts = ["a", "b", "c"].map(|text| Part::Text(Doc::text(text))).to_vec();
        albums.keep(Album { chat: -1, ids: vec![4, 5, 6], parts }, &mut Batch::new());
        assert_eq!([4, 5, 6, 7].map(|id| albums.first(-1, id)), [4, 4, 4, 7]);
        assert_eq!(albums.first(-2, 5), 5);
        assert_eq!((albums.part(-1, 4, 2), albums.part(-1, 4, 9), albums.part(-1, 7, 0)), (6, 4, 7));
        let changed = albums.changed(-1, 5, Part::Text(Doc::text("x"))).unwrap();
        assert_eq!(changed.parts[1], Part::Text(Doc::text("x")));
        assert_eq!(albums.changed(-1, 7, Part::Text(Doc::text("x"))), None);
    }

    #[test]
    fn the_oldest_albums_are_forgotten() {
        let albums = Albums::default();
        let mut batch = Batch::new();
        for id in 0..=i32::try_from(KEPT).unwrap() {
            albums.keep(Album { chat: -1, ids: vec![id + 1], parts: vec![] }, &mut batch);
        }
        assert_eq!(batch.memory.last(), Some(&("album/-1/1".to_owned(), None)));
        assert_eq!(albums.known().albums.len(), KEPT);
    }
}
