//! Chats: what administrators do.

use crate::telegram::{
    Media, Refusal, Telegram,
    model::{Chat, ChatKind, Member, Status},
    rights,
};

impl Telegram {
    /// A basic group of somebody's.
    pub fn group(&self, title: &str, owner: i64) -> i64 {
        self.make(ChatKind::Group, title, owner)
    }

    /// A supergroup of somebody's.
    pub fn supergroup(&self, title: &str, owner: i64) -> i64 {
        self.make(ChatKind::Supergroup, title, owner)
    }

    /// A supergroup with topics.
    pub fn forum(&self, title: &str, owner: i64) -> i64 {
        let id = self.make(ChatKind::Supergroup, title, owner);
        let _ = self.change_chat(id, |chat| chat.is_forum = true);
        id
    }

    /// A channel of somebody's.
    pub fn channel(&self, title: &str, owner: i64) -> i64 {
        self.make(ChatKind::Channel, title, owner)
    }

    fn make(&self, kind: ChatKind, title: &str, owner: i64) -> i64 {
        self.shared.with(|state| state.world.create_chat(kind, title, owner))
    }

    /// A supergroup becomes the discussion group of a channel.
    pub fn link(&self, channel: i64, group: i64) -> Result<(), Refusal> {
        self.change_chat(channel, |chat| chat.linked = Some(group))?;
        self.change_chat(group, |chat| chat.linked = Some(channel))
    }

    /// Somebody adds the bot: as a member, in a channel as an administrator.
    pub fn add_bot(&self, chat: i64, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.add_bot(chat, by))
    }

    /// Somebody makes the bot an administrator with every right.
    pub fn make_bot_admin(&self, chat: i64, by: i64) -> Result<(), Refusal> {
        let place = Member { rights: rights::all(), ..Member::of(Status::Administrator) };
        self.place(chat, self.bot(), place, by)
    }

    /// Sets the privacy mode at BotFather. Telegram applies it to groups joined afterwards; here it holds at once.
    pub fn set_privacy(&self, on: bool) {
        self.shared.with(|state| state.world.privacy = on);
    }

    /// What the chat is now.
    pub fn chat(&self, id: i64) -> Option<Chat> {
        self.shared.look(|state| state.world.chats.get(&id).cloned())
    }

    /// Changes a chat without a word: public name, permissions, allowed reactions.
    pub fn change_chat(&self, id: i64, change: impl FnOnce(&mut Chat)) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.chat_mut(id).map(change))
    }

    /// Somebody renames a chat.
    pub fn rename(&self, chat: i64, title: &str, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.rename(chat, title, by))
    }

    /// Somebody changes what the chat is about; no bot is told.
    pub fn describe(&self, chat: i64, description: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.describe(chat, description))
    }

    /// Somebody changes the chat's picture, or removes it.
    pub fn set_photo(&self, chat: i64, photo: Option<Media>, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.picture(chat, photo, by))
    }

    /// Somebody opens a topic.
    pub fn topic(&self, chat: i64, by: i64, name: &str) -> Result<i32, Refusal> {
        self.shared.with(|state| state.world.open_topic(chat, by, name, 7_322_096))
    }

    /// Somebody renames a topic.
    pub fn rename_topic(&self, chat: i64, by: i64, topic: i32, name: &str) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.rename_topic(chat, by, topic, name))
    }

    /// Somebody closes a topic, or opens it again.
    pub fn close_topic(&self, chat: i64, by: i64, topic: i32, closed: bool) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.close_topic(chat, by, topic, closed))
    }

    /// A group becomes a supergroup; says its id.
    pub fn migrate(&self, group: i64, by: i64) -> Result<i64, Refusal> {
        self.shared.with(|state| state.world.migrate(group, by))
    }
}
