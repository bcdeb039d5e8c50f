//! What the bot is told of. <https://core.telegram.org/bots/features#privacy-mode>

use super::World;
use crate::telegram::model::{CHANNEL_BOT, Chat, ChatKind, GROUP_ANONYMOUS_BOT, Message};

impl World {
    /// Whether a message reaches the bot as an update.
    pub(super) fn bot_hears(&self, message: &Message) -> bool {
        let Some(chat) = self.chats.get(&message.chat) else { return false };
        if message.from == Some(self.bot) {
            return false;
        }
        if chat.kind == ChatKind::Private {
            return true;
        }
        let place = chat.member(self.bot);
        if !place.is_present() {
            return false;
        }
        if chat.kind == ChatKind::Channel {
            return place.is_admin();
        }
        if message.is_service() {
            return true;
        }
        !self.is_other_bot(message) && (!self.privacy || place.is_admin() || self.is_meant_for_bot(chat, message))
    }

    /// Bots do not hear each other.
    fn is_other_bot(&self, message: &Message) -> bool {
        let stand_ins = [GROUP_ANONYMOUS_BOT, CHANNEL_BOT];
        let bot = |id: &i64| self.users.get(id).is_some_and(|user| user.is_bot) && !stand_ins.contains(id);
        message.from.as_ref().is_some_and(bot)
    }

    fn is_meant_for_bot(&self, chat: &Chat, message: &Message) -> bool {
        let answers = message.reply.as_ref().and_then(|reply| self.message(chat.id, reply.message));
        if answers.is_some_and(|answered| answered.from == Some(self.bot)) {
            return true;
        }
        let Some(command) = message.text().strip_prefix('/') else { return false };
        let command = command.split_whitespace().next().unwrap_or_default();
        let name = self.users.get(&self.bot).and_then(|bot| bot.username.as_deref()).unwrap_or_default();
        match command.split_once('@') {
            Some((_, addressed)) => addressed.eq_ignore_ascii_case(name),
            None => chat.bot_spoke_last,
        }
    }

    /// Whether the bot is an administrator there.
    pub(super) fn bot_is_admin(&self, chat: i64) -> bool {
        self.chats.get(&chat).is_some_and(|chat| chat.member(self.bot).is_admin())
    }
}
