//! Taking the steps of a plan in Matrix: as the ghost of whoever spoke, or as the bot, who are let in first.

use std::sync::Arc;

use super::{
    ghost::{self, GhostError},
    polls,
};
use crate::{
    core::Core,
    engine::to_matrix::{Actor, Forget, Sending, Step},
    intent::{MatrixError, Send},
    network::{Author, Incoming, Part, SendKey, StoreError, UserInfo, What},
    store::{
        Sql,
        messages::{self, MessageRow},
        reactions,
    },
};

/// Takes one step; answers what the ledger learns. What the homeserver refuses for good is told and left.
pub(super) async fn take(
    core: &Arc<Core>,
    incoming: &Incoming,
    room: &str,
    step: Step,
) -> Result<Vec<Sql>, StoreError> {
    match step {
        Step::Send(sending) => {
            let Sending { by, event, row, reaction } = *sending;
            let is_message = row.is_some();
            let sent = as_actor(core, room, &by, &Act::Send(&event)).await?;
            match sent {
                Ok(event_id) => {
                    let row = row.map(|row| MessageRow {
                        event_id: if row.event_id.is_empty() { event_id.clone() } else { row.event_id },
                        ..row
                    });
                    let reaction =
                        reaction.map(|reaction| reactions::save(&reactions::ReactionRow { event_id, ..reaction }));
                    let poll = row.as_ref().and_then(|row| poll_of(incoming, row));
                    Ok(row.as_ref().map(messages::save).into_iter().chain(reaction).chain(poll).collect())
                }
                Err(error) => {
                    tracing::warn!(room_id = room, error = %error, "The homeserver refused an event.");
                    if is_message && !is_banned(core, room, &by).await {
                        lost(core, incoming, room, &event.key, &error).await;
                    }
                    Ok(Vec::new())
                }
            }
        }
        Step::Redact { by, event_id, key, forget } => {
            let redacted = as_actor(core, room, &by, &Act::Redact(&event_id, &key)).await?;
            if let Err(error) = redacted {
                tracing::info!(room_id = room, event_id, error = %error, "The homeserver refused a redaction.");
            }
            Ok(vec![match forget {
                Forget::Message => messages::delete_event(&event_id),
                Forget::Part { id, part } => messages::remove_part(incoming.chat.as_str(), &id, part),
                Forget::Reaction => reactions::remove(&event_id),
            }])
        }
    }
}

/// A part that asks something is remembered as a poll, too.
fn poll_of(incoming: &Incoming, row: &MessageRow) -> Option<Sql> {
    let (What::Message { parts, .. } | What::Edit { parts, .. }) = &incoming.what else { return None };
    let part = parts.get(usize::try_from(row.part).ok()?)?;
    let Part::Poll(asked) = part else { return None };
    Some(polls::save(row, asked, &row.author_id))
}

/// Something to be done as an actor.
enum Act<'a> {
    Send(&'a Send),
    Redact(&'a str, &'a SendKey),
}

impl Act<'_> {
    async fn run(&self, core: &Core, room: &str, user: Option<&str>) -> Result<String, MatrixError> {
        let intent = user.map_or_else(|| core.homeserver.bot(), |user| core.homeserver.user(user));
        match self {
            Self::Send(event) => intent.send(event).await,
            Self::Redact(event_id, key) => intent.redact(room, event_id, key, None).await,
        }
    }
}

/// Does something as an actor who is let in first; once more if the homeserver then says that it is not there.
async fn as_actor(
    core: &Core,
    room: &str,
    by: &Actor,
    act: &Act<'_>,
) -> Result<Result<String, MatrixError>, StoreError> {
    match try_as_actor(core, room, by, act).await {
        Ok(event_id) => Ok(Ok(event_id)),
        Err(GhostError::Refused(error)) => Ok(Err(error)),
        Err(GhostError::Store(error)) => Err(error),
    }
}

async fn try_as_actor(core: &Core, room: &str, by: &Actor, act: &Act<'_>) -> Result<String, GhostError> {
    let ghost = match by {
        Actor::Bot => None,
        Actor::Ghost(id) => Some(ghost::dress(core, id, None, None).await?.user_id),
    };
    let user = ghost.as_deref();
    let who = user.unwrap_or(&core.names.bot);
    ghost::let_in(core, room, who).await?;
    match act.run(core, room, user).await {
        Err(error) if error.is("M_FORBIDDEN") => {
            ghost::let_in_again(core, room, who).await?;
            Ok(act.run(core, room, user).await?)
        }
        done => Ok(done?),
    }
}

/// Whether somebody in Matrix banned the ghost: that its messages do not come is what they want.
async fn is_banned(core: &Core, room: &str, by: &Actor) -> bool {
    let Actor::Ghost(id) = by else { return false };
    let member = core.homeserver.bot().state(room, "m.room.member", &core.names.ghost(id)).await;
    member.ok().flatten().is_some_and(|member| member["membership"] == "ban")
}

/// A message was refused for good: the bot says so, if it may.
async fn lost(core: &Core, incoming: &Incoming, room: &str, key: &SendKey, why: &MatrixError) {
    let who = match &incoming.from {
        Author::Them(id, UserInfo { name, .. }) => {
            if name.is_empty() {
                id.as_str()
            } else {
                name
            }
        }
        _ => "somebody",
    };
    let text = format!("A message by {who} could not be brought here: {}", why.message);
    let key = SendKey::derive(&[core.info.id, "lost", key.as_str()]);
    if let Err(error) = core.homeserver.bot().notice(room, &text, None, key).await {
        tracing::warn!(room_id = room, error = %error, "A notice about a failure could not be sent.");
    }
}
