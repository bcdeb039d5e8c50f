//! The other side of a webhook: programs that want to hear what is said ([`crate::outgoing`]), and this bridge itself,
//! which hears that somebody answered an alert.

use appservice_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    desk::Desk,
    files,
    hooks::command::{self, COMMANDS},
    outgoing::{self, call::Letter},
    urgent,
};

/// Hears for programs. Its timers run as long as it lives.
pub struct Listener {
    pub(crate) desk: Desk,
    pub(crate) timers: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.timers.abort();
    }
}

impl Session for Listener {
    fn features(&self, _: &ChatId) -> Features {
        Features::all()
    }

    /// One payload for each program that wants to hear it, and one for the alert it answers. A message that needs no
    /// call is done: nobody is told that it did not arrive.
    fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
        let outs = self.desk.house().outs.of(message.chat.as_str());
        let mut plan: Vec<Value> = outgoing::letters(&outs, message).iter().map(outgoing::payload).collect();
        if let Some(answered) = message.reply_to.as_ref().filter(|known| !known.from_matrix) {
            plan.insert(0, json!({ "answers": answered.id }));
        }
        Ok(plan)
    }

    async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        if let Some(answered) = attempt.payload["answers"].as_str() {
            urgent::acknowledge(&self.desk, answered, Some(&attempt.message.sender.name)).await?;
        } else if let Ok(letter) = serde_json::from_value::<Letter>(attempt.payload["letter"].clone()) {
            outgoing::send(&self.desk, letter, attempt.key.as_str()).await?;
        }
        Ok(Sent::new(format!("m{}", attempt.key)))
    }

    /// What was told cannot be told otherwise.
    async fn edit(&self, edit: &Edit) -> Result<Sent, SendError> {
        Ok(Sent::new(edit.target.id.clone()))
    }

    async fn delete(&self, _: &Known) -> Result<(), SendError> {
        Ok(())
    }

    /// Whoever reacts to an alert has seen it.
    async fn react(&self, reaction: &React) -> Result<(), SendError> {
        urgent::acknowledge(&self.desk, reaction.target.id.as_str(), None).await?;
        Ok(())
    }

    async fn unreact(&self, _: &React) -> Result<(), SendError> {
        Ok(())
    }

    fn commands(&self) -> &'static [(&'static str, &'static str)] {
        COMMANDS
    }

    async fn command(&self, asked: &Asked) -> Answer {
        command::obey(&self.desk, asked).await
    }

    /// Files that came along with a message.
    async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        match &media.source {
            MediaSource::Remote(at) => {
                files::open(at.strip_prefix("file/").ok_or(FetchError::Missing)?, &self.desk).await
            }
            _ => Err(FetchError::Missing),
        }
    }

    async fn chat(&self, _: &ChatId) -> Result<ChatInfo, FetchError> {
        Ok(ChatInfo::default())
    }

    async fn user(&self, _: &RemoteUserId) -> Result<UserInfo, FetchError> {
        Err(FetchError::Missing)
    }
}
