//! Kicks and bans from Matrix, as far as the bot may.

use appservice_sdk::prelude::*;
use serde_json::json;

use super::refusal::Doing;
use crate::ids;
use crate::shared::Shared;

impl Shared {
    /// Carries out an order. Telegram knows no kick: it is a ban that is taken back.
    pub(crate) async fn moderate(&self, order: &Moderate) -> Result<(), SendError> {
        let chat = self.place(&order.chat)?.chat;
        let user = ids::user(&order.user).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        match order.act {
            Act::Invite => Err(SendError::unsupported("inviting by a bot")),
            Act::Ban => self.ban(chat, user).await,
            Act::Unban => self.unban(chat, user).await,
            Act::Kick => {
                self.ban(chat, user).await?;
                self.unban(chat, user).await
            }
        }
    }

    async fn ban(&self, chat: i64, user: i64) -> Result<(), SendError> {
        match ids::is_shared(user) {
            true => {
                let body = json!({ "chat_id": chat, "sender_chat_id": user });
                self.done("banChatSenderChat", chat, body, Doing::Moderating).await
            }
            false => {
                let body = json!({ "chat_id": chat, "user_id": user });
                self.done("banChatMember", chat, body, Doing::Moderating).await
            }
        }
    }

    async fn unban(&self, chat: i64, user: i64) -> Result<(), SendError> {
        match ids::is_shared(user) {
            true => {
                let body = json!({ "chat_id": chat, "sender_chat_id": user });
                self.done("unbanChatSenderChat", chat, body, Doing::Moderating).await
            }
            // Only a ban is taken back; otherwise this would put out somebody who is in the chat.
            false => {
                let body = json!({ "chat_id": chat, "user_id": user, "only_if_banned": true });
                self.done("unbanChatMember", chat, body, Doing::Moderating).await
            }
        }
    }
}
