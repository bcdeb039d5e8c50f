//! The other side of a webhook, which does not listen.

use appservice_sdk::prelude::*;
use serde_json::Value;

use crate::files;

/// Nobody hears what is said in Matrix.
pub struct NobodyThere {
    pub(crate) remote: Remote,
}

impl Session for NobodyThere {
    fn features(&self, _: &ChatId) -> Features {
        Features::all()
    }

    /// A message that needs no call is done: nobody is told that it did not arrive.
    fn plan(&self, _: &Outgoing) -> Result<Vec<Value>, SendError> {
        Ok(Vec::new())
    }

    async fn send(&self, _: &Attempt) -> Result<Sent, SendError> {
        Err(SendError::unsupported("answering"))
    }

    /// Files that came along with a message.
    async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        match &media.source {
            MediaSource::Remote(at) => {
                files::open(at.strip_prefix("file/").ok_or(FetchError::Missing)?, &self.remote).await
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
