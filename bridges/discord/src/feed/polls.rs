//! Votes in polls, and their end.
//!
//! Discord tells each cross and each crossing-out; Matrix wants to know all that somebody chose. Where one answer is
//! allowed both are the same; where several are, Discord is asked which of them somebody holds now.
//! <https://discord.com/developers/docs/resources/poll>

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serenity::http::Route;
use serenity::model::id::{ChannelId, MessageId as Snowflake};

use super::digest::Told;
use crate::ids;
use crate::receive;
use crate::rest::{Call, RestError};
use crate::send::Note;
use crate::shared::Shared;
use crate::wire::{self, Voters};

/// The paper of a poll: what its answers are called on both sides.
#[derive(Clone, Debug)]
pub(crate) struct Ballot {
    pub(crate) id: Snowflake,
    /// Whether somebody may choose several answers.
    multiple: bool,
    pub(crate) answers: Vec<Answer>,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Discord's number.
    number: u64,
    /// What a vote in Matrix names it by.
    pub(crate) id: String,
    pub(crate) text: String,
}

impl Ballot {
    /// `names` are those of a poll that began in Matrix, in its order.
    fn of(said: &wire::Message, names: &[String]) -> Option<Self> {
        let poll = said.poll.as_ref()?;
        let answer = |(at, answer): (usize, &wire::PollAnswer)| Answer {
            number: answer.answer_id,
            id: names.get(at).cloned().unwrap_or_else(|| answer.answer_id.to_string()),
            text: answer.poll_media.text.clone().unwrap_or_default(),
        };
        let answers = poll.answers.iter().enumerate().map(answer).collect();
        Some(Self { id: said.id, multiple: poll.allow_multiselect, answers })
    }
}

impl Shared {
    /// Somebody voted, or took a vote back.
    pub(super) async fn voted(&self, vote: &wire::PollVote, on: bool) -> Told {
        let Some(place) = self.seen(vote.channel_id).await?.filter(|_| vote.user_id != self.me) else {
            return Ok(Vec::new());
        };
        let Some(ballot) = self.ballot(&ids::chat(place.chat), vote.channel_id, vote.message_id).await? else {
            return Ok(Vec::new());
        };
        let mut answers = Vec::new();
        for answer in &ballot.answers {
            let chosen = match ballot.multiple {
                true => self.holds(vote, answer.number).await?,
                false => on && answer.number == vote.answer_id,
            };
            answers.extend(chosen.then(|| answer.id.clone()));
        }
        let who = self.somebody(place.guild, vote.user_id, None).await?;
        let what = What::Vote { poll: ids::told(vote.message_id), answers };
        let from = Author::them(vote.user_id.to_string(), who);
        Ok(vec![Incoming::new(ids::chat(place.chat), from, Timestamp::now(), what)])
    }

    /// A poll is over: told with the message itself, and by a line below it.
    pub(super) async fn poll_ended(&self, channel: ChannelId, poll: Snowflake) -> Told {
        let Some(place) = self.seen(channel).await? else { return Ok(Vec::new()) };
        Ok(vec![receive::poll_end(poll, place, Timestamp::now())])
    }

    /// Whether somebody holds an answer now.
    async fn holds(&self, vote: &wire::PollVote, answer: u64) -> Result<bool, RestError> {
        let Ok(answer_id) = answer.to_string().parse() else { return Ok(false) };
        let route =
            Route::ChannelPollGetAnswerVoters { channel_id: vote.channel_id, message_id: vote.message_id, answer_id };
        let before = vote.user_id.get().saturating_sub(1);
        match self.rest.call::<Voters>(Call::get(route).query("after", before).query("limit", 1)).await {
            Ok(voters) => Ok(voters.users.first().is_some_and(|user| user.id == vote.user_id)),
            Err(RestError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The paper of a poll; `None` when there is no such poll (any more).
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn ballot(
        &self,
        chat: &ChatId,
        channel_id: ChannelId,
        message_id: Snowflake,
    ) -> Result<Option<Arc<Ballot>>, RestError> {
        if let Some(known) = self.ballots.all(|ballot| ballot.id == message_id).pop() {
            return Ok(Some(known));
        }
        let route = Route::ChannelMessage { channel_id, message_id };
        let said: wire::Message = match self.rest.call(Call::get(route)).await {
            Ok(said) => said,
            Err(RestError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let origin = self.remote.origin(chat, &ids::told(message_id)).await;
        let origin = origin.map_err(|error| RestError::Unreached(error.to_string()))?;
        let note = origin.and_then(|known| serde_json::from_value::<Note>(known.note?).ok());
        let names = note.map(|note| note.answers).unwrap_or_default();
        let ballot = Ballot::of(&said, &names).map(Arc::new);
        ballot.iter().for_each(|ballot| self.ballots.push(ballot.clone()));
        Ok(ballot)
    }
}
