//! Making the calls of a journal, one by one, each exactly once.
//!
//! A send is journaled before it is made. Its outcome, its ledger row and the beginning of the next send are one
//! transaction. Whoever finds a send begun without an outcome looks it up before making it again.

use std::{sync::Arc, time::Duration};

use super::{
    delivered,
    failure::{Failure, chain, failed},
    journal::{Call, Journal, send_key},
    polls, settle, status,
};
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        outcome::{self, Next},
        text,
    },
    inbox::lane::{self, After},
    network::{
        Attempt, DynSession, Edit, Known, Lookup, MessageId, Outgoing, Part, SendError, Sent, StoreError, Timestamp,
    },
    store::{
        Sql,
        inbox::{self, Item},
        messages::{self, MessageRow},
    },
};

/// The longest a call to the network may take (a large file on a slow line, at worst).
const LIMIT: Duration = Duration::from_secs(600);

/// Everything a decision led to.
pub(super) struct Work {
    pub(super) journal: Journal,
    /// What the ledger learns with the last call.
    pub(super) writes: Vec<Sql>,
    /// The lane that has something to do then.
    pub(super) wake: Option<String>,
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
    let Work { mut journal, writes, wake } = work;
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
                status::arrived(core, item, event, journal.pending);
                return settle(core, item, [learnt, writes].concat()).await;
            }
            Some(Call::Send { .. }) => Some(Timestamp::now().0),
            Some(_) => None,
        };
        note(core, item, &journal, learnt, 0).await?;
    }
    let settled = settle(core, item, writes).await?;
    if let Some(next) = wake {
        lane::wake(core, &next);
    }
    Ok(settled)
}

/// Writes the journal down, with what was learnt.
pub(super) async fn note(
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
    async fn make(&self, call: &Call, unclear: bool) -> Result<(Vec<Sql>, Option<MessageId>), Failure> {
        let done =
            |made: Result<Vec<Sql>, SendError>| made.map_err(|error| self.sure(&error)).map(|learnt| (learnt, None));
        match call {
            Call::Send { part, payload, hash } => {
                let attempt = self.attempt(*part, payload.clone())?;
                let sent = match unclear {
                    true => self.look_up(&attempt).await?,
                    false => self.send(&attempt).await?,
                };
                let row = row(&attempt, &sent, hash);
                let mut learnt = vec![messages::save(&row)];
                learnt.extend(polls::sent(&attempt, &row));
                Ok((learnt, Some(sent.id)))
            }
            Call::Edit { target, payload, hash } => done(self.edit(target, payload.clone(), hash).await),
            Call::Delete { target } => {
                let took_part = self.journal.message.is_some();
                let forget = took_part
                    .then(|| messages::remove_part(target.chat.as_str(), target.id.as_str(), i64::from(target.part)));
                done(in_time(self.session.delete(target)).await.map(|()| forget.into_iter().collect()))
            }
            Call::React(reaction) => done(in_time(self.session.react(reaction)).await.map(|()| Vec::new())),
            Call::Pin { target, on } => done(in_time(self.session.pin(target, *on)).await.map(|()| Vec::new())),
            Call::Moderate(order) => done(in_time(self.session.moderate(order)).await.map(|()| Vec::new())),
            Call::Change { chat, look } => done(in_time(self.session.change(chat, look)).await.map(|()| Vec::new())),
            Call::Unreact(reaction) => done(in_time(self.session.unreact(reaction)).await.map(|()| Vec::new())),
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

    /// A send that takes too long may have happened.
    async fn send(&self, attempt: &Attempt) -> Result<Sent, Failure> {
        let sent = tokio::time::timeout(LIMIT, self.session.send(attempt)).await;
        sent.unwrap_or_else(|slow| Err(SendError::Unsure(slow.into()))).map_err(|error| self.sure(&error))
    }

    /// Was it there after all? If surely not, it is sent again under the same key.
    async fn look_up(&self, attempt: &Attempt) -> Result<Sent, Failure> {
        let found = match in_time(self.session.lookup(attempt)).await {
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
            Lookup::Absent => self.send(attempt).await,
            Lookup::Unknown => match outcome::after_unknown(self.core.resend) {
                Ok(()) => self.send(attempt).await,
                Err(next) => Err(Failure { next, unclear: false, why: "nobody can tell whether it arrived".into() }),
            },
        }
    }

    async fn edit(&self, target: &Known, payload: serde_json::Value, hash: &str) -> Result<Vec<Sql>, SendError> {
        let Some(message) = self.journal.message.clone() else {
            return Err(SendError::Bug(anyhow::anyhow!("a journal without its message")));
        };
        let message = Arc::new(*message);
        let edit = Edit { target: target.clone(), payload, message: message.clone() };
        let sent = in_time(self.session.edit(&edit)).await?;
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

/// A call that may be made again is made again when it takes too long.
pub(super) async fn in_time<T>(call: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    tokio::time::timeout(LIMIT, call).await.unwrap_or_else(|slow| Err(SendError::later(slow)))
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
        Part::Poll(poll) => poll.question.clone(),
        other => other.doc().map(text::excerpt).unwrap_or_default(),
    }
}
