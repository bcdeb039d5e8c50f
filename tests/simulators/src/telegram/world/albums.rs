//! Files in messages, and albums: separate messages that share a `media_group_id`.

use serde_json::{Map, Value};

use super::{World, draft::Draft};
use crate::telegram::{error::Refusal, files::Media};

impl World {
    /// Keeps a file and gives the fields that show it in a message.
    pub(crate) fn store_media(&mut self, media: Media) -> Map<String, Value> {
        let id = self.next_id();
        let (files, fields) = media.stored(id);
        self.files.extend(files);
        fields
    }

    /// Sends the parts of an album, one after the other.
    pub(crate) fn album(&mut self, parts: Vec<Draft>) -> Result<Vec<i32>, Refusal> {
        let group = (13_000_000_000_000_000 + self.next_id()).to_string();
        parts.into_iter().map(|part| self.post(Draft { group: Some(group.clone()), ..part })).collect()
    }
}
