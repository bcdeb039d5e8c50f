//! The bot's one reaction for everybody in Matrix.
//!
//! Telegram gives a bot one reaction to a message, from a fixed list. Where people in Matrix choose several, the latest
//! stands. <https://core.telegram.org/bots/api#reactiontypeemoji>

use appservice_sdk::prelude::*;
use serde_json::{Value, json};
use teloxide::types::{CustomEmojiId, ReactionType};

use super::refusal::Doing;
use crate::shared::Shared;

/// Memory: the reaction that the bot put to a message.
const MARK: &str = "mark/";

/// The emoji that Telegram takes as reactions, without the selector that asks for a coloured picture.
const EMOJI: &str = "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 \
                     🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ \
                     🤷 🤷‍♀ 😡";

impl Shared {
    /// Puts a reaction; the one that was there goes.
    pub(crate) async fn react(&self, reaction: &React) -> Result<(), SendError> {
        let kind = kind(&reaction.emoji)?;
        let (chat, id) = self.message(&reaction.target)?;
        self.mark(chat, id, json!([kind])).await?;
        Ok(self.remote.put(&format!("{MARK}{chat}/{id}"), &reaction.emoji.key).await?)
    }

    /// Takes a reaction away, if it is the one that stands.
    pub(crate) async fn unreact(&self, reaction: &React) -> Result<(), SendError> {
        let (chat, id) = self.message(&reaction.target)?;
        let key = format!("{MARK}{chat}/{id}");
        if self.remote.get::<String>(&key).await?.as_deref() != Some(&reaction.emoji.key) {
            return Ok(());
        }
        self.mark(chat, id, json!([])).await?;
        Ok(self.remote.forget(&key).await?)
    }

    async fn mark(&self, chat: i64, id: i32, reaction: Value) -> Result<(), SendError> {
        let body = json!({ "chat_id": chat, "message_id": id, "reaction": reaction });
        self.done("setMessageReaction", chat, body, Doing::Reacting).await
    }
}

/// As Telegram names it.
///
/// # Errors
/// Telegram has no such reaction.
fn kind(emoji: &Emoji) -> Result<ReactionType, SendError> {
    let bare = emoji.key.replace('\u{fe0f}', "");
    if EMOJI.split_whitespace().any(|known| known == bare) {
        return Ok(ReactionType::Emoji { emoji: bare });
    }
    if bare.len() > 9 && bare.chars().all(|c| c.is_ascii_digit()) {
        return Ok(ReactionType::CustomEmoji { custom_emoji_id: CustomEmojiId(bare) });
    }
    Err(SendError::Refused(Refusal::Format(format!(
        "the reaction {} (Telegram has a fixed list of reactions, such as 👍 ❤ 🔥 🎉)",
        emoji.name.as_deref().unwrap_or(&emoji.key)
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_are_those_of_telegrams_list() {
        let cases = [("👍", Some("👍")), ("❤️", Some("❤")), ("🤷‍♂️", Some("🤷‍♂")), ("🦖", None), ("+1", None)];
        for (key, wanted) in cases {
            let known = kind(&Emoji::unicode(key)).ok().and_then(|kind| kind.emoji().cloned());
            assert_eq!(known.as_deref(), wanted, "{key}");
        }
        assert_eq!(EMOJI.split_whitespace().count(), 73);
        let custom = Emoji { key: "5368324170671202286".into(), name: Some("x".into()), image: None };
        assert!(kind(&custom).is_ok_and(|kind| kind.custom_emoji_id().is_some()));
        assert!(kind(&Emoji::unicode("🦖")).unwrap_err().to_string().contains("fixed list"));
    }
}
