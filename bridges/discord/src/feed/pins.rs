//! Pins: Discord tells only that they changed, so the list is read.
//!
//! <https://discord.com/developers/docs/resources/message#get-channel-pins>

use appservice_sdk::prelude::*;
use reqwest::Method;
use serde::Deserialize;
use serenity::http::Route;
use serenity::model::id::ChannelId;

use super::digest::Told;
use crate::ids::chat;
use crate::rest::{Call, Rest, RestError};
use crate::shared::Shared;

/// Pages of fifty that are read: as many as a channel can have.
const PAGES: usize = 5;

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct Item {
    pinned_at: String,
    message: Pinned,
}

#[derive(Deserialize)]
struct Pinned {
    id: serenity::model::id::MessageId,
}

impl Shared {
    /// The pins of a chat changed. Those of a thread are its own and are left there.
    pub(super) async fn pinned(&self, channel: ChannelId) -> Told {
        match self.seen(channel).await?.filter(|place| place.thread.is_none()) {
            Some(_) => Ok(self.pins(channel).await?.into_iter().collect()),
            None => Ok(Vec::new()),
        }
    }

    /// All pins of a chat; nothing when they may not be read.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn pins(&self, channel: ChannelId) -> Result<Option<Incoming>, RestError> {
        let ids = match listed(&self.rest, channel).await {
            Ok(ids) => ids,
            Err(RestError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Incoming::new(chat(channel), Author::Nobody, Timestamp::now(), What::Pins { ids })))
    }
}

/// The one pinned last at the end; Discord begins with it.
async fn listed(rest: &Rest, channel_id: ChannelId) -> Result<Vec<MessageId>, RestError> {
    let mut ids = Vec::new();
    let mut before: Option<String> = None;
    for _ in 0..PAGES {
        let path = format!("/channels/{channel_id}/messages/pins");
        let mut call = Call::at(Method::GET, path, Route::ChannelPins { channel_id }).query("limit", 50);
        if let Some(before) = &before {
            call = call.query("before", before);
        }
        let page: Page = rest.call(call).await?;
        before = page.items.last().map(|item| item.pinned_at.clone());
        ids.extend(page.items.into_iter().map(|item| crate::ids::told(item.message.id)));
        if !page.has_more {
            break;
        }
    }
    ids.reverse();
    Ok(ids)
}
