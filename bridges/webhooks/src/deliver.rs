//! The one door into a room: every dialect's messages go through here, and are stored before the sender is answered.

use appservice_sdk::prelude::*;

use crate::{
    convert,
    dialect::Refusal,
    files,
    hooks::Hook,
    identity, ids,
    post::{Act, Post},
};

/// What was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The id of each message, in order: see [`crate::ids`].
    pub ids: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// Takes messages for the room of a hook. Once this returns they reach the room whatever happens.
///
/// # Errors
/// Why nothing was taken.
pub async fn accept(hook: &Hook, posts: Vec<Post>, remote: &Remote) -> Result<Accepted, Refusal> {
    if !remote.is_linked(&hook.chat()) {
        return Err(Refusal::RoomGone);
    }
    let at = Timestamp::now();
    let mut batch = Batch::new();
    let mut accepted = Accepted { ids: Vec::new(), at };
    for mut post in posts {
        let id = match &post.act {
            Act::Say => ids::new(at),
            Act::Edit(id) | Act::Delete(id) | Act::React(id, _) => id.clone(),
        };
        batch = files::keep(&mut post, &id, batch)?;
        let what = what(&post, &id);
        let event = Incoming::new(hook.chat(), identity::author(hook, &post), post.at.unwrap_or(at), what);
        batch = batch.emit(match &post.dedupe {
            Some(dedupe) => event.with_key(format!("{}:{dedupe}", hook.id)),
            None => event,
        });
        if post.act == Act::Say {
            batch = batch.put(said(hook, &id), &true);
        }
        accepted.ids.push(id);
    }
    remote.store(batch).await.map_err(|error| {
        tracing::error!(error = %error, "A webhook's message could not be stored.");
        Refusal::NotNow
    })?;
    Ok(accepted)
}

/// Where it is remembered that a hook said this: it may edit and delete what it said, and nothing else.
#[must_use]
pub fn said(hook: &Hook, id: &str) -> String {
    format!("said/{}/{id}", hook.id)
}

fn what(post: &Post, id: &str) -> What {
    let id = MessageId::new(id);
    match &post.act {
        Act::Say => What::Message {
            id,
            parts: convert::parts(post),
            reply_to: post.reply_to.as_deref().map(MessageId::new),
            thread: post.thread.as_deref().map(MessageId::new),
            profile: None,
        },
        Act::Edit(_) => What::Edit { id, parts: convert::parts(post) },
        Act::Delete(_) => What::Delete { id },
        Act::React(_, emoji) => What::React { id, emoji: Emoji::unicode(&**emoji), on: true },
    }
}
