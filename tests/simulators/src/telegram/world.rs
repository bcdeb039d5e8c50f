//! The Telegram behind the sockets.

mod albums;
mod chats;
pub(crate) mod draft;
mod members;
mod messages;
mod migration;
mod polls;
mod reactions;
mod topics;
mod visible;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use messages::Change;

use super::{
    clock::Clock,
    error::{self, Refusal, bad},
    files::File,
    model::{CHANNEL_BOT, Chat, ChatKind, GROUP_ANONYMOUS_BOT, Message, Poll, TELEGRAM, User},
    settings::Settings,
    shape,
};

/// Accounts, chats, messages, files.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// The bot's user id.
    pub(crate) bot: i64,
    pub(crate) token: String,
    /// Whether the bot hears only what is meant for it.
    pub(crate) privacy: bool,
    pub(crate) users: BTreeMap<i64, User>,
    pub(crate) chats: BTreeMap<i64, Chat>,
    pub(crate) messages: BTreeMap<i64, BTreeMap<i32, Message>>,
    pub(crate) polls: BTreeMap<String, Poll>,
    pub(crate) files: BTreeMap<String, File>,
    /// Custom emoji: the id of each and the file id of its sticker.
    pub(crate) custom_emoji: BTreeMap<String, Value>,
    /// Buttons pressed and not answered yet.
    pub(crate) callbacks: BTreeSet<String>,
    pub(crate) commands: Vec<Value>,
    /// Messages that were deleted, so that their ids stay taken.
    pub(crate) deleted: BTreeSet<(i64, i32)>,
    last_id: i64,
    /// The message ids of the bot's account, for private chats and basic groups.
    last_message: i32,
    #[serde(skip)]
    pub(crate) clock: Clock,
    /// What the bot is told and was not queued yet.
    #[serde(skip)]
    pub(crate) events: Vec<(String, Value)>,
}

impl World {
    /// Nobody in it but the bot and Telegram's own accounts.
    pub(crate) fn with_bot(settings: &Settings) -> Self {
        let mut world = Self {
            bot: settings.bot_id,
            token: format!("{}:{}", settings.bot_id, settings.secret),
            privacy: settings.privacy,
            last_id: 500_000_000,
            ..Self::default()
        };
        let account = |id, is_bot, name: &str, username: &str| User {
            id,
            is_bot,
            first_name: name.to_owned(),
            username: (!username.is_empty()).then(|| username.to_owned()),
            ..User::default()
        };
        for user in [
            account(settings.bot_id, true, &settings.bot_name, &settings.bot_username),
            account(TELEGRAM, false, "Telegram", ""),
            account(GROUP_ANONYMOUS_BOT, true, "Group", "GroupAnonymousBot"),
            account(CHANNEL_BOT, true, "Channel", "Channel_Bot"),
        ] {
            world.users.insert(user.id, user);
        }
        world
    }

    /// A number nothing else has.
    pub(crate) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The next message id of a chat.
    fn next_message(&mut self, chat: i64) -> i32 {
        let own = self.chats.get_mut(&chat).filter(|chat| chat.counts_messages());
        let last = own.map_or(&mut self.last_message, |chat| &mut chat.last_message);
        *last += 1;
        *last
    }

    pub(crate) fn tell(&mut self, kind: &str, body: Value) {
        self.events.push((kind.to_owned(), body));
    }

    pub(crate) fn user(&self, id: i64) -> Result<&User, Refusal> {
        self.users.get(&id).ok_or_else(|| bad("user not found"))
    }

    pub(crate) fn user_mut(&mut self, id: i64) -> Result<&mut User, Refusal> {
        self.users.get_mut(&id).ok_or_else(|| bad("user not found"))
    }

    pub(crate) fn chat(&self, id: i64) -> Result<&Chat, Refusal> {
        self.chats.get(&id).ok_or_else(error::chat_not_found)
    }

    pub(crate) fn chat_mut(&mut self, id: i64) -> Result<&mut Chat, Refusal> {
        self.chats.get_mut(&id).ok_or_else(error::chat_not_found)
    }

    pub(crate) fn message(&self, chat: i64, id: i32) -> Option<&Message> {
        self.messages.get(&chat)?.get(&id)
    }

    pub(crate) fn message_mut(&mut self, chat: i64, id: i32) -> Option<&mut Message> {
        self.messages.get_mut(&chat)?.get_mut(&id)
    }

    /// A chat that the bot may write in at all; what it may do there is asked for by right.
    pub(crate) fn reachable(&self, id: i64) -> Result<&Chat, Refusal> {
        let chat = self.chat(id)?;
        if let Some(to) = chat.migrated_to {
            return Err(error::migrated(to));
        }
        if chat.kind == ChatKind::Private {
            let user = self.user(id)?;
            return match (user.deactivated, user.blocked) {
                (true, _) => Err(error::forbidden("user is deactivated")),
                (_, true) => Err(error::forbidden("bot was blocked by the user")),
                _ => Ok(chat),
            };
        }
        let name = chat.kind.name();
        match chat.members.get(&self.bot) {
            None => Err(error::chat_not_found()),
            Some(member) if member.is_present() => Ok(chat),
            Some(member) if member.status == super::model::Status::Kicked => {
                Err(error::forbidden(&format!("bot was kicked from the {name} chat")))
            }
            Some(_) => Err(error::forbidden(&format!("bot is not a member of the {name} chat"))),
        }
    }

    /// An inline button of the bot's message is pressed.
    pub(crate) fn press(&mut self, chat: i64, message: i32, user: i64, data: &str) -> Result<String, Refusal> {
        let pressed = self.message(chat, message).ok_or_else(|| bad("message not found"))?;
        let shown = shape::message::full(self, pressed);
        let from = shape::user::user(self.user(user)?);
        let id = self.next_id().to_string();
        self.callbacks.insert(id.clone());
        let body = json!({"id": id, "from": from, "message": shown, "chat_instance": chat.to_string(), "data": data});
        self.tell("callback_query", body);
        Ok(id)
    }
}
