//! Accounts and members.

use crate::telegram::{
    Media, Refusal, Telegram,
    model::{Member, Status, User},
};

impl Telegram {
    /// The bot's user id.
    pub fn bot(&self) -> i64 {
        self.shared.look(|state| state.world.bot)
    }

    /// A new account.
    pub fn person(&self, name: &str, username: Option<&str>) -> i64 {
        self.account(name, username, false)
    }

    /// Another bot, not ours.
    pub fn other_bot(&self, name: &str, username: &str) -> i64 {
        self.account(name, Some(username), true)
    }

    fn account(&self, name: &str, username: Option<&str>, is_bot: bool) -> i64 {
        self.shared.with(|state| {
            let id = state.world.next_id();
            let username = username.map(str::to_owned);
            let user = User { id, is_bot, first_name: name.to_owned(), username, ..User::default() };
            state.world.users.insert(id, user);
            id
        })
    }

    /// What the account is now.
    pub fn user(&self, id: i64) -> Option<User> {
        self.shared.look(|state| state.world.users.get(&id).cloned())
    }

    /// Changes an account: names, whether it blocked the bot, whether it was deleted. Nobody tells a bot.
    pub fn change_user(&self, id: i64, change: impl FnOnce(&mut User)) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.user_mut(id).map(change))
    }

    /// Somebody chooses a picture.
    pub fn set_avatar(&self, user: i64, photo: Media) -> Result<(), Refusal> {
        self.shared.with(|state| {
            let fields = state.world.store_media(photo);
            let sizes = fields.get("photo").and_then(|sizes| sizes.as_array()).cloned().unwrap_or_default();
            let biggest = sizes.last().and_then(|size| size["file_id"].as_str()).unwrap_or_default().to_owned();
            state.world.user_mut(user)?.photos.insert(0, biggest);
            Ok(())
        })
    }

    /// Somebody presses Start in the bot's private chat; says the chat's id, which is theirs.
    pub fn start_chat(&self, user: i64) -> Result<i64, Refusal> {
        let chat = self.shared.with(|state| state.world.private_chat(user))?;
        self.say(chat, user, "/start")?;
        Ok(chat)
    }

    /// Somebody blocks or unblocks the bot.
    pub fn block(&self, user: i64, blocked: bool) -> Result<(), Refusal> {
        self.shared.with(|state| {
            state.world.user_mut(user)?.blocked = blocked;
            let bot = state.world.bot;
            let chat = state.world.private_chat(user)?;
            state.world.chat_mut(chat)?.members.entry(bot).or_insert_with(|| Member::of(Status::Member));
            let status = if blocked { Status::Kicked } else { Status::Member };
            state.world.set_place(chat, bot, Member::of(status), user)
        })
    }

    /// Somebody joins a chat by themselves.
    pub fn join(&self, chat: i64, user: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.join(chat, user, user))
    }

    /// Somebody adds somebody else.
    pub fn invite(&self, chat: i64, user: i64, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.join(chat, user, by))
    }

    /// Somebody leaves.
    pub fn leave(&self, chat: i64, user: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.leave(chat, user, user, false))
    }

    /// Somebody throws somebody else out, or the bot, for good.
    pub fn kick(&self, chat: i64, user: i64, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.leave(chat, user, by, true))
    }

    /// Somebody becomes an administrator with these rights, see [`super::super::rights::ADMIN`].
    pub fn promote(&self, chat: i64, user: i64, rights: &[&str], by: i64) -> Result<(), Refusal> {
        let rights = rights.iter().map(|right| (*right).to_owned()).collect();
        self.place(chat, user, Member { rights, ..Member::of(Status::Administrator) }, by)
    }

    /// Somebody is a plain member again.
    pub fn demote(&self, chat: i64, user: i64, by: i64) -> Result<(), Refusal> {
        self.place(chat, user, Member::of(Status::Member), by)
    }

    /// Sets any place in a chat.
    pub fn place(&self, chat: i64, user: i64, place: Member, by: i64) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.set_place(chat, user, place, by))
    }

    /// An administrator goes anonymous or comes back, with a title.
    pub fn set_anonymous(&self, chat: i64, user: i64, anonymous: bool, title: Option<&str>) -> Result<(), Refusal> {
        self.shared.with(|state| {
            let mut place = state.world.chat(chat)?.member(user);
            place.anonymous = anonymous;
            place.custom_title = title.map(str::to_owned);
            state.world.set_place(chat, user, place, user)
        })
    }

    /// What somebody is in a chat now.
    pub fn member(&self, chat: i64, user: i64) -> Member {
        self.shared.look(|state| state.world.chats.get(&chat).map(|chat| chat.member(user))).unwrap_or_default()
    }
}
