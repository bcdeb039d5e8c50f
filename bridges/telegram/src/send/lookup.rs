//! Did a message arrive whose answer was lost?
//!
//! Telegram takes no key with a message and shows a bot no history. But a supergroup numbers its messages one after the
//! other, and the request to take the buttons off a message that has none changes nothing and answers in one of three
//! ways: «not modified» for a message of the bot, «can't be edited» for one of somebody else, «not found» for none. So
//! the numbers after the newest known one are asked. If exactly one message of the bot is found that nobody knows of, it
//! is the lost one. In all other cases nobody can tell, and the sender is told so (or it is sent again, if the operator
//! prefers that): that no message was found proves nothing, as it may be on its way.

use appservice_sdk::prelude::*;
use serde_json::json;

use super::plan::Payload;
use super::sent;
use crate::config::Uncertain;
use crate::ids;
use crate::rest::{Reason, RestError};
use crate::shared::Shared;

/// How many numbers after the newest known one are asked.
const BEYOND: i32 = 5;
/// The most questions of one search.
const QUESTIONS: usize = 20;
/// The longest row of numbers that is searched.
const ROW: i32 = 300;

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Ours,
    Theirs,
    Nobodys,
}

impl Shared {
    /// Looks for an attempt.
    pub(crate) async fn find(&self, attempt: &Attempt) -> Result<Lookup, SendError> {
        let place = self.place(attempt.chat())?;
        let payload = Payload::read(&attempt.payload)?;
        // In a forum another topic's message may be under way at the same time: it could be taken for this one. In a
        // channel the bot may change what others wrote, and everything looks like its own.
        let found = match self.atlas.is_plain_supergroup(place.chat) {
            true => self.search(attempt, place.chat).await?,
            false => None,
        };
        match (found, self.config.uncertain) {
            (Some(id), _) => Ok(Lookup::Found(sent(ids::told(place.chat, id), &payload.body)?)),
            (None, Uncertain::Report) => Ok(Lookup::Unknown),
            (None, Uncertain::Repeat) => Ok(Lookup::Absent),
        }
    }

    async fn search(&self, attempt: &Attempt, chat: i64) -> Result<Option<i32>, SendError> {
        let _turn = self.turn(chat).await;
        let Some((from, to)) = self.row(attempt, chat).await? else { return Ok(None) };
        let numbers: Vec<MessageId> = (from..=to).map(|id| ids::told(chat, id)).collect();
        let known = self.remote.known(attempt.chat(), &numbers).await?;
        let unknown = |id: &i32| !known.contains(&ids::told(chat, *id)) && !self.is_own(chat, *id);
        let candidates: Vec<i32> = (from..=to).filter(unknown).collect();
        if candidates.len() > QUESTIONS {
            return Ok(None);
        }
        let mut ours = Vec::new();
        for id in candidates {
            match self.stands_for(chat, id).await? {
                Some(Stands::Ours) => ours.push(id),
                Some(Stands::Theirs | Stands::Nobodys) => {}
                None => return Ok(None),
            }
        }
        Ok(match ours[..] {
            [one] => Some(one),
            _ => None,
        })
    }

    /// The numbers the message can have: after the newest that is known to be older, up to a few beyond the newest.
    async fn row(&self, attempt: &Attempt, chat: i64) -> Result<Option<(i32, i32)>, SendError> {
        let before = match self.before(&attempt.key) {
            Some(before) => Some(before),
            None => {
                let seen = self.remote.last_seen(attempt.chat()).await?;
                attempt.before.last().cloned().or(seen).and_then(|id| ids::message(chat, &id))
            }
        };
        let Some(before) = before.filter(|before| *before > 0) else { return Ok(None) };
        let to = self.highest(chat).max(before).saturating_add(BEYOND);
        let from = before.saturating_add(1).max(to.saturating_sub(ROW));
        Ok(Some((from, to)))
    }

    /// Asks what stands under a number; `None` when the answer tells nothing.
    async fn stands_for(&self, chat: i64, id: i32) -> Result<Option<Stands>, SendError> {
        let body = json!({ "chat_id": chat, "message_id": id });
        let answer = self.rest.ask::<serde_json::Value>(chat, "editMessageReplyMarkup", &body).await;
        match answer {
            Err(RestError::Limited { after }) => Err(SendError::later_in(after, RestError::Limited { after })),
            Err(error @ RestError::Unreached(_)) => Err(SendError::later(error)),
            Err(error) => Ok(match error.reason() {
                Some(Reason::NotModified) => Some(Stands::Ours),
                Some(Reason::CannotEdit) => Some(Stands::Theirs),
                Some(Reason::NoMessage) => Some(Stands::Nobodys),
                _ => None,
            }),
            // The bot's messages have no buttons, so nothing can have changed.
            Ok(_) => Ok(None),
        }
    }
}
