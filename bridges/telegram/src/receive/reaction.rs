//! Reactions: Telegram tells what somebody's reactions were and what they are; the SDK hears the difference.

use appservice_sdk::prelude::*;
use teloxide::types::ReactionType;

use super::{View, person};
use crate::ids;
use crate::wire::{ReactionCounts, ReactionUpdate};

/// What somebody put and took away.
pub(crate) fn reacted(told: &ReactionUpdate, chat: &ChatId, update: i64, view: &View<'_>) -> Vec<Incoming> {
    let from = match (told.actor_chat.as_ref(), told.user.as_ref()) {
        (Some(actor), _) => Author::them(actor.id.to_string(), view.people.chat(actor)),
        (None, Some(user)) => person(user, view),
        (None, None) => return Vec::new(),
    };
    let before: Vec<Emoji> = told.old_reaction.iter().map(emoji).collect();
    let after: Vec<Emoji> = told.new_reaction.iter().map(emoji).collect();
    let event = Difference { chat, message: message(told.chat.id, told.message_id, view), date: told.date, update };
    event.between(&before, &after, &from)
}

/// Where nobody is told who reacts: the chat itself puts one of each kind. What it had put before is `before`.
pub(crate) fn counted(
    told: &ReactionCounts,
    chat: &ChatId,
    before: &[Emoji],
    update: i64,
    view: &View<'_>,
) -> (Vec<Incoming>, Vec<Emoji>) {
    let shown = told.reactions.iter().filter(|count| count.total_count > 0);
    let after: Vec<Emoji> = shown.map(|count| emoji(&count.kind)).collect();
    let from = Author::them(told.chat.id.to_string(), view.people.chat(&told.chat));
    let event = Difference { chat, message: message(told.chat.id, told.message_id, view), date: told.date, update };
    (event.between(before, &after, &from), after)
}

fn message(chat: i64, id: i32, view: &View<'_>) -> MessageId {
    ids::told(chat, view.albums.first(chat, id))
}

struct Difference<'a> {
    chat: &'a ChatId,
    message: MessageId,
    date: i64,
    update: i64,
}

impl Difference<'_> {
    fn between(&self, before: &[Emoji], after: &[Emoji], from: &Author) -> Vec<Incoming> {
        let gone = before.iter().filter(|emoji| !after.contains(emoji)).map(|emoji| (emoji, false));
        let new = after.iter().filter(|emoji| !before.contains(emoji)).map(|emoji| (emoji, true));
        let told = gone.chain(new).enumerate().map(|(nth, (emoji, on))| {
            let what = What::React { id: self.message.clone(), emoji: emoji.clone(), on };
            let event = Incoming::new(self.chat.clone(), from.clone(), Timestamp::from_secs(self.date), what);
            event.with_key(format!("u:{}:{nth}", self.update))
        });
        told.collect()
    }
}

fn emoji(kind: &ReactionType) -> Emoji {
    match kind {
        ReactionType::Emoji { emoji } => Emoji::unicode(emoji.clone()),
        ReactionType::CustomEmoji { custom_emoji_id } => Emoji {
            key: custom_emoji_id.to_string(),
            name: Some(format!("telegram_{custom_emoji_id}")),
            image: Some(format!("{}{custom_emoji_id}", crate::media::EMOJI)),
        },
        ReactionType::Paid => Emoji::unicode("⭐"),
    }
}
