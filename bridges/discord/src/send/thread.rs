//! A thread of Matrix is the thread on its root message in Discord; the first answer opens it.
//!
//! <https://discord.com/developers/docs/resources/channel#start-thread-from-message>

use appservice_sdk::prelude::*;
use serde_json::json;
use serenity::http::Route;
use serenity::model::id::{ChannelId, MessageId as Snowflake};

use super::refusal::{Doing, sort};
use crate::ids;
use crate::rest::*;
use crate::shared::Shared;
use crate::wire::Channel;

/// Most characters of a thread's name.
const MAX_NAME: usize = 100;

impl Shared {
    /// The thread a message goes into, opened if it does not exist yet. Its id is its root's.
    pub(crate) async fn thread_for(
        &self,
        channel: ChannelId,
        message: &Outgoing,
    ) -> Result<Option<ChannelId>, SendError> {
        let Some(root) = &message.thread else { return Ok(None) };
        let Some(id) = ids::message(&root.id) else { return Ok(None) };
        let thread = ChannelId::new(id.get());
        let known = self.atlas.channel(thread).await.map_err(|error| sort(error, Doing::OpeningThread))?;
        if known.is_none() {
            self.open(channel, id, &root.excerpt).await?;
        }
        Ok(Some(thread))
    }

    async fn open(&self, channel_id: ChannelId, root: Snowflake, excerpt: &str) -> Result<(), SendError> {
        let route = Route::ChannelMessageThreads { channel_id, message_id: root };
        match self.rest.call::<Channel>(Call::post(route).json(json!({ "name": name(excerpt) }))).await {
            Ok(thread) => self.atlas.learn_channel(thread),
            // Opened by somebody else meanwhile, or by us before a crash: look again when it is next needed.
            Err(error) if error.is(THREAD_EXISTS) => self.atlas.forget_channel(ChannelId::new(root.get())),
            Err(error) => return Err(sort(error, Doing::OpeningThread)),
        }
        Ok(())
    }
}

/// A thread is called as its root begins.
fn name(excerpt: &str) -> String {
    let line = excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => "Thread".to_owned(),
        length if length <= MAX_NAME => line,
        _ => line.chars().take(MAX_NAME - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_called_as_its_root_begins() {
        assert_eq!(name(" What about\n lunch? "), "What about lunch?");
        assert_eq!(name("  "), "Thread");
        assert_eq!(name(&"ä".repeat(300)).chars().count(), 100);
    }
}
