//! Takes in what Telegram tells, in order, and stores it together with the position behind it.
//!
//! Only what is stored is confirmed to Telegram. An update that cannot be understood is passed over; one that cannot be
//! stored is tried again, since passing it over would lose it.

mod pending;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use self::pending::Pending;
use crate::command::{self, Command};
use crate::ids;
use crate::receive::{self, View};
use crate::shared::{HIGHEST, Shared};
use crate::wire::{self, Answer, Happened, MemberUpdate, Message, Poll, ReactionCounts, ReactionUpdate};

/// Memory: up to where updates were stored.
pub(crate) const POSITION: &str = "offset";
/// Memory: a poll, by Telegram's id of it.
pub(crate) const POLL: &str = "poll/";
/// Memory: the reactions a chat shows without saying whose.
const COUNTS: &str = "counts/";
/// The longest wait before something is tried again.
const LONGEST: Duration = Duration::from_secs(30);

/// Up to where updates were stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The number after the last one.
    pub(crate) offset: i64,
    /// When that was: after a week of silence Telegram counts from another number.
    pub(crate) at: i64,
}

/// A poll that can be voted in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PollPlace {
    pub(crate) chat: ChatId,
    pub(crate) message: MessageId,
    /// The ids of the answers, in order.
    pub(crate) answers: Vec<String>,
}

pub(crate) struct Feed {
    shared: Arc<Shared>,
    /// Albums that are coming in.
    pending: Vec<Pending>,
    /// How long an album's next picture is waited for.
    patience: Duration,
}

/// What is understood and not yet stored.
#[derive(Default)]
struct Round {
    batch: Batch,
    commands: Vec<Command>,
    highest: BTreeMap<i64, i32>,
}

impl Feed {
    /// Goes on where the former process stopped.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(shared: Arc<Shared>, patience: Duration) -> Result<Self, StoreError> {
        let pending = pending::load(&shared.remote).await?;
        Ok(Self { shared, pending, patience })
    }

    /// Whether an album is coming in.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes in updates and returns once they are stored, with the position behind them.
    pub(crate) async fn take(&mut self, updates: &[Value]) {
        let mut round = Round::default();
        for update in updates {
            let number = wire::update_id(update).unwrap_or_default();
            let Some(happened) = wire::happened(update) else { continue };
            let mut wait = Wait::default();
            // Reading only asks the bridge's own database.
            while let Err(error) = self.understand(&happened, update, number, &mut round).await {
                tracing::error!(%error, "an update of Telegram waits for the database");
                wait.longer().await;
            }
        }
        if let Some(last) = updates.iter().filter_map(wire::update_id).max() {
            let position = Position { offset: last.saturating_add(1), at: Timestamp::now().0 };
            round.batch = round.batch.put(POSITION, &position);
        }
        self.store(round).await;
    }

    /// Tells the albums for which nothing came any more.
    pub(crate) async fn settle(&mut self, now: Instant) {
        let patience = self.patience;
        if !self.pending.iter().any(|album| album.since + patience <= now) {
            return;
        }
        let mut round = Round::default();
        let (due, waiting) =
            std::mem::take(&mut self.pending).into_iter().partition(|album| album.since + patience <= now);
        self.pending = waiting;
        let due: Vec<Pending> = due;
        due.iter().for_each(|album| self.tell(album, &mut round));
        self.store(round).await;
    }

    async fn store(&self, mut round: Round) {
        for (chat, id) in &round.highest {
            round.batch = round.batch.put(format!("{HIGHEST}{chat}"), id);
        }
        if round.batch.events.is_empty() && round.batch.memory.is_empty() {
            return;
        }
        let mut wait = Wait::default();
        while let Err(error) = self.shared.remote.store(round.batch.clone()).await {
            tracing::error!(%error, "events of Telegram could not be stored yet");
            wait.longer().await;
        }
        for event in &round.batch.events {
            if self.shared.remote.is_linked(&event.chat) {
                self.shared.look_at(&event.from);
            }
        }
        for command in round.commands {
            tokio::spawn(command::run(self.shared.clone(), command));
        }
    }

    async fn understand(
        &mut self,
        happened: &Happened,
        raw: &Value,
        update: i64,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        match happened {
            Happened::Said(said) => self.said(said, raw, round),
            Happened::Edited(said) => self.edited(said, raw, update, round),
            Happened::Reacted(told) => self.reacted(told, update, round).await?,
            Happened::Counted(told) => self.counted(told, update, round).await?,
            Happened::Poll(poll) => self.poll(poll, update, round).await?,
            Happened::Voted(answer) => self.voted(answer, update, round).await?,
            Happened::Joined(told) => self.joined(told, update, round),
            Happened::Me(told) => self.me(told, update, round),
        }
        Ok(())
    }

    fn said(&mut self, said: &Message, raw: &Value, round: &mut Round) {
        let chat = said.chat.id;
        if !self.shared.serves(chat) || said.message_id <= 0 {
            return;
        }
        if self.shared.heard(chat, said.message_id) {
            round.highest.insert(chat, said.message_id);
        }
        self.shared.atlas.meet(&said.chat, &mut round.batch);
        self.meet_topic(said, round);
        if let Some(to) = *said.migrate_to_chat_id {
            return self.shared.moves(chat, to, &mut round.batch);
        }
        if let Some(from) = *said.migrate_from_chat_id {
            return self.shared.moves(from, chat, &mut round.batch);
        }
        if self.gather(said, raw, round) {
            return;
        }
        if let Some(command) = Command::read(said, self.shared.me.username.as_deref()) {
            round.commands.push(command);
            return;
        }
        let events = receive::message(said, &self.view());
        self.remember(said, &events, round);
        round.batch.events.extend(events);
    }

    fn edited(&mut self, said: &Message, raw: &Value, update: i64, round: &mut Round) {
        if !self.shared.serves(said.chat.id) || self.replace(said, raw, round) {
            return;
        }
        let Some((event, album)) = receive::edit(said, update, &self.view()) else { return };
        round.batch.events.push(event);
        if let Some(album) = album {
            self.shared.albums.keep(album, &mut round.batch);
        }
    }

    /// A topic is known from the line that opened it, which every message in it answers.
    fn meet_topic(&self, said: &Message, round: &mut Round) {
        let Some(topic) = said.topic() else { return };
        let opening = said.reply_to_message.as_ref().and_then(|opened| opened.forum_topic_created.as_ref());
        let named = said.forum_topic_edited.as_ref().or(said.forum_topic_created.as_ref()).or(opening);
        // A later name counts more than that of the beginning.
        let known = self.shared.atlas.topic_name(said.chat.id, topic).is_some();
        let name = named.and_then(|topic| topic.name.as_deref());
        let name = name.filter(|_| !known || said.forum_topic_edited.is_some());
        self.shared.atlas.topic(said.chat.id, topic, name, &mut round.batch);
    }

    /// Remembers what later updates refer to: where a message stands, which poll it is.
    fn remember(&self, said: &Message, events: &[Incoming], round: &mut Round) {
        let Some(event) = events.first() else { return };
        if said.topic().is_some() {
            self.shared.stands(said.chat.id, said.message_id, &event.chat);
        }
        if let Some(poll) = said.poll.as_ref()
            && self.shared.remote.is_linked(&event.chat)
        {
            let place = PollPlace {
                chat: event.chat.clone(),
                message: ids::told(said.chat.id, said.message_id),
                answers: receive::poll_answers(poll),
            };
            round.batch.memory.push((format!("{POLL}{}", poll.id), serde_json::to_value(&place).ok()));
        }
    }

    async fn reacted(&self, told: &ReactionUpdate, update: i64, round: &mut Round) -> Result<(), StoreError> {
        if self.shared.serves(told.chat.id) {
            let chat = self.shared.holder(told.chat.id, told.message_id).await?;
            round.batch.events.extend(receive::reacted(told, &chat, update, &self.view()));
        }
        Ok(())
    }

    async fn counted(&self, told: &ReactionCounts, update: i64, round: &mut Round) -> Result<(), StoreError> {
        let chat = self.shared.holder(told.chat.id, told.message_id).await?;
        if !self.shared.serves(told.chat.id) || !self.shared.remote.is_linked(&chat) {
            return Ok(());
        }
        let key = format!("{COUNTS}{}/{}", told.chat.id, told.message_id);
        // What this round is about to store counts, too.
        let unstored = round.batch.memory.iter().rev().find(|(known, _)| *known == key);
        let before: Vec<Emoji> = match unstored {
            Some((_, value)) => value.clone().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default(),
            None => self.shared.remote.get(&key).await?.unwrap_or_default(),
        };
        let (events, after) = receive::counted(told, &chat, &before, update, &self.view());
        round.batch.events.extend(events);
        let kept = if after.is_empty() { None } else { serde_json::to_value(&after).ok() };
        round.batch.memory.push((key, kept));
        Ok(())
    }

    /// Polls are told again when they end.
    async fn poll(&self, poll: &Poll, update: i64, round: &mut Round) -> Result<(), StoreError> {
        if !poll.is_closed.unwrap_or(false) {
            return Ok(());
        }
        let Some(place) = self.poll_place(&poll.id, round).await? else { return Ok(()) };
        let what = What::PollEnd { poll: place.message };
        let event = Incoming::new(place.chat, Author::Nobody, Timestamp::now(), what);
        round.batch.events.push(event.with_key(format!("u:{update}")));
        Ok(())
    }

    async fn voted(&self, answer: &Answer, update: i64, round: &mut Round) -> Result<(), StoreError> {
        let Some(place) = self.poll_place(&answer.poll_id, round).await? else { return Ok(()) };
        let people = &self.shared.people;
        let from = match (answer.voter_chat.as_ref(), answer.user.as_ref()) {
            (Some(chat), _) => Author::them(chat.id.to_string(), people.chat(chat)),
            (None, Some(user)) => Author::them(user.id.to_string(), people.person(user)),
            (None, None) => return Ok(()),
        };
        let answers = answer.option_ids.iter().filter_map(|at| place.answers.get(*at).cloned()).collect();
        let what = What::Vote { poll: place.message, answers };
        let event = Incoming::new(place.chat, from, Timestamp::now(), what);
        round.batch.events.push(event.with_key(format!("u:{update}")));
        Ok(())
    }

    async fn poll_place(&self, id: &str, round: &Round) -> Result<Option<PollPlace>, StoreError> {
        let key = format!("{POLL}{id}");
        let unstored = round.batch.memory.iter().rev().find(|(known, _)| *known == key);
        match unstored.and_then(|(_, value)| value.clone()) {
            Some(value) => Ok(serde_json::from_value(value).ok()),
            None => self.shared.remote.get(&key).await,
        }
    }

    fn joined(&self, told: &MemberUpdate, update: i64, round: &mut Round) {
        if self.shared.serves(told.chat.id) {
            self.shared.atlas.meet(&told.chat, &mut round.batch);
            round.batch.events.extend(receive::membership(told, update, &self.view()));
        }
    }

    /// The bot was taken into a chat, or put out of it. Its rooms stay: it may be taken back.
    fn me(&self, told: &MemberUpdate, update: i64, round: &mut Round) {
        if !self.shared.serves(told.chat.id) {
            return;
        }
        if told.new_chat_member.is_in() {
            return self.shared.atlas.meet(&told.chat, &mut round.batch);
        }
        self.shared.atlas.left(told.chat.id, &mut round.batch);
        let at = Timestamp::from_secs(told.date);
        for chat in self.shared.atlas.places(told.chat.id) {
            let note =
                "everything from here on: the bridge's bot was removed from this chat on Telegram, and has to be \
                        added again there"
                    .to_owned();
            let event = Incoming::new(chat, Author::Nobody, at, What::Gap { note });
            round.batch.events.push(event.with_key(format!("u:{update}")));
        }
    }

    fn view(&self) -> View<'_> {
        View {
            me: self.shared.me.id,
            topics: self.shared.config.topics,
            people: &self.shared.people,
            albums: &self.shared.albums,
            links: &self.shared.remote,
        }
    }
}

/// Waits that grow.
#[derive(Default)]
pub(crate) struct Wait(u32);

impl Wait {
    /// How long the next wait is.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = Duration::from_millis(250).saturating_mul(1_u32.checked_shl(self.0).unwrap_or(u32::MAX));
        self.0 = self.0.saturating_add(1);
        wait.min(LONGEST)
    }

    pub(crate) async fn longer(&mut self) {
        sleep(self.next()).await;
    }
}

#[cfg(test)]
mod tests;
