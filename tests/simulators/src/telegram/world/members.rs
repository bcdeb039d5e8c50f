//! Members: who comes, goes, is promoted, restricted, banned.

use serde_json::{Value, json};

use super::World;
use crate::telegram::{
    error::Refusal,
    model::{ChatKind, Member, Status},
    shape,
};

impl World {
    /// Sets somebody's place, and tells the bot as Telegram would: always of its own place, of others' only where it
    /// is an administrator and asked for `chat_member`.
    pub(crate) fn set_place(&mut self, chat: i64, user: i64, place: Member, by: i64) -> Result<(), Refusal> {
        let old = self.chat(chat)?.member(user);
        if old == place {
            return Ok(());
        }
        let was_heard = user == self.bot || self.bot_is_admin(chat);
        self.chat_mut(chat)?.members.insert(user, place.clone());
        if !was_heard {
            return Ok(());
        }
        let account = self.user(user)?;
        let body = json!({
            "chat": shape::chat::brief(self, self.chat(chat)?),
            "from": shape::user::user(self.user(by)?),
            "date": self.clock.date(),
            "old_chat_member": shape::member::member(account, &old),
            "new_chat_member": shape::member::member(account, &place),
        });
        self.tell(if user == self.bot { "my_chat_member" } else { "chat_member" }, body);
        Ok(())
    }

    /// Somebody comes in; in groups a line about it follows.
    pub(crate) fn join(&mut self, chat: i64, user: i64, by: i64) -> Result<(), Refusal> {
        let account = shape::user::user(self.user(user)?);
        self.set_place(chat, user, Member::of(Status::Member), by)?;
        if self.chat(chat)?.is_group() {
            self.service(chat, by, joined(&account))?;
        }
        Ok(())
    }

    /// Somebody leaves, or is thrown out by somebody else; in groups a line about it follows. A bot that is thrown out
    /// hears of it only by `my_chat_member`.
    pub(crate) fn leave(&mut self, chat: i64, user: i64, by: i64, banned: bool) -> Result<(), Refusal> {
        let account = shape::user::user(self.user(user)?);
        if !self.chat(chat)?.member(user).is_present() && !banned {
            return Ok(());
        }
        let line = self.chat(chat)?.is_group() && self.chat(chat)?.member(user).is_present();
        let status = if banned { Status::Kicked } else { Status::Left };
        self.set_place(chat, user, Member::of(status), by)?;
        if line {
            let fields = json!({"left_chat_member": account, "left_chat_participant": account});
            self.service(chat, by, fields)?;
        }
        Ok(())
    }

    /// The bot becomes a member, or where members cannot speak, an administrator.
    pub(crate) fn add_bot(&mut self, chat: i64, by: i64) -> Result<(), Refusal> {
        let bot = self.bot;
        if self.chat(chat)?.kind == ChatKind::Channel {
            let place = Member { rights: crate::telegram::rights::all(), ..Member::of(Status::Administrator) };
            return self.set_place(chat, bot, place, by);
        }
        self.join(chat, bot, by)
    }
}

/// The same newcomer three times, as Telegram still writes it.
fn joined(account: &Value) -> Value {
    json!({"new_chat_participant": account, "new_chat_member": account, "new_chat_members": [account]})
}
