//! What has to be known before an event from Matrix can be decided about: a few questions to the ledger, and who speaks.

use std::sync::Arc;

use super::{directory, is_young, polls};
use crate::{
    core::Core,
    engine::{
        event::{MatrixEvent, Targets},
        pins, poll, text,
        to_remote::{self, Plan, View},
    },
    inbox,
    network::{ChatId, DynSession, MediaRef, MediaSource, OnBehalf, RemoteUserId, StoreError},
    store::{inbox::Item, messages::MessageRow, reactions::ReactionRow},
};

/// How long a reply waits for its target to come into the ledger, while the other way is busy.
const REPLY_PATIENCE: i64 = 10_000;

/// Gathers what is known and decides; `None` if a reply's target may come into the ledger at any moment.
pub(super) async fn decide(
    core: &Arc<Core>,
    item: &Item,
    event: &MatrixEvent,
    session: &Arc<dyn DynSession>,
    chat: ChatId,
) -> Result<Option<Plan>, StoreError> {
    let targets = event.targets();
    let (pins, mut rows) = messages(core, event, &targets, &chat).await?;
    let busy = || core.lanes.is_awake(&inbox::to_matrix(&core.portals.lane_of(chat.as_str())));
    if lacks(&targets, &rows) && is_young(core, item, REPLY_PATIENCE) && busy() {
        return Ok(None);
    }
    let Reacted { reaction, reactions, emoji } = reacted(core, &targets, &mut rows).await?;
    let (poll, mut moderates) = match targets.poll {
        Some(target) => polls::asked(core, event, target).await?,
        None => (None, false),
    };
    let ghost = event.state_key.as_deref().and_then(|user| core.names.remote(user));
    if ghost.is_some() {
        moderates = power(core, &event.room_id).await.is_some_and(|power| power.may_change_state(&event.sender));
    }
    let said = text::read(event.said());
    let directory = directory::toward_remote(core, &said).await?;
    let (sender, may_ping_everyone) = speaker(core, event).await;
    let view = View {
        features: session.features(&chat),
        chat,
        sender,
        may_ping_everyone,
        rows: &rows,
        reaction: reaction.as_ref(),
        reactions: &reactions,
        emoji: emoji.as_deref(),
        pins: &pins,
        poll: poll.as_ref(),
        ghost: ghost.map(RemoteUserId::new),
        moderates,
        directory: &directory,
    };
    Ok(Some(to_remote::to_remote(event, &view)))
}

/// What is pinned on both sides (for a change of that), and the messages that an event speaks of.
async fn messages(
    core: &Core,
    event: &MatrixEvent,
    targets: &Targets<'_>,
    chat: &ChatId,
) -> Result<(Vec<String>, Vec<MessageRow>), StoreError> {
    let (pins, mut spoken_of) = match event.kind.as_str() {
        "m.room.pinned_events" => pinned(core, event).await?,
        _ => (Vec::new(), Vec::new()),
    };
    spoken_of.extend(targets.all().into_iter().map(str::to_owned));
    let spoken_of: Vec<&str> = spoken_of.iter().map(String::as_str).collect();
    let mut rows = core.store.by_events(&spoken_of).await?;
    rows.extend(thread_roots(core, chat, &rows).await?);
    Ok((pins, rows))
}

/// Whether a message that is answered is not known.
fn lacks(targets: &Targets<'_>, rows: &[MessageRow]) -> bool {
    let mut answered = [targets.reply_to, targets.thread].into_iter().flatten();
    answered.any(|target| !rows.iter().any(|row| row.event_id == target))
}

/// What is known of reactions.
struct Reacted {
    /// The one that is redacted.
    reaction: Option<ReactionRow>,
    /// All to the same message.
    reactions: Vec<ReactionRow>,
    /// The network's key of the emoji.
    emoji: Option<String>,
}

/// What is known of the reactions that an event concerns. For the redaction of one, `rows` becomes its message.
async fn reacted(core: &Core, targets: &Targets<'_>, rows: &mut Vec<MessageRow>) -> Result<Reacted, StoreError> {
    let reaction = match targets.redacts {
        Some(target) if rows.is_empty() => core.store.reaction(target).await?,
        _ => None,
    };
    if let Some(reaction) = &reaction {
        *rows = core.store.by_remote(&reaction.chat, &[&reaction.id]).await?;
    }
    let concerned = reaction.is_some() || targets.reacts.is_some();
    let reactions = match rows.first().filter(|_| concerned) {
        Some(row) => core.store.reactions_to(&row.chat, &row.id).await?,
        None => Vec::new(),
    };
    let emoji = match targets.reacts {
        Some((_, key)) => match core.store.emoji_shown(key).await? {
            None if key.starts_with("mxc://") => directory::emoji_at(core, key).await?,
            shown => shown,
        },
        None => None,
    };
    Ok(Reacted { reaction, reactions, emoji })
}

/// Who says something, and whether they may draw everybody's attention.
async fn speaker(core: &Core, event: &MatrixEvent) -> (OnBehalf, bool) {
    match event.kind.as_str() {
        "m.room.message" | "m.sticker" | poll::START | "m.poll.start" => {
            (person(core, event).await, may_ping(core, event).await)
        }
        _ => (OnBehalf::default(), false),
    }
}

/// Most pinned messages that are looked at: the newest.
const PINNED: usize = 500;

/// What is pinned on both sides, and all events that are or were pinned.
async fn pinned(core: &Core, event: &MatrixEvent) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let mut known = core.store.pins(&event.room_id).await?;
    let mut all = pins::read(&event.content);
    // What the network pinned after this was said is in the room's state by now, and nobody took it away.
    if known.iter().any(|pinned| !all.contains(pinned)) {
        let now = core.homeserver.bot().state(&event.room_id, "m.room.pinned_events", "").await;
        let now = now.ok().flatten().map(|content| pins::read(&content));
        known.retain(|pinned| all.contains(pinned) || now.as_ref().is_some_and(|now| !now.contains(pinned)));
    }
    all.drain(..all.len().saturating_sub(PINNED));
    all.extend(known.iter().cloned());
    Ok((known, all))
}

/// The roots of the threads that messages stand in, where they are not among them already.
async fn thread_roots(core: &Core, chat: &ChatId, rows: &[MessageRow]) -> Result<Vec<MessageRow>, StoreError> {
    let roots = rows.iter().filter_map(|row| row.thread.as_deref());
    let mut roots: Vec<&str> = roots.filter(|root| !rows.iter().any(|row| row.id == *root)).collect();
    roots.dedup();
    core.store.by_remote(chat.as_str(), &roots).await
}

/// How the sender looks in the room.
async fn person(core: &Core, event: &MatrixEvent) -> OnBehalf {
    if let Some(known) = core.rooms.person(&event.room_id, &event.sender) {
        return known;
    }
    let content = core.homeserver.bot().state(&event.room_id, "m.room.member", &event.sender).await;
    let content = content.ok().flatten().unwrap_or_default();
    let text = |key: &str| content.get(key).and_then(|v| v.as_str()).filter(|v| !v.is_empty()).map(str::to_owned);
    let localpart = event.sender.trim_start_matches('@').split(':').next().unwrap_or_default();
    let person = OnBehalf {
        user_id: event.sender.clone(),
        name: text("displayname").unwrap_or_else(|| localpart.to_owned()),
        avatar: text("avatar_url").map(|mxc| MediaRef::new(MediaSource::Matrix(mxc))),
    };
    core.rooms.keep_person(&event.room_id, person.clone());
    person
}

/// Whether the sender may draw everybody's attention: asked only when the text could.
async fn may_ping(core: &Core, event: &MatrixEvent) -> bool {
    let body = event.said().get("body").and_then(|body| body.as_str()).unwrap_or_default();
    if !text::calls_room(event.said()) && !body.contains('@') {
        return false;
    }
    power(core, &event.room_id).await.is_some_and(|power| power.may_notify_room(&event.sender))
}

/// Who may do what in a room, remembered.
pub(crate) async fn power(core: &Core, room: &str) -> Option<Arc<crate::intent::PowerLevels>> {
    if let Some(known) = core.rooms.power(room) {
        return Some(known);
    }
    let power = Arc::new(core.homeserver.bot().power_levels(room).await.ok()?);
    core.rooms.keep_power(room, power.clone());
    Some(power)
}
