//! Chats made and changed.

use std::collections::BTreeMap;

use serde_json::json;

use super::World;
use crate::telegram::{
    error::{Refusal, bad},
    files::Media,
    model::{Chat, ChatKind, Member, Status},
    rights,
};

impl World {
    /// A new group, supergroup or channel of `owner`.
    pub(crate) fn create_chat(&mut self, kind: ChatKind, title: &str, owner: i64) -> i64 {
        let number = self.next_id();
        let id = if kind == ChatKind::Group { -number } else { -1_000_000_000_000 - number };
        let members = BTreeMap::from([(owner, Member::of(Status::Creator))]);
        let (title, permissions) = (title.to_owned(), rights::usual());
        self.chats.insert(id, Chat { id, kind, title, members, permissions, ..Chat::default() });
        id
    }

    /// The private chat between somebody and the bot.
    pub(crate) fn private_chat(&mut self, user: i64) -> Result<i64, Refusal> {
        self.user(user)?;
        self.chats.entry(user).or_insert_with(|| Chat { id: user, ..Chat::default() });
        Ok(user)
    }

    /// Renames a chat; a line about it follows.
    pub(crate) fn rename(&mut self, chat: i64, title: &str, by: i64) -> Result<(), Refusal> {
        let there = self.chat_mut(chat)?;
        if there.title == title {
            return Err(bad("chat title is not modified"));
        }
        title.clone_into(&mut there.title);
        self.service(chat, by, json!({ "new_chat_title": title })).map(drop)
    }

    /// Changes what a chat is about. Nobody tells a bot.
    pub(crate) fn describe(&mut self, chat: i64, description: &str) -> Result<(), Refusal> {
        let there = self.chat_mut(chat)?;
        if there.description == description {
            return Err(bad("chat description is not modified"));
        }
        description.clone_into(&mut there.description);
        Ok(())
    }

    /// Changes or removes a chat's picture; a line about it follows.
    pub(crate) fn picture(&mut self, chat: i64, photo: Option<Media>, by: i64) -> Result<(), Refusal> {
        let Some(photo) = photo else {
            self.chat_mut(chat)?.photo = None;
            return self.service(chat, by, json!({ "delete_chat_photo": true })).map(drop);
        };
        let fields = self.store_media(photo);
        let sizes = fields.get("photo").cloned().unwrap_or_default();
        let biggest = sizes.as_array().and_then(|sizes| sizes.last()?["file_id"].as_str()).map(str::to_owned);
        self.chat_mut(chat)?.photo = biggest;
        self.service(chat, by, json!({ "new_chat_photo": sizes })).map(drop)
    }
}
