//! Posting, editing, deleting and pinning messages.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Draft, World};
use crate::discord::{
    error::{self, Refusal},
    event::Event,
    intent,
    model::{Author, Channel, Message, Pings, flag, message_type},
    permission, shape,
    snowflake::Snowflake,
};

/// How long a nonce is remembered.
const NONCE_MEMORY: Duration = Duration::from_secs(300);

impl World {
    /// Stores the message and announces it. Answers the earlier id if its enforced nonce is known.
    pub(crate) fn post(&mut self, draft: Draft) -> Result<Snowflake, Refusal> {
        if !self.channel(draft.channel)?.holds_messages() {
            return Err(error::not_a_text_channel());
        }
        if let Some(known) = self.known_nonce(&draft) {
            return Ok(known);
        }
        let id = self.next_id();
        self.post_as(id, draft)?;
        Ok(id)
    }

    /// Posts under an id that is given: the first message of a forum post has its thread's.
    pub(crate) fn post_as(&mut self, id: Snowflake, draft: Draft) -> Result<(), Refusal> {
        self.wake_thread(draft.channel)?;
        let pings = self.pings(&draft);
        let unfurl = has_link(&draft.content) && draft.embeds.is_empty() && draft.flags & flag::SUPPRESS_EMBEDS == 0;
        let channel = draft.channel;
        self.insert(draft.into_message(id, pings))?;
        if unfurl {
            self.links.push((channel, id));
        }
        Ok(())
    }

    /// Puts a finished message in its place and announces it.
    pub(crate) fn insert(&mut self, message: Message) -> Result<(), Refusal> {
        let (channel, id) = (message.channel, message.id);
        let place = self.channel_mut(channel)?;
        place.last_message = place.last_message.max(Some(id));
        // A post's first message and a thread's head are not counted.
        if let Some(thread) =
            place.thread.as_mut().filter(|_| id != channel && message.kind != message_type::THREAD_STARTER)
        {
            thread.total_sent += 1;
            thread.message_count += 1;
        }
        let all = self.messages.entry(channel).or_default();
        all.insert(id, message.clone());
        let oldest =
            all.first_key_value().map(|(oldest, _)| *oldest).filter(|_| self.keep > 0 && all.len() > self.keep);
        if let Some(oldest) = oldest {
            self.forget(channel, oldest);
        }
        self.announce("MESSAGE_CREATE", &message);
        Ok(())
    }

    fn known_nonce(&self, draft: &Draft) -> Option<Snowflake> {
        let nonce = draft.nonce.as_ref().filter(|_| draft.enforce_nonce)?;
        let oldest = self.clock.now().saturating_sub(u64::try_from(NONCE_MEMORY.as_millis()).ok()?);
        let recent = self.messages.get(&draft.channel)?.range(Snowflake::at(oldest)..);
        recent.rev().map(|(_, m)| m).find(|m| m.nonce.as_ref() == Some(nonce) && m.author == draft.author).map(|m| m.id)
    }

    fn pings(&self, draft: &Draft) -> Pings {
        let mut pings = draft.allowed.filter(&draft.content);
        pings.users.retain(|id| self.users.contains_key(id));
        let guild = self.channels.get(&draft.channel).and_then(|c| self.guilds.get(&c.guild?));
        let loud = match &draft.author {
            Author::Webhook { .. } => true,
            Author::User(user) => self.allow(*user, draft.channel, permission::MENTION_EVERYONE).is_ok(),
        };
        pings.everyone &= loud;
        let role = |id: &Snowflake| guild.and_then(|g| g.roles.iter().find(|role| role.id == *id));
        pings.roles.retain(|id| role(id).is_some_and(|role| loud || role.mentionable));
        if let Some(answered) = draft.reference.and_then(|r| self.message(r.channel, r.message).ok())
            && let Author::User(user) = answered.author
            && draft.allowed.replied_user.unwrap_or(true)
            && !pings.users.contains(&user)
        {
            pings.users.push(user);
        }
        pings
    }

    /// Changes a message as its author; `change` may leave it empty, which is refused.
    pub(crate) fn edit(
        &mut self,
        channel: Snowflake,
        id: Snowflake,
        change: impl FnOnce(&mut Message),
    ) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut changed = self.message(channel, id)?.clone();
        change(&mut changed);
        if changed.content.is_empty()
            && changed.embeds.is_empty()
            && changed.attachments.is_empty()
            && changed.components.is_empty()
            && !changed.extra.contains_key("poll")
        {
            return Err(error::empty_message());
        }
        changed.edited = Some(now);
        changed.pings.users.retain(|id| self.users.contains_key(id));
        *self.message_mut(channel, id)? = changed.clone();
        self.announce("MESSAGE_UPDATE", &changed);
        if has_link(&changed.content) && changed.embeds.is_empty() && changed.flags & flag::SUPPRESS_EMBEDS == 0 {
            self.links.push((channel, id));
        }
        Ok(())
    }

    /// Changes what Discord itself adds to a message: embeds of links, flags. Leaves no mark of an edit.
    pub(crate) fn touch(
        &mut self,
        channel: Snowflake,
        id: Snowflake,
        change: impl FnOnce(&mut Message),
    ) -> Result<(), Refusal> {
        let message = self.message_mut(channel, id)?;
        change(message);
        let changed = message.clone();
        self.announce("MESSAGE_UPDATE", &changed);
        Ok(())
    }

    /// Gives the message the embeds of its links.
    pub(crate) fn unfurl(&mut self, channel: Snowflake, id: Snowflake) {
        let embeds: Vec<Value> = match self.message(channel, id) {
            Ok(message) => {
                links(&message.content).map(|url| json!({ "type": "link", "url": url, "title": host(url) })).collect()
            }
            Err(_) => return,
        };
        if !embeds.is_empty() {
            let _ = self.touch(channel, id, |message| message.embeds = embeds);
        }
    }

    /// Removes one message.
    pub(crate) fn delete(&mut self, channel: Snowflake, id: Snowflake) -> Result<(), Refusal> {
        self.forget(channel, id).ok_or_else(error::unknown_message)?;
        let guild = self.channel(channel)?.guild;
        let mut data = json!({ "id": id, "channel_id": channel });
        with_guild(&mut data, guild);
        self.emit(Event::new("MESSAGE_DELETE", messages_intent(guild), data).seen_in(channel));
        Ok(())
    }

    /// Removes many messages at once; ids that are not there are passed over.
    pub(crate) fn delete_bulk(&mut self, channel: Snowflake, ids: &[Snowflake]) -> Result<(), Refusal> {
        let guild = self.channel(channel)?.guild;
        let gone: Vec<Snowflake> = ids.iter().copied().filter(|id| self.forget(channel, *id).is_some()).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let mut data = json!({ "ids": gone, "channel_id": channel });
        with_guild(&mut data, guild);
        self.emit(Event::new("MESSAGE_DELETE_BULK", messages_intent(guild), data).seen_in(channel));
        Ok(())
    }

    fn forget(&mut self, channel: Snowflake, id: Snowflake) -> Option<Message> {
        let message = self.messages.get_mut(&channel)?.remove(&id)?;
        self.votes.remove(&id);
        for file in &message.attachments {
            self.files.remove(&file.id);
        }
        if let Some(thread) = self.channels.get_mut(&channel).and_then(|c| c.thread.as_mut()) {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
        Some(message)
    }

    fn announce(&mut self, name: &'static str, message: &Message) {
        let guild = self.channels.get(&message.channel).and_then(|c: &Channel| c.guild);
        let data = shape::message::dispatched(self, message);
        let bot = self.app.bot;
        let readable = guild.is_none()
            || message.author == Author::User(bot)
            || message.application == Some(self.app.id)
            || message.pings.users.contains(&bot);
        self.emit(Event { readable, ..Event::new(name, messages_intent(guild), data).seen_in(message.channel) });
    }
}

fn messages_intent(guild: Option<Snowflake>) -> u64 {
    if guild.is_some() { intent::GUILD_MESSAGES } else { intent::DIRECT_MESSAGES }
}

/// Events tell the guild only where there is one.
pub(super) fn with_guild(data: &mut Value, guild: Option<Snowflake>) {
    if let Some(guild) = guild {
        data["guild_id"] = json!(guild);
    }
}

fn has_link(content: &str) -> bool {
    links(content).next().is_some()
}

/// The addresses in a text that get an embed: `<address>` asks for none.
fn links(content: &str) -> impl Iterator<Item = &str> {
    content.split_whitespace().filter(|word| word.starts_with("https://") || word.starts_with("http://"))
}

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or(url)
}
