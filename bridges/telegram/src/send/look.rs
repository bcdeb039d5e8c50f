//! Name, description and picture of a chat, changed from Matrix.

use appservice_sdk::prelude::*;
use serde_json::json;

use super::refusal::Doing;
use crate::convert::shortened;
use crate::ids;
use crate::shared::Shared;

/// Most units of a chat's title, of a topic's name, and of a description.
const TITLE: usize = 128;
const DESCRIPTION: usize = 255;

impl Shared {
    /// Changes what is different. A topic has a name alone.
    pub(crate) async fn change_look(&self, chat: &ChatId, look: &ChatDelta) -> Result<(), SendError> {
        let forum = ids::of_forum(chat).map(|chat| ids::Place { chat: self.today(chat), topic: None });
        let place = match forum {
            Some(place) => place,
            None => self.place(chat)?,
        };
        if let Some(name) = &look.name {
            let name = shortened(name, TITLE);
            let (method, body) = match place.topic {
                Some(topic) => {
                    ("editForumTopic", json!({ "chat_id": place.chat, "message_thread_id": topic, "name": name }))
                }
                None => ("setChatTitle", json!({ "chat_id": place.chat, "title": name })),
            };
            self.done(method, place.chat, body, Doing::Changing).await?;
        }
        if place.topic.is_some() {
            return Ok(());
        }
        if let Some(topic) = &look.topic {
            let body = json!({ "chat_id": place.chat, "description": shortened(topic, DESCRIPTION) });
            self.done("setChatDescription", place.chat, body, Doing::Changing).await?;
        }
        match &look.avatar {
            Some(picture) => self.picture(place.chat, picture).await,
            None => Ok(()),
        }
    }
}
