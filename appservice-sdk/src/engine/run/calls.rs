//! Making the calls of a journal, one by one, each exactly once.
//!
//! A send is journaled before it is made. Its outcome, its ledger row and the beginning of the next send are one
//! transaction. Whoever finds a send begun without an outcome looks it up before making it again.

use std::{sync::Arc, time::Duration};

use super::{
    delivered,
    journal::{Call, Journal, send_key},
    settle,
};
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        outcome::{self, Next},
        text,
    },
    inbox::lane::After,
    network::{
        Attempt, DynSession, Edit, Known, Lookup, Outgoing, Part, SendError, SendKey, Sent, StoreError, Timestamp,
    },
    portal::link,
    store::{
        Sql,
        inbox::{self, Item},
        messages::{self, MessageRow},
    },
};

/// Everything a decision led to.
pub(super) struct Work {
    pub(super) journal: Journal,
    /// What the ledger learns with the last call.
    pub(super) writes: Vec<Sql>,
}

/// Why a call was not made.
struct Failure {
    next: Next,
    /// Whether it may have happened all the same.
    unclear: bool,
    why: String,
}

/// Makes the calls that are left.
pub(super) async fn make(
    core: &Arc<Core>,
    item: &mut Item,
    event: &MatrixEvent,
    session: &Arc<dyn DynSession>,
    work: Work,
    tries: u32,
) -> Result<After, StoreError> {
    let Work { mut journal, writes } = work;
    let mut unclear = journal.begun.is_some();
    while let Some(call) = journal.calls.get(journal.done).cloned() {
        if matches!(call, Call::Send { .. }) && journal.begun.is_none() {
            journal.begun = Some(Timestamp::now().0);
            note(core, item, &journal, Vec::new(), 0).await?;
        }
        let caller = Caller { core, session, event, journal: &journal, tries };
        let learnt = match caller.make(&call, unclear).await {
            Ok((learnt, there)) => {
                journal.there.extend(there);
                learnt
            }
            Err(failure) => return failed(core, item, event, journal, failure).await,
        };
        unclear = false;
        journal.done += 1;
        journal.begun = match journal.calls.get(journal.done) {
            None => {
                core.health.from_matrix.handled();
                delivered::show(core, &event.room_id, &event.event_id);
                return settle(core, item, [learnt, writes].concat()).await;
            }
            Some(Call::Send { .. }) => Some(Timestamp::now().0),
            Some(_) => None,
        };
        note(core, item, &journal, learnt, 0).await?;
    }
    settle(core, item, writes).await
}

/// Writes the journal down, with what was learnt.
async fn note(
    core: &Core,
    item: &mut Item,
    journal: &Journal,
    mut learnt: Vec<Sql>,
    not_before: i64,
) -> Result<(), StoreError> {
    let text = journal.text();
    learnt.push(inbox::journal(item.id, &text, not_before));
    core.store.commit("journaling", learnt).await?;
    item.journal = Some(text);
    Ok(())
}

/// One call and all it needs.
struct Caller<'a> {
    core: &'a Arc<Core>,
    session: &'a Arc<dyn DynSession>,
    event: &'a MatrixEvent,
    journal: &'a Journal,
    tries: u32,
}

impl Caller<'_> {
    async fn make(&self, call: &Call, unclear: bool) -> Result<(Vec<Sql>, Option<crate::network::MessageId>), Failure> {
        let done =
            |made: Result<Vec<Sql>, SendError>| made.map_err(|error| self.sure(&error)).map(|learnt| (learnt, None));
        match call {
            Call::Send { part, payload, hash } => {
                let attempt = self.attempt(*part, payload.clone())?;
                let sent = match unclear {
                    true => self.look_up(&attempt).await?,
                    false => self.session.send(&attempt).await.map_err(|error| self.sure(&error))?,
                };
                let row = row(&attempt, &sent, hash);
                Ok((vec![messages::save(&row)], Some(sent.id)))
            }
            Call::Edit { target, payload, hash } => done(self.edit(target, payload.clone(), hash).await),
            Call::Delete { target } => {
                let took_part = self.journal.message.is_some();
                let forget = took_part
                    .then(|| messages::remove_part(target.chat.as_str(), target.id.as_str(), i64::from(target.part)));
                done(self.session.delete(target).await.map(|()| forget.into_iter().collect()))
            }
            Call::React(reaction) => done(self.session.react(reaction).await.map(|()| Vec::new())),
            Call::Unreact(reaction) => done(self.session.unreact(reaction).await.map(|()| Vec::new())),
        }
    }

    fn attempt(&self, part: u32, payload: serde_json::Value) -> Result<Attempt, Failure> {
        let Some(message) = self.journal.message.clone() else {
            return Err(self.sure(&SendError::Bug(anyhow::anyhow!("a journal without its message"))));
        };
        Ok(Attempt {
            key: send_key(self.core.info.id, &self.event.event_id, part),
            part,
            of: self.journal.sends(),
            payload,
            message: Arc::new(*message),
            before: self.journal.there.clone(),
            since: Timestamp(self.journal.begun.unwrap_or_else(|| Timestamp::now().0)),
            tries: self.tries,
        })
    }

    /// Was it there after all? If surely not, it is sent again under the same key.
    async fn look_up(&self, attempt: &Attempt) -> Result<Sent, Failure> {
        let found = match self.session.lookup(attempt).await {
            Ok(found) => found,
            Err(error @ (SendError::Later { .. } | SendError::SignedOut | SendError::Unsure(_))) => {
                return Err(Failure { unclear: true, ..self.sure(&error) });
            }
            Err(error) => {
                tracing::warn!(error = %error, "Whether a message arrived cannot be looked up.");
                Lookup::Unknown
            }
        };
        match found {
            Lookup::Found(sent) => Ok(sent),
            Lookup::Absent => self.session.send(attempt).await.map_err(|error| self.sure(&error)),
            Lookup::Unknown => match outcome::after_unknown(self.core.resend) {
                Ok(()) => self.session.send(attempt).await.map_err(|error| self.sure(&error)),
                Err(next) => Err(Failure { next, unclear: false, why: "nobody can tell whether it arrived".into() }),
            },
        }
    }

    async fn edit(&self, target: &Known, payload: serde_json::Value, hash: &str) -> Result<Vec<Sql>, SendError> {
        let Some(message) = self.journal.message.clone() else {
            return Err(SendError::Bug(anyhow::anyhow!("a journal without its message")));
        };
        let message = Arc::new(*message);
        let sent = self.session.edit(&Edit { target: target.clone(), payload, message: message.clone() }).await?;
        let mut learnt = Vec::new();
        if sent.id != target.id {
            learnt.push(messages::remove_part(target.chat.as_str(), target.id.as_str(), i64::from(target.part)));
        }
        let thread = target.thread.as_ref().map(ToString::to_string);
        let row = MessageRow { part: i64::from(target.part), thread, ..base(&message, &sent, hash) };
        let note = sent.note.as_ref().or(target.note.as_ref()).map(ToString::to_string);
        learnt.push(messages::save(&MessageRow { note, version: message.at.0, ..row }));
        Ok(learnt)
    }

    /// A failure of a call that was made: only `Unsure` leaves it open.
    fn sure(&self, error: &SendError) -> Failure {
        let next = outcome::after(error, self.tries, rand::random());
        Failure { unclear: matches!(next, Next::LookUp(_)), next, why: chain(error) }
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn base(message: &Outgoing, sent: &Sent, hash: &str) -> MessageRow {
    let said = message.parts.first();
    MessageRow {
        chat: message.chat.to_string(),
        id: sent.id.to_string(),
        event_id: message.event_id.clone(),
        room_id: message.room_id.clone(),
        from_matrix: 1,
        author: message.sender.name.clone(),
        author_id: message.sender.user_id.clone(),
        excerpt: said.map(excerpt).unwrap_or_default(),
        note: sent.note.as_ref().map(ToString::to_string),
        hash: hash.to_owned(),
        sent_at: message.at.0,
        ..MessageRow::default()
    }
}

fn row(attempt: &Attempt, sent: &Sent, hash: &str) -> MessageRow {
    let thread = attempt.message.thread.as_ref().map(|root| root.id.to_string());
    MessageRow { part: i64::from(attempt.part), thread, ..base(&attempt.message, sent, hash) }
}

fn excerpt(part: &Part) -> String {
    match part {
        Part::Media { file, caption: None, .. } => file.name.clone().unwrap_or_else(|| "a file".to_owned()),
        other => other.doc().map(text::excerpt).unwrap_or_default(),
    }
}

/// What was decided to fail before any call.
pub(super) async fn never_made(
    core: &Arc<Core>,
    item: &mut Item,
    event: &MatrixEvent,
    error: &SendError,
    tries: u32,
) -> Result<After, StoreError> {
    let next = outcome::after(error, tries, rand::random());
    let failure = Failure { next, unclear: false, why: chain(error) };
    failed(core, item, event, Journal::new(None, Vec::new()), failure).await
}

async fn failed(
    core: &Arc<Core>,
    item: &mut Item,
    event: &MatrixEvent,
    mut journal: Journal,
    failure: Failure,
) -> Result<After, StoreError> {
    let Failure { next, unclear, why } = failure;
    tracing::info!(event_id = event.event_id, next = ?next, why, "A call to the network failed.");
    if !unclear {
        journal.begun = None;
    }
    match next {
        Next::Wait(wait) | Next::LookUp(wait) => {
            pause(core, item, &journal, wait).await?;
            Ok(After::Again(wait))
        }
        Next::AwaitConnection => {
            pause(core, item, &journal, Duration::ZERO).await?;
            core.host_lost("signed out");
            Ok(After::OnceConnected)
        }
        Next::Tell(sentence) => {
            tell(core, event, &sentence).await;
            settle(core, item, Vec::new()).await
        }
        Next::Close => {
            tell(core, event, "This chat does not exist on the network any more; the room is no longer bridged.").await;
            link::unlink(core, &crate::network::ChatId::new(chat_of(core, event))).await?;
            settle(core, item, Vec::new()).await
        }
    }
}

fn chat_of(core: &Core, event: &MatrixEvent) -> String {
    core.portals.chat_of(&event.room_id).unwrap_or_default()
}

/// Notes how far it is and until when it waits. What may be repeated at will needs no note.
async fn pause(core: &Core, item: &mut Item, journal: &Journal, wait: Duration) -> Result<(), StoreError> {
    if journal.sends() == 0 {
        return Ok(());
    }
    let until = Timestamp::now().0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    note(core, item, journal, Vec::new(), until).await
}

/// A message on which the bridge broke: the sender learns of it.
pub(super) async fn tell_broken(core: &Core, item: &Item) {
    if let Ok(event) = serde_json::from_str::<MatrixEvent>(&item.body)
        && let Next::Tell(sentence) = outcome::after(&SendError::Bug(anyhow::anyhow!("a panic")), 0, 0.0)
    {
        tell(core, &event, &sentence).await;
    }
}

/// One plain notice at the message.
async fn tell(core: &Core, event: &MatrixEvent, sentence: &str) {
    core.health.refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    // Encrypted rooms hear it once: the homeserver takes the same transaction id for the same notice.
    let about = if event.kind == "m.room.encrypted" { &event.room_id } else { &event.event_id };
    let key = SendKey::derive(&[core.info.id, "notice", about]);
    let at = match event.kind.as_str() {
        "m.room.message" | "m.sticker" => Some(event.event_id.as_str()),
        _ => event.targets().reacts.map(|(target, _)| target),
    };
    if let Err(error) = core.homeserver.bot().notice(&event.room_id, sentence, at, key).await {
        tracing::warn!(room_id = event.room_id, error = %error, "A notice about a failure could not be sent.");
    }
}
