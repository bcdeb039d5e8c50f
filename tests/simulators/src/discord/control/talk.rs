//! What people say and do in channels.

use std::time::Duration;

use bytes::Bytes;

use crate::discord::{
    Discord, Refusal, Snowflake,
    model::{Author, Message, Reference, channel_type},
    rest::store_file,
    world::{AllowedMentions, Draft, EmojiKey, NewThread},
};

impl Discord {
    /// Somebody says something.
    pub fn say(&self, channel: Snowflake, user: Snowflake, text: &str) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| state.world.post(Draft::text(channel, Author::User(user), text)))
    }

    /// Somebody said something some time ago, when nobody listened.
    pub fn said_before(
        &self,
        channel: Snowflake,
        user: Snowflake,
        text: &str,
        ago: Duration,
    ) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            let time = state.world.clock.now().saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(0));
            let mut id = Snowflake::at(time);
            while state.world.message(channel, id).is_ok() {
                id.0 += 1;
            }
            state.world.post_as(id, Draft::text(channel, Author::User(user), text))?;
            state.world.events.clear();
            Ok(id)
        })
    }

    /// A webhook that is not ours speaks, as webhooks of other services do.
    pub fn speak(&self, webhook: Snowflake, name: &str, text: &str) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            let hook = state.world.webhook(webhook)?;
            let author =
                Author::Webhook { id: webhook, name: name.to_owned(), avatar: hook.avatar.clone(), avatar_url: None };
            state.world.post(Draft::text(hook.channel, author, text))
        })
    }

    /// Somebody answers a message.
    pub fn reply(&self, channel: Snowflake, user: Snowflake, text: &str, to: Snowflake) -> Result<Snowflake, Refusal> {
        let reference = Some(Reference { message: to, channel });
        self.shared
            .with(|state| state.world.post(Draft { reference, ..Draft::text(channel, Author::User(user), text) }))
    }

    /// Somebody sends files, with or without a text. Name, MIME type, bytes.
    pub fn upload(
        &self,
        channel: Snowflake,
        user: Snowflake,
        text: &str,
        files: &[(&str, &str, Bytes)],
    ) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            let store = |(name, kind, bytes): &(&str, &str, Bytes)| {
                store_file(&mut state.world, name, Some((*kind).to_owned()), bytes.clone())
            };
            let attachments = files.iter().map(store).collect();
            state.world.post(Draft { attachments, ..Draft::text(channel, Author::User(user), text) })
        })
    }

    /// Posts a message with anything in it: `change` gets the stored message before anybody hears of it.
    pub fn post(
        &self,
        channel: Snowflake,
        user: Snowflake,
        change: impl FnOnce(&mut Message),
    ) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| {
            let id = state.world.next_id();
            let mut message = Draft::text(channel, Author::User(user), "").into_message(id, Default::default());
            change(&mut message);
            state.world.insert(message)?;
            Ok(id)
        })
    }

    /// Somebody edits their message.
    pub fn edit(&self, channel: Snowflake, message: Snowflake, text: &str) -> Result<(), Refusal> {
        let pings = AllowedMentions::all().filter(text);
        self.shared.with(|state| {
            state.world.edit(channel, message, |message| {
                message.content = text.to_owned();
                message.pings = pings;
            })
        })
    }

    /// Somebody deletes a message.
    pub fn delete(&self, channel: Snowflake, message: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete(channel, message))
    }

    /// A moderator deletes many messages at once.
    pub fn delete_bulk(&self, channel: Snowflake, messages: &[Snowflake]) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.delete_bulk(channel, messages))
    }

    /// Somebody reacts: `👍`, or `name:id`.
    pub fn react(&self, channel: Snowflake, message: Snowflake, user: Snowflake, emoji: &str) -> Result<(), Refusal> {
        let key = EmojiKey::parse(emoji)?;
        self.shared.with(|state| state.world.react((channel, message), user, &key))
    }

    /// Somebody takes a reaction back.
    pub fn unreact(&self, channel: Snowflake, message: Snowflake, user: Snowflake, emoji: &str) -> Result<(), Refusal> {
        let key = EmojiKey::parse(emoji)?;
        self.shared.with(|state| state.world.unreact((channel, message), user, &key))
    }

    /// A moderator removes all reactions, or all of one emoji.
    pub fn clear_reactions(&self, channel: Snowflake, message: Snowflake, emoji: Option<&str>) -> Result<(), Refusal> {
        let key = emoji.map(EmojiKey::parse).transpose()?;
        self.shared.with(|state| state.world.clear_reactions((channel, message), key.as_ref()))
    }

    /// Somebody pins a message.
    pub fn pin(&self, channel: Snowflake, message: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.pin(channel, message, Some(user)))
    }

    /// Somebody unpins a message.
    pub fn unpin(&self, channel: Snowflake, message: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.pin(channel, message, None))
    }

    /// Somebody hangs a thread on a message.
    pub fn thread_on(
        &self,
        channel: Snowflake,
        message: Snowflake,
        user: Snowflake,
        name: &str,
    ) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| state.world.thread_on(message, NewThread::public(channel, name, user)))
    }

    /// Somebody opens a thread of its own.
    pub fn thread(&self, channel: Snowflake, user: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        self.shared.with(|state| state.world.thread(NewThread::public(channel, name, user)))
    }

    /// Somebody opens a thread for the invited.
    pub fn private_thread(&self, channel: Snowflake, user: Snowflake, name: &str) -> Result<Snowflake, Refusal> {
        let kind = channel_type::PRIVATE_THREAD;
        self.shared.with(|state| state.world.thread(NewThread { kind, ..NewThread::public(channel, name, user) }))
    }

    /// A post gets these tags and no others.
    pub fn tag(&self, post: Snowflake, tags: &[Snowflake]) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.change_thread(post, |thread| thread.tags = tags.to_vec()))
    }

    /// Somebody posts in a forum.
    pub fn forum_post(&self, forum: Snowflake, user: Snowflake, title: &str, text: &str) -> Result<Snowflake, Refusal> {
        let first = Draft::text(forum, Author::User(user), text);
        self.shared.with(|state| state.world.forum_post(NewThread::public(forum, title, user), first))
    }

    /// A thread is archived (and locked) or brought back.
    pub fn archive(&self, thread: Snowflake, archived: bool, locked: bool) -> Result<(), Refusal> {
        self.shared.with(|state| {
            state.world.change_thread(thread, |thread| {
                thread.archived = archived;
                thread.locked = locked;
            })
        })
    }

    /// Somebody begins to type.
    pub fn type_in(&self, channel: Snowflake, user: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.typing(channel, user))
    }

    /// The direct conversation between somebody and the bot.
    pub fn direct(&self, user: Snowflake) -> Snowflake {
        self.shared.with(|state| state.world.direct(user))
    }
}
