//! Channels: made, renamed, left, gone; and who is in them.

use appservice_sdk::prelude::*;

use super::Trouble;
use super::digest::Event;
use crate::shared::Shared;
use crate::{ids, look};

impl Shared {
    pub(super) async fn member(&self, event: &Event<'_>, joined: bool) -> Result<Batch, Trouble> {
        let (Some(chat), Some(user)) = (event.text("channel"), event.text("user")) else { return Ok(Batch::new()) };
        if user == self.me.user {
            return if joined { self.appeared(chat, event).await } else { Ok(self.left(chat, event)) };
        }
        let chat = ChatId::new(chat);
        if !self.remote.is_linked(&chat) {
            return Ok(Batch::new());
        }
        let who = self.who(user).await?;
        Ok(Batch::new().emit(event.told(chat, Author::them(user, who), What::Member { joined })))
    }

    pub(super) async fn channel_event(&self, kind: &str, event: &Event<'_>) -> Result<Batch, Trouble> {
        let channel = event.text("channel").or_else(|| event.body["channel"]["id"].as_str());
        let Some(id) = channel.filter(|id| ids::is_channel(&(*id).into())) else { return self.moved(kind, event) };
        self.atlas.forget_channel(id);
        match kind {
            "channel_created" => self.appeared(id, event).await,
            "channel_rename" | "group_rename" => {
                let name = event.body["channel"]["name"].as_str().map(str::to_owned);
                let delta = ChatDelta { name, ..ChatDelta::default() };
                Ok(Batch::new().emit(event.told(id, Author::Nobody, What::Chat(delta))))
            }
            "channel_unarchive" | "group_unarchive" => {
                Ok(Batch::new().emit(event.told(id, Author::Nobody, What::Resync)))
            }
            "channel_deleted" | "group_deleted" => Ok(Batch::new().emit(event.told(id, Author::Nobody, What::Gone))),
            "channel_left" | "group_left" => Ok(self.left(id, event)),
            _ => Ok(Batch::new()),
        }
    }

    /// The channel goes on under another id.
    fn moved(&self, kind: &str, event: &Event<'_>) -> Result<Batch, Trouble> {
        if let ("channel_id_changed", Some(old), Some(new)) =
            (kind, event.text("old_channel_id"), event.text("new_channel_id"))
        {
            self.atlas.forget_channel(old);
            let what = What::Moved { to: ChatId::new(new) };
            return Ok(Batch::new().emit(event.told(old, Author::Nobody, what)));
        }
        Ok(Batch::new())
    }

    /// There is a channel for us.
    async fn appeared(&self, id: &str, event: &Event<'_>) -> Result<Batch, Trouble> {
        let Some(channel) = self.atlas.channel_now(id).await? else { return Ok(Batch::new()) };
        if channel.is_im || channel.is_mpim {
            return Ok(Batch::new());
        }
        let info = look::channel(&channel, &self.me.url, &self.me.team);
        Ok(Batch::new().emit(event.told(id, Author::Nobody, What::Found(info))))
    }

    fn left(&self, id: &str, event: &Event<'_>) -> Batch {
        self.atlas.forget_channel(id);
        let note = "The bot is no longer in the channel on Slack: nothing crosses until somebody there writes /invite \
                    and the bot's name.";
        Batch::new().emit(event.told(id, Author::Nobody, What::Gap { note: note.to_owned() }))
    }
}
