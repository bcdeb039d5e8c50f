//! What an entry means: found out as far as Slack has to be asked for it, then handed to the pure part.

use appservice_sdk::prelude::*;
use serde_json::Value;

use super::Trouble;
use crate::inlet::Entry;
use crate::shared::{Shared, Spoken};
use crate::wire::{User, read};
use crate::{ids, look};

/// An event of Slack and what its envelope tells.
pub(crate) struct Event<'a> {
    pub(crate) body: &'a Value,
    /// The same for every time it is told.
    pub(crate) id: &'a str,
    pub(crate) at: Timestamp,
}

impl<'a> Event<'a> {
    fn of(envelope: &'a Value) -> Self {
        let body = &envelope["event"];
        let told = body["event_ts"].as_str().and_then(ids::time);
        let at = told.or_else(|| envelope["event_time"].as_i64().map(Timestamp::from_secs));
        Self { body, id: envelope["event_id"].as_str().unwrap_or_default(), at: at.unwrap_or_else(Timestamp::now) }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.body[key].as_str().filter(|text| !text.is_empty())
    }

    /// Something that is known by the event's own id.
    pub(crate) fn told(&self, chat: impl Into<ChatId>, from: Author, what: What) -> Incoming {
        let event = Incoming::new(chat, from, self.at, what);
        if self.id.is_empty() { event } else { event.with_key(self.id) }
    }
}

impl Shared {
    /// What becomes of an entry.
    ///
    /// # Errors
    /// Ask again: Slack or the database does not answer.
    pub(crate) async fn digest(&self, entry: &Entry) -> Result<Batch, Trouble> {
        match entry {
            Entry::Hello => Ok(Batch::new()),
            Entry::Event(envelope) => self.event(&Event::of(envelope)).await,
            Entry::Command(command) => self.command(command).await,
            Entry::Click(click) => self.click(click).await,
        }
    }

    async fn event(&self, event: &Event<'_>) -> Result<Batch, Trouble> {
        match event.text("type").unwrap_or_default() {
            "message" => self.heard(event).await,
            "reaction_added" => self.reacted(event, true).await,
            "reaction_removed" => self.reacted(event, false).await,
            "pin_added" => self.pinned(event, true).await,
            "pin_removed" => self.pinned(event, false).await,
            "member_joined_channel" => self.member(event, true).await,
            "member_left_channel" => self.member(event, false).await,
            "user_change" | "user_profile_changed" | "team_join" => Ok(self.person(event)),
            "emoji_changed" => {
                self.atlas.forget_emoji();
                self.atlas.know_emoji().await?;
                let what = What::Pack { images: self.atlas.pack() };
                Ok(Batch::new().emit(event.told(self.team(), Author::Nobody, what)))
            }
            "subteam_created" | "subteam_updated" => {
                self.atlas.learn_group(&event.body["subteam"]);
                Ok(Batch::new())
            }
            "team_rename" => {
                let delta = ChatDelta { name: event.text("name").map(str::to_owned), ..ChatDelta::default() };
                Ok(Batch::new().emit(event.told(self.team(), Author::Nobody, What::Chat(delta))))
            }
            "app_uninstalled" => Ok(self.signed_out("the app was removed from the Slack workspace")),
            "tokens_revoked" if event.body["tokens"]["bot"].as_array().is_some_and(|bots| !bots.is_empty()) => {
                Ok(self.signed_out("the token of the Slack app was revoked"))
            }
            kind => self.channel_event(kind, event).await,
        }
    }

    fn signed_out(&self, why: &str) -> Batch {
        self.remote.disconnected(why);
        Batch::new()
    }

    /// Somebody looks different.
    fn person(&self, event: &Event<'_>) -> Batch {
        let user: User = read(&event.body["user"]);
        if user.id.is_empty() || user.id == self.me.user {
            return Batch::new();
        }
        let info = self.atlas.meet(&user);
        Batch::new().emit(event.told(self.team(), Author::them(user.id, info), What::Profile))
    }

    async fn reacted(&self, event: &Event<'_>, on: bool) -> Result<Batch, Trouble> {
        let item = &event.body["item"];
        let (Some(chat), Some(ts)) = (item["channel"].as_str(), item["ts"].as_str()) else { return Ok(Batch::new()) };
        let (Some(user), Some(name)) = (event.text("user"), event.text("reaction")) else { return Ok(Batch::new()) };
        let chat = ChatId::new(chat);
        if user == self.me.user || !self.remote.is_linked(&chat) {
            return Ok(Batch::new());
        }
        self.atlas.know_emoji().await?;
        let who = self.who(user).await?;
        let what = What::React { id: MessageId::new(ts), emoji: self.emoji(name), on };
        Ok(Batch::new().emit(event.told(chat, Author::them(user, who), what)))
    }

    async fn pinned(&self, event: &Event<'_>, on: bool) -> Result<Batch, Trouble> {
        let item = &event.body["item"];
        let ts = item["message"]["ts"].as_str().or_else(|| item["ts"].as_str());
        let (Some(chat), Some(ts)) = (event.text("channel_id"), ts) else { return Ok(Batch::new()) };
        let (chat, user) = (ChatId::new(chat), event.text("user"));
        if user == Some(self.me.user.as_str()) || !self.remote.is_linked(&chat) {
            return Ok(Batch::new());
        }
        let from = self.by(user).await?;
        Ok(Batch::new().emit(event.told(chat, from, What::Pin { id: MessageId::new(ts), on })))
    }

    /// Somebody as an author; nobody if it is not told.
    pub(crate) async fn by(&self, user: Option<&str>) -> Result<Author, Trouble> {
        Ok(match user {
            Some(user) => Author::them(user, self.who(user).await?),
            None => Author::Nobody,
        })
    }

    /// How a person looks; by the id alone if Slack knows nobody.
    pub(crate) async fn who(&self, user: &str) -> Result<UserInfo, Trouble> {
        let known = self.atlas.person(user).await?;
        Ok(known.unwrap_or_else(|| look::stranger(user, None)))
    }

    /// Finds out what the ids in something are called.
    pub(crate) async fn know(&self, said: &Value) -> Result<(), Trouble> {
        let spoken = Spoken::of(said);
        for user in spoken.users {
            self.atlas.person(&user).await?;
        }
        for channel in spoken.channels {
            self.atlas.channel(&channel).await?;
        }
        if spoken.groups {
            self.atlas.know_groups().await?;
        }
        Ok(self.atlas.know_emoji().await?)
    }
}
