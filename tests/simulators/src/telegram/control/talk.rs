//! What people say and do in chats.

use serde_json::{Value, json};

use crate::telegram::{
    Draft, Media, Refusal, Sender, Telegram,
    error::bad,
    model::{Poll, PollOption},
    world::Change,
};

impl Telegram {
    /// Somebody says something.
    pub fn say(&self, chat: i64, user: i64, text: &str) -> Result<i32, Refusal> {
        self.post(Draft::text(chat, user, text))
    }

    /// Somebody sends any message.
    pub fn post(&self, draft: Draft) -> Result<i32, Refusal> {
        self.shared.with(|state| state.world.post(draft))
    }

    /// Somebody answers a message.
    pub fn reply(&self, chat: i64, user: i64, text: &str, to: i32) -> Result<i32, Refusal> {
        self.post(Draft::text(chat, user, text).reply(to))
    }

    /// Somebody sends a file.
    pub fn upload(&self, chat: i64, user: i64, media: Media, caption: &str) -> Result<i32, Refusal> {
        self.post(Draft::media(chat, user, media, caption))
    }

    /// Somebody sends an album; the caption stands on its first part.
    pub fn album(&self, chat: i64, user: i64, parts: Vec<Media>, caption: &str) -> Result<Vec<i32>, Refusal> {
        let captions = std::iter::once(caption).chain(std::iter::repeat(""));
        let drafts = parts.into_iter().zip(captions).map(|(part, caption)| Draft::media(chat, user, part, caption));
        let drafts = drafts.collect();
        self.shared.with(|state| state.world.album(drafts))
    }

    /// Somebody sends a place.
    pub fn locate(&self, chat: i64, user: i64, latitude: f64, longitude: f64) -> Result<i32, Refusal> {
        let place = json!({"latitude": latitude, "longitude": longitude});
        self.post(Draft::new(chat, Sender::User(user)).field("location", place))
    }

    /// Somebody sends a contact.
    pub fn contact(&self, chat: i64, user: i64, name: &str, phone: &str) -> Result<i32, Refusal> {
        let contact = json!({"phone_number": phone, "first_name": name});
        self.post(Draft::new(chat, Sender::User(user)).field("contact", contact))
    }

    /// Somebody throws a die.
    pub fn dice(&self, chat: i64, user: i64, value: u8) -> Result<i32, Refusal> {
        self.post(Draft::new(chat, Sender::User(user)).field("dice", json!({"emoji": "🎲", "value": value})))
    }

    /// Somebody asks; `change` makes it a quiz, named, multiple ….
    pub fn poll(
        &self,
        chat: i64,
        user: i64,
        question: &str,
        options: &[&str],
        change: impl FnOnce(&mut Poll),
    ) -> Result<i32, Refusal> {
        self.shared.with(|state| {
            let id = (5_300_000_000_000_000_000 + state.world.next_id()).to_string();
            let option = |text: &&str| PollOption { text: (*text).to_owned(), ..PollOption::default() };
            let options = options.iter().map(option).collect();
            let (question, is_anonymous) = (question.to_owned(), true);
            let mut poll = Poll { id: id.clone(), question, options, is_anonymous, ..Poll::default() };
            change(&mut poll);
            state.world.polls.insert(id.clone(), poll);
            state.world.post(Draft { poll: Some(id), ..Draft::new(chat, Sender::User(user)) })
        })
    }

    /// Somebody votes; with no answers they take their vote back.
    pub fn vote(&self, chat: i64, message: i32, user: i64, answers: &[usize]) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.vote(chat, message, user, answers))
    }

    /// Somebody ends a poll.
    pub fn close_poll(&self, chat: i64, message: i32, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.close_poll(chat, message, by))
    }

    /// Somebody changes the text or caption of their message.
    pub fn edit(&self, chat: i64, message: i32, text: &str) -> Result<(), Refusal> {
        self.edit_with(chat, message, text, Value::Null)
    }

    /// The same, with formatting.
    pub fn edit_with(&self, chat: i64, message: i32, text: &str, entities: Value) -> Result<(), Refusal> {
        self.shared.with(|state| {
            let there = state.world.message(chat, message).ok_or_else(|| bad("message to edit not found"))?;
            let (name, formatting) = match there.content.contains_key("text") {
                true => ("text", "entities"),
                false => ("caption", "caption_entities"),
            };
            let fields = [(name.to_owned(), json!(text)), (formatting.to_owned(), entities)].into_iter().collect();
            state.world.edit(chat, message, Change { fields })
        })
    }

    /// Somebody deletes a message; no bot is told.
    pub fn delete(&self, chat: i64, message: i32) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete(chat, message))
    }

    /// Somebody's reactions become these emoji; none takes them all back.
    pub fn react(&self, chat: i64, message: i32, user: i64, emoji: &[&str]) -> Result<(), Refusal> {
        let reactions = emoji.iter().map(|emoji| json!({"type": "emoji", "emoji": emoji})).collect();
        self.shared.with(|state| {
            let place = state.world.chat(chat)?.member(user);
            let actor = if place.is_admin() && place.anonymous { chat } else { user };
            state.world.react(chat, message, actor, reactions)
        })
    }

    /// Somebody reacts with a custom emoji.
    pub fn react_custom(&self, chat: i64, message: i32, user: i64, custom_emoji: &str) -> Result<(), Refusal> {
        let reaction = json!({"type": "custom_emoji", "custom_emoji_id": custom_emoji});
        self.shared.with(|state| state.world.react(chat, message, user, vec![reaction]))
    }

    /// A custom emoji with its picture; says its id.
    pub fn custom_emoji(&self, emoji: &str, sticker: Media) -> String {
        self.shared.with(|state| {
            let id = (5_400_000_000_000_000_000 + state.world.next_id()).to_string();
            let media = sticker.with("custom_emoji_id", json!(id)).with("type", json!("custom_emoji"));
            let media = media.with("emoji", json!(emoji));
            let fields = state.world.store_media(media);
            let shown = fields.get("sticker").cloned().unwrap_or_default();
            state.world.custom_emoji.insert(id.clone(), shown);
            id
        })
    }

    /// Somebody pins a message.
    pub fn pin(&self, chat: i64, message: i32, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.pin(chat, message, by))
    }

    /// Somebody unpins a message; no bot is told.
    pub fn unpin(&self, chat: i64, message: i32) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.unpin(chat, Some(message), false))
    }

    /// Somebody forwards a message.
    pub fn forward(&self, from: i64, message: i32, to: i64, user: i64) -> Result<i32, Refusal> {
        self.shared.with(|state| state.world.forward((from, message), to, Sender::User(user)))
    }

    /// Somebody presses a button of a bot's message; says the query's id.
    pub fn press(&self, chat: i64, message: i32, user: i64, data: &str) -> Result<String, Refusal> {
        self.shared.with(|state| state.world.press(chat, message, user, data))
    }
}
