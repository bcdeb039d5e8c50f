//! The bot's reaction, which stands for everybody in Matrix who reacted so.
//!
//! <https://discord.com/developers/docs/resources/message#create-reaction>

use appservice_sdk::prelude::*;
use reqwest::Method;
use serenity::http::Route;
use serenity::model::channel::ReactionType;
use serenity::model::id::{EmojiId, MessageId as Snowflake};

use super::Target;
use super::refusal::{Doing, sort};
use crate::ids;
use crate::rest::*;
use crate::shared::Shared;

/// Asks for the coloured form of a character. Matrix writes it, Discord knows most emoji without.
const COLOURED: char = '\u{fe0f}';

impl Shared {
    /// Puts or takes the bot's reaction. «Already so» is success.
    pub(crate) async fn mark(&self, reaction: &React, method: Method) -> Result<(), SendError> {
        let at = self.target_of(&reaction.target).await?;
        let id = ids::message(&reaction.target.id).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        let mut last = None;
        let emoji = self.drawn(&reaction.emoji).await;
        for emoji in spellings(&emoji)? {
            match self.mark_as(at, id, &emoji, method.clone()).await {
                Err(error) if error.is(UNKNOWN_EMOJI) => last = Some(error),
                Err(error) if method == Method::DELETE && error.not_found() => return Ok(()),
                other => return other.map_err(|error| sort(error, Doing::Reacting)),
            }
        }
        match last {
            Some(_) if method == Method::DELETE => Ok(()),
            Some(error) => Err(sort(error, Doing::Reacting)),
            None => Ok(()),
        }
    }

    /// A picture of Matrix as an emoji of ours, if Discord takes it.
    async fn drawn(&self, emoji: &Emoji) -> Emoji {
        let picture =
            [Some(&emoji.key), emoji.image.as_ref()].into_iter().flatten().find(|at| at.starts_with("mxc://"));
        let Some(mxc) = picture.filter(|_| emoji.key.parse::<EmojiId>().is_err()) else { return emoji.clone() };
        let called = emoji.name.as_deref().unwrap_or("emoji");
        match self.ours(mxc, called).await {
            Some(ours) => Emoji { key: ours.id.to_string(), name: Some(ours.name), image: None },
            None => emoji.clone(),
        }
    }

    async fn mark_as(&self, at: Target, id: Snowflake, emoji: &str, method: Method) -> Result<(), RestError> {
        let route = Route::ChannelMessageReactionMe { channel_id: at.direct(), message_id: id, reaction: emoji };
        self.rest.done(Call::new(method, route)).await
    }
}

/// How Discord may spell an emoji, the likeliest first, ready for an address.
fn spellings(emoji: &Emoji) -> Result<Vec<String>, SendError> {
    if let Ok(id) = emoji.key.parse::<EmojiId>() {
        let name = Some(emoji.name.clone().unwrap_or_else(|| "emoji".to_owned()));
        return Ok(vec![ReactionType::Custom { animated: false, id, name }.as_data()]);
    }
    let text = !emoji.key.is_empty() && emoji.key.chars().any(|c| c.is_ascii_alphabetic());
    if text || emoji.key.is_empty() {
        return Err(SendError::Refused(Refusal::Format("a reaction that is no emoji of Discord".to_owned())));
    }
    let plain: String = emoji.key.chars().filter(|c| *c != COLOURED).collect();
    let mut spellings = vec![emoji.key.clone(), plain.clone(), format!("{plain}{COLOURED}")];
    spellings.dedup();
    Ok(spellings.into_iter().map(|emoji| ReactionType::Unicode(emoji).as_data()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_tried_as_written_and_as_discord_may_spell_it() {
        let custom = Emoji { key: "55".into(), name: Some("blob".into()), image: None };
        assert_eq!(spellings(&custom).unwrap(), ["blob:55"]);
        assert_eq!(spellings(&Emoji::unicode("👍")).unwrap(), ["%F0%9F%91%8D", "%F0%9F%91%8D%EF%B8%8F"]);
        assert_eq!(
            spellings(&Emoji::unicode("❤\u{fe0f}")).unwrap(),
            ["%E2%9D%A4%EF%B8%8F", "%E2%9D%A4", "%E2%9D%A4%EF%B8%8F"]
        );
        for word in ["", "lol", "mxc://a.example/x", ":blob:"] {
            assert!(matches!(spellings(&Emoji::unicode(word)), Err(SendError::Refused(_))), "{word}");
        }
    }
}
