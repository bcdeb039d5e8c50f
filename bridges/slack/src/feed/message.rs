//! Messages: said, changed, deleted.

use appservice_sdk::prelude::*;
use serde_json::Value;

use super::Trouble;
use super::digest::Event;
use crate::catch_up::{LIVE, live_key};
use crate::receive;
use crate::shared::Shared;
use crate::wire::{File, Message, read};
use crate::{ids, look};

impl Shared {
    /// A message event, whatever it is about.
    pub(super) async fn heard(&self, event: &Event<'_>) -> Result<Batch, Trouble> {
        let Some(chat) = event.text("channel").map(ChatId::new) else { return Ok(Batch::new()) };
        match event.text("subtype").unwrap_or_default() {
            "message_changed" => self.changed(&chat, event).await,
            "message_deleted" => Ok(self.deleted(&chat, event, event.text("deleted_ts"))),
            "channel_topic" | "group_topic" => Ok(self.topic(&chat, event, "topic")),
            "channel_purpose" | "group_purpose" => Ok(self.topic(&chat, event, "purpose")),
            "channel_convert_to_private" => {
                self.atlas.forget_channel(chat.as_str());
                let delta = ChatDelta { access: Some(Access::Invited), ..ChatDelta::default() };
                Ok(Batch::new().emit(event.told(chat, Author::Nobody, What::Chat(delta))))
            }
            _ => self.said(&chat, event.body).await,
        }
    }

    /// A message as it was said, live or in history; and that its thread lives.
    pub(crate) async fn said(&self, chat: &ChatId, told: &Value) -> Result<Batch, Trouble> {
        let mut said: Message = read(told);
        if self.wrote(&said) {
            self.shared_by_us(chat, &said);
            return Ok(Batch::new());
        }
        if receive::is_silent(&said) || said.is("tombstone") || !self.remote.is_linked(chat) {
            return Ok(Batch::new());
        }
        let Some((who, profile)) = self.author(&said).await? else { return Ok(Batch::new()) };
        self.know(told).await?;
        self.fill(&mut said).await?;
        let Some(message) = receive::message(chat, &said, self, who, profile) else { return Ok(Batch::new()) };
        let batch = Batch::new().emit(message);
        Ok(match said.root() {
            Some(root) => batch.put(live_key(chat, root), &said.ts),
            None => batch,
        })
    }

    /// A file of ours is seen in a channel: now its message is known.
    fn shared_by_us(&self, chat: &ChatId, said: &Message) {
        for file in &said.files {
            self.shares.push((chat.to_string(), file.id.clone(), said.ts.clone()));
        }
    }

    async fn changed(&self, chat: &ChatId, event: &Event<'_>) -> Result<Batch, Trouble> {
        let (now, before) = (&event.body["message"], &event.body["previous_message"]);
        let mut said: Message = read(now);
        // A deleted message whose thread goes on leaves a stone.
        if said.is("tombstone") {
            return Ok(self.deleted(chat, event, Some(&said.ts)));
        }
        if self.wrote(&said) || receive::is_silent(&Message { hidden: false, ..said.clone() }) {
            return Ok(Batch::new());
        }
        if !self.remote.is_linked(chat) {
            return Ok(Batch::new());
        }
        let who = self.author(&said).await?.map(|(who, _)| who);
        self.know(now).await?;
        self.fill(&mut said).await?;
        let mut old: Option<Message> = before.is_object().then(|| read(before));
        if let Some(old) = &mut old {
            self.fill(old).await?;
        }
        let edit = receive::edit(chat, &said, old.as_ref(), self, who, event.at);
        Ok(Batch { events: edit.into_iter().collect(), memory: Vec::new() })
    }

    fn deleted(&self, chat: &ChatId, event: &Event<'_>, ts: Option<&str>) -> Batch {
        let Some(ts) = ts.filter(|_| self.remote.is_linked(chat)) else { return Batch::new() };
        let ours = (chat.to_string(), ts.to_owned());
        if self.erased.find(|erased| *erased == ours).is_some() {
            return Batch::new();
        }
        let gone = Incoming::new(chat.clone(), Author::Nobody, event.at, What::Delete { id: MessageId::new(ts) });
        Batch::new().emit(gone).forget(format!("{LIVE}{chat}/{ts}"))
    }

    /// A channel's topic; its purpose stands for it while there is none.
    fn topic(&self, chat: &ChatId, event: &Event<'_>, field: &str) -> Batch {
        self.atlas.forget_channel(chat.as_str());
        let text = event.body[field].as_str().unwrap_or_default().to_owned();
        let what = if field == "topic" {
            What::Chat(ChatDelta { topic: Some(text), ..ChatDelta::default() })
        } else {
            What::Resync
        };
        Batch::new().emit(event.told(chat.clone(), Author::Nobody, what))
    }

    /// How the author of a message looks, and how in this message alone.
    async fn author(&self, said: &Message) -> Result<Option<(UserInfo, Option<UserInfo>)>, Trouble> {
        let Some(id) = receive::author(said) else { return Ok(None) };
        let base = if ids::is_user(id) {
            self.atlas.person(id).await?.unwrap_or_else(|| look::stranger(id, said.user_profile.as_ref()))
        } else {
            let known = self.atlas.program(id).await?;
            known.unwrap_or_else(|| UserInfo { is_bot: true, ..look::stranger(id, None) })
        };
        let name = said.username.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let icon = said.icons.as_ref().and_then(look::icon);
        if !receive::is_program(said) || name.is_none() && icon.is_none() {
            return Ok(Some((base, None)));
        }
        let profile = UserInfo {
            name: name.map_or_else(|| base.name.clone(), str::to_owned),
            avatar: icon.or_else(|| base.avatar.clone()),
            is_bot: true,
        };
        Ok(Some((base.clone(), Some(profile).filter(|profile| *profile != base))))
    }

    /// Asks for what an event over the socket leaves out of its files.
    async fn fill(&self, said: &mut Message) -> Result<(), Trouble> {
        for file in &mut said.files {
            let slim = file.file_access.as_deref() == Some("check_file_info")
                || file.url_private.is_none() && file.mode.is_none();
            if !slim || file.id.is_empty() {
                continue;
            }
            match self.api.get("files.info", &[("file", &file.id)]).await {
                Ok(answer) => *file = File { file_access: None, ..read(&answer["file"]) },
                Err(error) if error.passes() => return Err(error.into()),
                // Deleted meanwhile, or not for us: its name is all there is.
                Err(_) => {}
            }
        }
        Ok(())
    }
}
