//! Did a message arrive whose answer was lost? Looked for among what our webhooks said since.
//!
//! A webhook's message carries no key of ours, so it is recognised by who seems to say what; what the ledger knows as
//! another message is never taken for the lost one.

use std::time::Duration;

use appservice_sdk::prelude::*;
use serenity::model::id::ChannelId;
use tokio::time::sleep;

use super::plan::Payload;
use super::refusal::{Doing, sort};
use super::sent;
use crate::catch_up::page;
use crate::ids;
use crate::rest::RestError;
use crate::shared::Shared;
use crate::wire::Message;

/// How far our clock and Discord's may be apart.
const APART: i64 = 120_000;
/// A request whose connection was cut may still be at work on the other side for so long.
const STILL_AT_WORK: Duration = Duration::from_millis(1500);
/// Pages that are read, the newest first; a hundred messages each.
const PAGES: usize = 10;

impl Shared {
    /// What became of an attempt.
    pub(crate) async fn find(&self, attempt: &Attempt) -> Result<Lookup, SendError> {
        let payload = Payload::read(&attempt.payload)?;
        let at = self.target(attempt.chat()).await?;
        let thread = attempt.message.thread.as_ref().filter(|_| at.thread.is_none());
        let thread = thread.and_then(|root| ids::message(&root.id));
        let stands = thread.map_or(at.direct(), |root| ChannelId::new(root.get()));
        let content = self.composed(&payload, at.channel).await.map_err(|error| sort(error, Doing::Editing))?;
        let named = self.named(&payload, at.channel).await.map_err(|error| sort(error, Doing::Editing))?;
        let wanted = Wanted { payload: &payload, content: &content, named: &named };
        for last in [false, true] {
            let said = match self.since(stands, attempt.since).await {
                Ok(said) => said,
                // A thread that does not exist yet holds nothing.
                Err(error) if thread.is_some() && error.not_found() => Said { messages: Vec::new(), whole: true },
                Err(RestError::Refused { .. }) => return self.heard(&wanted, stands, attempt).await,
                Err(error) => return Err(sort(error, Doing::Editing)),
            };
            if let Some(found) = self.claim(said.messages.iter(), &wanted, attempt).await? {
                return Ok(Lookup::Found(found));
            }
            if !said.whole {
                return Ok(Lookup::Unknown);
            }
            if !last {
                sleep(STILL_AT_WORK).await;
            }
        }
        Ok(Lookup::Absent)
    }

    /// Without the right to read history there is only what the gateway told.
    async fn heard(&self, wanted: &Wanted<'_>, stands: ChannelId, attempt: &Attempt) -> Result<Lookup, SendError> {
        let said = self.echoes.all(|said| said.channel_id == stands);
        let found = self.claim(said.iter().map(|said| &**said), wanted, attempt).await?;
        Ok(found.map_or(Lookup::Unknown, Lookup::Found))
    }

    /// The first that matches and belongs to no other message.
    async fn claim<'a>(
        &self,
        said: impl Iterator<Item = &'a Message>,
        wanted: &Wanted<'_>,
        attempt: &Attempt,
    ) -> Result<Option<Sent>, SendError> {
        let earliest = ids::first_at(Timestamp(attempt.since.0.saturating_sub(APART)));
        let candidates: Vec<&Message> = said
            .filter(|said| said.id.get() >= earliest && self.hooks.wrote(said) && wanted.is(said))
            .filter(|said| !attempt.before.contains(&ids::told(said.id)))
            .collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let ids: Vec<MessageId> = candidates.iter().map(|said| ids::told(said.id)).collect();
        let taken = self.remote.known(attempt.chat(), &ids).await?;
        let free = candidates.into_iter().zip(&ids).find(|(_, id)| !taken.contains(id));
        match free.and_then(|(said, _)| Some((said.id, said.webhook_id?))) {
            Some((id, webhook)) => sent(id, webhook, wanted.payload).map(Some),
            None => Ok(None),
        }
    }

    /// What was said since an attempt began, oldest first. Read from the newest: in a busy channel the time that clocks
    /// may be apart holds more than all the pages.
    async fn since(&self, channel: ChannelId, since: Timestamp) -> Result<Said, RestError> {
        let earliest = ids::first_at(Timestamp(since.0.saturating_sub(APART)));
        let (mut messages, mut before, mut whole) = (Vec::new(), None, false);
        for _ in 0..PAGES {
            let page = page(&self.rest, channel, before.map(|id| ("before", id))).await?;
            before = page.iter().map(|said| said.id.get()).min();
            whole = page.len() < 100 || before.is_none_or(|oldest| oldest < earliest);
            messages.extend(page);
            if whole {
                break;
            }
        }
        messages.sort_by_key(|said: &Message| said.id);
        Ok(Said { messages, whole })
    }
}

/// What was read of a channel.
struct Said {
    messages: Vec<Message>,
    /// Whether that is all since the attempt began.
    whole: bool,
}

/// What the lost message looks like.
struct Wanted<'a> {
    payload: &'a Payload,
    content: &'a str,
    /// The same with the names of emoji that could not be uploaded then.
    named: &'a str,
}

impl Wanted<'_> {
    fn is(&self, said: &Message) -> bool {
        let name = said.author.as_ref().map(|author| author.username.as_str());
        let files = usize::from(self.payload.file.is_some());
        let there = said.content.as_deref().unwrap_or_default();
        // Discord takes white space away from both ends.
        name == Some(self.payload.name.as_str())
            && [self.content, self.named].iter().any(|wanted| wanted.trim() == there.trim())
            && said.attachments.len() == files
            && said.poll.as_ref().and_then(|poll| poll.question.text.as_deref().map(str::trim))
                == self.payload.poll.as_ref().map(|poll| poll.question.trim())
            && self
                .payload
                .file
                .as_ref()
                .is_none_or(|file| said.attachments.iter().all(|there| same(file, &there.filename)))
    }
}

/// Discord replaces what it does not like in a file's name.
fn same(file: &MediaRef, there: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>();
    let Some(here) = file.name.as_deref() else { return true };
    letters(there).trim_start_matches("SPOILER").starts_with(letters(here).trim_start_matches("SPOILER"))
}
