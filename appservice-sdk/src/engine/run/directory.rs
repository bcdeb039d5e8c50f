//! Who is who and what is where, filled before a text is carried over: one query each.

use std::collections::HashMap;

use crate::{
    content::{CustomEmoji, Directory, Doc, Id, Place, directory::Known},
    core::Core,
    network::{Incoming, MediaRef, Part, StoreError, What},
    store::media::Uploaded,
};

/// What custom emoji are remembered by among the uploads.
const EMOJI: &str = "emoji:";

/// The texts of an event.
fn docs(incoming: &Incoming) -> impl Iterator<Item = &Doc> {
    let parts: &[Part] = match &incoming.what {
        What::Message { parts, .. } | What::Edit { parts, .. } => parts,
        _ => &[],
    };
    parts.iter().filter_map(Part::doc)
}

/// The custom emoji that an event's texts need on the homeserver: [`crate::network::Session::fetch`] is asked for
/// `emoji:` and the id.
pub(super) fn emoji(incoming: &Incoming) -> Vec<MediaRef> {
    let ids = docs(incoming).flat_map(|doc| doc.references().remote_emoji);
    ids.map(|id| MediaRef::remote(format!("{EMOJI}{id}"))).collect()
}

/// For texts that go to Matrix.
pub(super) struct TowardMatrix<'a> {
    pub(super) core: &'a Core,
    pub(super) media: &'a HashMap<String, Uploaded>,
    /// Events of messages that places point at: chat and message → event.
    pub(super) events: HashMap<(String, String), String>,
}

/// Looks up the messages that an event's texts point at.
pub(super) async fn pointed_at(
    core: &Core,
    incoming: &Incoming,
) -> Result<HashMap<(String, String), String>, StoreError> {
    let mut wanted: HashMap<String, Vec<String>> = HashMap::new();
    for (id, message) in docs(incoming).flat_map(|doc| doc.references().places) {
        if let (Id::Remote(chat), Some(message)) = (id, message) {
            wanted.entry(chat).or_default().push(message);
        }
    }
    let mut events = HashMap::new();
    for (chat, messages) in wanted {
        let ids: Vec<&str> = messages.iter().map(String::as_str).collect();
        for row in core.store.by_remote(&chat, &ids).await? {
            events.entry((row.chat, row.id)).or_insert(row.event_id);
        }
    }
    Ok(events)
}

impl Directory for TowardMatrix<'_> {
    fn matrix_user(&self, remote: &str) -> Option<Known> {
        Some(Known { id: self.core.names.ghost(remote), name: None })
    }

    fn matrix_place(&self, channel: &str, message: Option<&str>) -> Option<Place> {
        let room = Id::Matrix(self.core.portals.room_of(channel)?);
        let event = message.and_then(|message| self.events.get(&(channel.to_owned(), message.to_owned())).cloned());
        Some(Place { room, message: event, name: String::new(), via: Vec::new() })
    }

    fn matrix_emoji(&self, remote: &str) -> Option<String> {
        self.media.get(&format!("{EMOJI}{remote}")).map(|uploaded| uploaded.mxc.clone())
    }
}

/// For texts that go to the network.
pub(super) struct TowardRemote<'a> {
    core: &'a Core,
    emoji: HashMap<String, String>,
    messages: HashMap<String, String>,
}

/// Looks up what a text speaks of.
pub(super) async fn toward_remote<'a>(core: &'a Core, said: &Doc) -> Result<TowardRemote<'a>, StoreError> {
    let found = said.references();
    let pictures: Vec<&str> = found.matrix_emoji.iter().map(String::as_str).collect();
    let emoji = core.store.uploads_at(&pictures).await?.into_iter();
    let emoji = emoji.filter_map(|file| Some((file.mxc, file.source.strip_prefix(EMOJI)?.to_owned()))).collect();
    let events: Vec<&str> = found.places.iter().filter_map(|(_, event)| event.as_deref()).collect();
    let rows = core.store.by_events(&events).await?;
    let messages = rows.into_iter().filter(|row| row.part == 0).map(|row| (row.event_id, row.id)).collect();
    Ok(TowardRemote { core, emoji, messages })
}

/// The network's key of the custom emoji with this picture.
pub(super) async fn emoji_at(core: &Core, mxc: &str) -> Result<Option<String>, StoreError> {
    let files = core.store.uploads_at(&[mxc]).await?;
    Ok(files.iter().find_map(|file| file.source.strip_prefix(EMOJI)).map(str::to_owned))
}

impl Directory for TowardRemote<'_> {
    fn remote_user(&self, matrix: &str) -> Option<Known> {
        Some(Known { id: self.core.names.remote(matrix)?, name: None })
    }

    fn remote_place(&self, room: &str, event: Option<&str>) -> Option<Place> {
        let chat = match room.strip_prefix('#') {
            Some(_) => self.core.names.chat_of_alias(room)?,
            None => self.core.portals.chat_of(room)?,
        };
        let message = event.and_then(|event| self.messages.get(event).cloned());
        Some(Place { room: Id::Remote(chat), message, name: String::new(), via: Vec::new() })
    }

    fn remote_emoji(&self, mxc: &str) -> Option<CustomEmoji> {
        let id = self.emoji.get(mxc)?.clone();
        Some(CustomEmoji { name: String::new(), id: Some(id), mxc: Some(mxc.to_owned()), animated: false })
    }
}
