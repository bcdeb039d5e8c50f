//! Files: announced, filled, completed, shown. <https://docs.slack.dev/messaging/working-with-files>

use bytes::Bytes;
use serde_json::json;

use super::World;
use crate::slack::{
    error::{Refusal, no},
    model::File,
};

impl World {
    pub(crate) fn file(&self, id: &str) -> Result<&File, Refusal> {
        self.files.get(id).filter(|file| !file.gone).ok_or_else(|| no("file_not_found"))
    }

    /// A file that has a name and no content yet.
    pub(crate) fn announce_file(&mut self, user: &str, name: &str, length: u64) -> String {
        let id = self.next_id("F");
        let file = File {
            id: id.clone(),
            name: name.to_owned(),
            title: name.to_owned(),
            mimetype: mimetype(name).to_owned(),
            user: user.to_owned(),
            created: self.clock.seconds(),
            length,
            ..File::default()
        };
        self.files.insert(id.clone(), file);
        id
    }

    /// The content arrives. Slack takes no other length than the one it was told.
    pub(crate) fn fill_file(&mut self, id: &str, bytes: Bytes) -> Result<(), Refusal> {
        let file = self.files.get_mut(id).filter(|file| !file.gone).ok_or_else(|| no("file_not_found"))?;
        if file.length != bytes.len() as u64 {
            return Err(no("length_mismatch"));
        }
        file.bytes = Some(bytes);
        Ok(())
    }

    /// A file of a person, there at once.
    pub(crate) fn add_file(&mut self, user: &str, name: &str, bytes: Bytes) -> Result<String, Refusal> {
        let id = self.announce_file(user, name, bytes.len() as u64);
        self.fill_file(&id, bytes)?;
        if let Some(file) = self.files.get_mut(&id) {
            file.complete = true;
        }
        Ok(id)
    }

    pub(crate) fn delete_file(&mut self, id: &str) -> Result<(), Refusal> {
        self.file(id)?;
        if let Some(file) = self.files.get_mut(id) {
            file.gone = true;
            file.bytes = None;
        }
        let event_ts = self.next_ts();
        self.tell("file_deleted", json!({ "type": "file_deleted", "file_id": id, "event_ts": event_ts }));
        Ok(())
    }
}

/// What Slack takes a file for by its name.
fn mimetype(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("ogg") => "audio/ogg",
        Some("webm") => "video/webm",
        Some("pdf") => "application/pdf",
        Some("txt" | "log") => "text/plain",
        Some("md") => "text/markdown",
        _ => "application/octet-stream",
    }
}
