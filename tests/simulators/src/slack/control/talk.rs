//! What people say and do in channels.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::compose::{blocks, mrkdwn};
use crate::slack::{
    Refusal, Slack,
    error::no,
    state::Shared,
    world::{Draft, World, messages::Change},
};

/// A message that somebody is about to write; [`Slack::write`] writes it.
#[derive(Clone, Debug, Default)]
pub struct Note {
    draft: Draft,
}

impl Note {
    /// What a person types: `*bold*`, `_italic_`, `~struck~`, `` `code` ``, ```` ```blocks``` ````, `> quotes`,
    /// `• lists`, `:emoji:`, `<@U…>`, `<#C…>`, `<!here>`, addresses; Slack's app makes mrkdwn and rich text of it.
    pub fn new(typed: &str) -> Self {
        let blocks = if typed.is_empty() { vec![] } else { blocks(typed) };
        Self { draft: Draft { text: mrkdwn(typed), blocks, ..Draft::default() } }
    }

    /// Text and blocks exactly as given.
    pub fn raw(text: &str, blocks: Vec<Value>) -> Self {
        Self { draft: Draft { text: text.to_owned(), blocks, ..Draft::default() } }
    }

    /// As a reply in the thread of this message.
    #[must_use]
    pub fn in_thread(mut self, ts: &str) -> Self {
        self.draft.thread = Some(ts.to_owned());
        self
    }

    /// A reply that is also sent to the channel.
    #[must_use]
    pub fn broadcast(mut self) -> Self {
        self.draft.broadcast = true;
        self
    }

    /// With a file; its message follows a moment after.
    #[must_use]
    pub fn with_file(mut self, id: &str) -> Self {
        self.draft.files.push(id.to_owned());
        self.draft.subtype = Some("file_share".to_owned());
        self
    }

    /// As `/me`.
    #[must_use]
    pub fn as_action(mut self) -> Self {
        self.draft.subtype = Some("me_message".to_owned());
        self.draft.blocks = vec![];
        self
    }

    /// With legacy attachments.
    #[must_use]
    pub fn with_attachments(mut self, attachments: Vec<Value>) -> Self {
        self.draft.attachments = attachments;
        self
    }
}

impl Slack {
    /// Somebody says something; its `ts`.
    pub fn say(&self, channel: &str, user: &str, typed: &str) -> Result<String, Refusal> {
        self.write(channel, user, Note::new(typed))
    }

    /// Somebody answers in a thread.
    pub fn reply(&self, channel: &str, user: &str, root: &str, typed: &str) -> Result<String, Refusal> {
        self.write(channel, user, Note::new(typed).in_thread(root))
    }

    /// Somebody answers in a thread and also sends it to the channel.
    pub fn broadcast(&self, channel: &str, user: &str, root: &str, typed: &str) -> Result<String, Refusal> {
        self.write(channel, user, Note::new(typed).in_thread(root).broadcast())
    }

    /// Somebody writes a message.
    pub fn write(&self, channel: &str, user: &str, note: Note) -> Result<String, Refusal> {
        written(&self.shared, channel, user, note)
    }

    /// [`Slack::say`] for who holds only the state.
    pub(crate) fn said(shared: &Shared, channel: &str, user: &str, typed: &str) -> Result<String, Refusal> {
        written(shared, channel, user, Note::new(typed))
    }

    /// Another app, not ours, says something under this name.
    pub fn say_as_other_app(&self, channel: &str, name: &str, text: &str) -> Result<String, Refusal> {
        self.shared.with(|state| {
            let bot = Some(state.world.next_id("B"));
            let (username, subtype) = (Some(name.to_owned()), Some("bot_message".to_owned()));
            let draft = Draft { text: text.to_owned(), bot, username, subtype, ..Draft::default() };
            state.world.post(Draft { channel: channel.to_owned(), ..draft })
        })
    }

    /// A file of somebody's, not yet shown anywhere; its id.
    pub fn file(&self, user: &str, name: &str, bytes: impl Into<Bytes>) -> Result<String, Refusal> {
        self.shared.with(|state| state.world.add_file(user, name, bytes.into()))
    }

    /// Somebody shares a file with a comment; the message follows after the delay of files.
    pub fn share(&self, channel: &str, user: &str, file: &str, comment: &str) -> Result<(), Refusal> {
        let delay = self.shared.settings.file_delay;
        let (place, person) = (channel.to_owned(), user.to_owned());
        let draft = Note::new(comment).with_file(file).draft;
        self.shared.with(|state| {
            state.world.writable(channel, user)?;
            state.world.file(file)?;
            state.after(delay, move |state| {
                let draft = Draft { channel: place, user: Some(person), ..draft };
                if let Err(refusal) = state.world.post(draft) {
                    tracing::warn!("a file was not shared: {refusal}");
                }
            });
            Ok(())
        })
    }

    /// A file is deleted everywhere.
    pub fn delete_file(&self, file: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete_file(file))
    }

    /// Somebody changes what they said.
    pub fn edit(&self, channel: &str, user: &str, ts: &str, typed: &str) -> Result<(), Refusal> {
        self.shared.with(|state| {
            of(&state.world, channel, user, ts)?;
            let change = Change { text: Some(mrkdwn(typed)), blocks: Some(blocks(typed)), ..Change::default() };
            state.world.edit((channel, ts), user, change)
        })
    }

    /// A message is deleted, by its author or an administrator.
    pub fn delete(&self, channel: &str, ts: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete(channel, ts))
    }

    /// Slack adds the preview of a link: a change of the message that is no edit.
    pub fn unfurl(&self, channel: &str, ts: &str, url: &str, title: &str) -> Result<(), Refusal> {
        let preview = json!({
            "id": 1, "from_url": url, "original_url": url, "title": title, "title_link": url, "fallback": title,
            "service_name": "example",
        });
        self.shared.with(|state| state.world.unfurl((channel, ts), preview))
    }

    /// Somebody reacts: `+1`, `wave::skin-tone-3`.
    pub fn react(&self, channel: &str, user: &str, ts: &str, name: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.react((channel, ts), user, name))
    }

    /// Somebody takes a reaction back.
    pub fn unreact(&self, channel: &str, user: &str, ts: &str, name: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.unreact((channel, ts), user, name))
    }

    /// Somebody pins a message.
    pub fn pin(&self, channel: &str, user: &str, ts: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.pin((channel, ts), user))
    }

    /// Somebody unpins a message.
    pub fn unpin(&self, channel: &str, user: &str, ts: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.unpin((channel, ts), user))
    }

    /// A line that Slack writes itself, of any subtype.
    pub fn note(&self, channel: &str, user: &str, subtype: &str, what: &str) -> Result<String, Refusal> {
        self.shared.with(|state| state.world.note(channel, user, subtype, what, Map::new()))
    }
}

fn written(shared: &Shared, channel: &str, user: &str, note: Note) -> Result<String, Refusal> {
    shared.with(|state| {
        state.world.writable(channel, user)?;
        let mut draft = note.draft;
        let id = format!("{:032x}", rand::random::<u128>());
        draft.extra.insert("client_msg_id".to_owned(), json!(id));
        draft.channel = channel.to_owned();
        draft.user = Some(user.to_owned());
        state.world.post(draft)
    })
}

/// Refuses who changes what somebody else said.
fn of(world: &World, channel: &str, user: &str, ts: &str) -> Result<(), Refusal> {
    match world.message(channel, ts)?.user.as_deref() == Some(user) {
        true => Ok(()),
        false => Err(no("cant_update_message")),
    }
}
