//! Threads: on a message, on their own, and as posts of a forum.
//! <https://discord.com/developers/docs/topics/threads>

use serde_json::{Value, json};

use super::{Draft, World};
use crate::discord::{
    error::{self, Refusal},
    event::Event,
    intent,
    model::{Author, Channel, Reference, ThreadState, channel_type, flag, message_type},
    shape,
    snowflake::Snowflake,
};

/// A thread that was not opened yet.
#[derive(Clone, Debug)]
pub(crate) struct NewThread {
    pub(crate) parent: Snowflake,
    pub(crate) name: String,
    pub(crate) owner: Snowflake,
    pub(crate) kind: u8,
    pub(crate) auto_archive: u32,
    pub(crate) tags: Vec<Snowflake>,
}

impl NewThread {
    pub(crate) fn public(parent: Snowflake, name: &str, owner: Snowflake) -> Self {
        let kind = channel_type::PUBLIC_THREAD;
        Self { parent, name: name.to_owned(), owner, kind, auto_archive: 4320, tags: vec![] }
    }
}

impl World {
    /// Hangs a thread on a message: MESSAGE_UPDATE first, then THREAD_CREATE, then the thread's own first message.
    pub(crate) fn thread_on(&mut self, message: Snowflake, new: NewThread) -> Result<Snowflake, Refusal> {
        let (parent, owner) = (new.parent, new.owner);
        self.message(parent, message)?;
        if self.channels.contains_key(&message) {
            return Err(error::thread_exists());
        }
        if self.channel(parent)?.kind != channel_type::TEXT {
            return Err(error::wrong_channel_type());
        }
        self.store_thread(message, new)?;
        self.touch(parent, message, |m| m.flags |= flag::HAS_THREAD)?;
        self.announce_thread(message, owner)?;
        let reference = Some(Reference { message, channel: parent });
        let head =
            Draft { kind: message_type::THREAD_STARTER, reference, ..Draft::text(message, Author::User(owner), "") };
        self.post(head)?;
        Ok(message)
    }

    /// Opens a thread without a message; the channel gets a line about a public one.
    pub(crate) fn thread(&mut self, new: NewThread) -> Result<Snowflake, Refusal> {
        if self.channel(new.parent)?.kind != channel_type::TEXT {
            return Err(error::wrong_channel_type());
        }
        let id = self.next_id();
        let (parent, owner, name, public) =
            (new.parent, new.owner, new.name.clone(), new.kind == channel_type::PUBLIC_THREAD);
        self.store_thread(id, new)?;
        self.announce_thread(id, owner)?;
        if public {
            let reference = Some(Reference { message: id, channel: id });
            let kind = message_type::THREAD_CREATED;
            self.post(Draft { kind, reference, ..Draft::text(parent, Author::User(owner), &name) })?;
        }
        Ok(id)
    }

    /// Opens a forum post: a thread and its first message, which share an id.
    pub(crate) fn forum_post(&mut self, new: NewThread, first: Draft) -> Result<Snowflake, Refusal> {
        let forum = self.channel(new.parent)?;
        if forum.kind != channel_type::FORUM {
            return Err(error::wrong_channel_type());
        }
        if forum.tag_required && new.tags.is_empty() {
            return Err(error::tag_required());
        }
        let id = self.next_id();
        let owner = new.owner;
        self.store_thread(id, new)?;
        self.announce_thread(id, owner)?;
        self.post_as(id, Draft { channel: id, ..first })?;
        Ok(id)
    }

    fn store_thread(&mut self, id: Snowflake, new: NewThread) -> Result<(), Refusal> {
        let guild = self.channel(new.parent)?.guild;
        let thread = ThreadState {
            auto_archive: new.auto_archive,
            archive_time: self.clock.now(),
            members: if self.users.contains_key(&new.owner) { vec![new.owner] } else { vec![] },
            tags: new.tags,
            ..ThreadState::default()
        };
        let channel = Channel {
            id,
            guild,
            kind: new.kind,
            name: new.name,
            parent: Some(new.parent),
            owner: Some(new.owner),
            thread: Some(thread),
            ..Channel::default()
        };
        self.channels.insert(id, channel);
        if self.channel(new.parent)?.kind == channel_type::FORUM {
            self.channel_mut(new.parent)?.last_message = Some(id);
        }
        Ok(())
    }

    fn announce_thread(&mut self, id: Snowflake, owner: Snowflake) -> Result<(), Refusal> {
        let mut data = shape::channel::channel(self, self.channel(id)?);
        data["newly_created"] = Value::Bool(true);
        let guild = self.channel(id)?.guild;
        self.emit(Event::guilds("THREAD_CREATE", data).seen_in(id));
        if self.users.contains_key(&owner) {
            let added = shape::channel::thread_member(self, self.channel(id)?, owner);
            let data = json!({ "id": id, "guild_id": guild, "member_count": 1, "added_members": [added] });
            self.emit(Event::new("THREAD_MEMBERS_UPDATE", intent::GUILD_MEMBERS, data).seen_in(id));
        }
        Ok(())
    }

    /// A message in an archived thread brings the thread back; a locked one refuses.
    pub(crate) fn wake_thread(&mut self, channel: Snowflake) -> Result<(), Refusal> {
        match &self.channel(channel)?.thread {
            Some(thread) if thread.archived && thread.locked => Err(error::thread_archived()),
            Some(thread) if thread.archived => self.change_thread(channel, |thread| thread.archived = false),
            _ => Ok(()),
        }
    }

    /// Archives, locks or brings back a thread.
    pub(crate) fn change_thread(
        &mut self,
        id: Snowflake,
        change: impl FnOnce(&mut ThreadState),
    ) -> Result<(), Refusal> {
        let now = self.clock.now();
        let thread = self.channel_mut(id)?.thread.as_mut().ok_or_else(error::wrong_channel_type)?;
        let was = thread.archived;
        change(thread);
        if thread.archived != was {
            thread.archive_time = now;
        }
        let data = shape::channel::channel(self, self.channel(id)?);
        self.emit(Event::guilds("THREAD_UPDATE", data).seen_in(id));
        Ok(())
    }

    /// Joins somebody to a thread, or takes them out.
    pub(crate) fn join_thread(&mut self, id: Snowflake, user: Snowflake, joins: bool) -> Result<(), Refusal> {
        let channel = self.channel_mut(id)?;
        let guild = channel.guild;
        let thread = channel.thread.as_mut().ok_or_else(error::wrong_channel_type)?;
        if thread.members.contains(&user) == joins {
            return Ok(());
        }
        thread.members.retain(|member| *member != user);
        if joins {
            thread.members.push(user);
        }
        let count = thread.members.len();
        let mut data = json!({ "id": id, "guild_id": guild, "member_count": count });
        match joins {
            true => data["added_members"] = json!([shape::channel::thread_member(self, self.channel(id)?, user)]),
            false => data["removed_member_ids"] = json!([user]),
        }
        self.emit(Event::new("THREAD_MEMBERS_UPDATE", intent::GUILD_MEMBERS, data).seen_in(id));
        Ok(())
    }

    /// The threads of a guild, or of one channel, that are or are not archived; newest first.
    pub(crate) fn threads_where(&self, chosen: impl Fn(&Channel, &ThreadState) -> bool) -> Vec<&Channel> {
        let threads = self.channels.values().rev();
        threads.filter(|channel| channel.thread.as_ref().is_some_and(|thread| chosen(channel, thread))).collect()
    }
}
