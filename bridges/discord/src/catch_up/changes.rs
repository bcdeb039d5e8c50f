//! What happened to known messages while no session could be resumed: edits, deletions, reactions, pins, and people who
//! left. One page of history a chat is compared with what was known.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use appservice_sdk::prelude::*;
use serenity::http::Route;
use serenity::model::channel::ReactionType;
use serenity::model::id::{EmojiId, GuildId, MessageId as Snowflake, UserId};

use super::window::{self, Last, Window};
use super::{PAGE, Trouble, page};
use crate::atlas::Place;
use crate::receive;
use crate::rest::{Call, RestError};
use crate::shared::Shared;
use crate::wire::{self, Message, User};

/// Emoji whose people are asked for, a chat.
const EMOJI: usize = 30;
/// People of whom it is asked whether they are still there, in a round over all chats.
const PEOPLE: usize = 200;

/// What differs between what was known and what is there. Pure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) gone: Vec<Snowflake>,
    pub(super) edited: Vec<Snowflake>,
    /// Message, emoji, and whether there are fewer of it than there were.
    pub(super) reacted: Vec<(Snowflake, String, bool)>,
}

/// Compares. What is older than the page may be there or not.
pub(super) fn compare(known: &Window, page: &[Message]) -> Changes {
    let mut changes = Changes::default();
    let now: BTreeMap<Snowflake, &Message> = page.iter().map(|said| (said.id, said)).collect();
    // A page that is not full is all there is.
    let oldest = if page.len() < PAGE { None } else { now.keys().next() };
    for (id, last) in known.iter().filter(|(id, _)| oldest.is_none_or(|oldest| *id >= oldest)) {
        let Some(said) = now.get(id) else {
            changes.gone.push(*id);
            continue;
        };
        if window::edited(said) > last.edited {
            changes.edited.push(*id);
        }
        changes.reacted.extend(reactions(*id, last, said));
    }
    changes
}

fn reactions(id: Snowflake, last: &Last, said: &Message) -> Vec<(Snowflake, String, bool)> {
    let now: BTreeMap<String, u64> = said.reactions.iter().filter_map(window::count).collect();
    let emoji: BTreeSet<&String> = now.keys().chain(last.reactions.keys()).collect();
    let differs = emoji.into_iter().filter_map(|emoji| {
        let (before, after) = (last.reactions.get(emoji).unwrap_or(&0), now.get(emoji).unwrap_or(&0));
        (before != after).then(|| (id, emoji.clone(), after < before))
    });
    differs.collect()
}

/// People of whom it was asked already.
pub(super) type Asked = HashSet<(GuildId, UserId)>;

/// What happened to the known messages of a chat, as events.
///
/// # Errors
/// Ask again later.
pub(super) async fn changes(shared: &Shared, place: Place, asked: &mut Asked) -> Result<Vec<Incoming>, Trouble> {
    let known = shared.windows.of(place.chat);
    let mut events = Vec::new();
    if let Some(newest) = known.keys().next_back() {
        let page = match page(&shared.rest, place.chat, Some(("before", newest.get() + 1))).await {
            // Without the right to read history nothing can be said, and nothing is taken for gone.
            Err(RestError::Refused { .. }) => return Ok(events),
            other => other?,
        };
        if !page.is_empty() {
            events.extend(applied(shared, place, compare(&known, &page), &page).await?);
        }
    }
    events.extend(shared.pins(place.chat).await?);
    events.extend(left(shared, place, &known, asked).await?);
    Ok(events)
}

async fn applied(shared: &Shared, place: Place, changes: Changes, page: &[Message]) -> Result<Vec<Incoming>, Trouble> {
    let now = Timestamp::now();
    let mut events: Vec<Incoming> = changes.gone.iter().map(|id| receive::delete(*id, place, now)).collect();
    shared.windows.deleted(place.chat, &changes.gone);
    for said in page.iter().filter(|said| changes.edited.contains(&said.id)) {
        if !shared.hooks.wrote(said) {
            events.extend(shared.reworded(said, place).await?);
        }
        shared.windows.edited(place.chat, said);
    }
    for (id, emoji, fewer) in changes.reacted.iter().take(EMOJI) {
        events.extend(people(shared, place, *id, emoji, *fewer).await?);
        if let Some(said) = page.iter().find(|said| said.id == *id) {
            shared.windows.said(place.chat, said);
        }
    }
    Ok(events)
}

/// Everybody who reacts so now. Who took theirs back is not told by anything: then all are taken, and put again.
async fn people(
    shared: &Shared,
    place: Place,
    message_id: Snowflake,
    emoji: &str,
    fewer: bool,
) -> Result<Vec<Incoming>, RestError> {
    let Some((data, emoji)) = spelled(emoji) else { return Ok(Vec::new()) };
    let route = Route::ChannelMessageReactionEmoji { channel_id: place.chat, message_id, reaction: &data };
    let users: Vec<User> = match shared.rest.call(Call::get(route).query("limit", 100)).await {
        Ok(users) => users,
        Err(RestError::Refused { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let told = |user: Option<UserId>| wire::Reaction {
        channel_id: place.chat,
        message_id,
        user_id: user,
        member: None,
        emoji: None,
    };
    let Some(shown) = shared.cdn.emoji(&emoji) else { return Ok(Vec::new()) };
    let (now, mut events) = (Timestamp::now(), Vec::new());
    if fewer {
        events.push(receive::reaction(&told(None), shown.clone(), place, None, false, now));
    }
    for user in users.into_iter().filter(|user| user.id != shared.me) {
        let who = shared.cdn.look(None, &user, None);
        events.push(receive::reaction(&told(Some(user.id)), shown.clone(), place, Some(who), true, now));
    }
    Ok(events)
}

/// An emoji as it is counted, ready for an address and as Discord tells it.
fn spelled(emoji: &str) -> Option<(String, wire::Emoji)> {
    Some(match emoji.rsplit_once(':') {
        Some((name, id)) => {
            let id: EmojiId = id.parse().ok()?;
            let data = ReactionType::Custom { animated: false, id, name: Some(name.to_owned()) }.as_data();
            (data, wire::Emoji { id: Some(id), name: Some(name.to_owned()), animated: false })
        }
        None => {
            let data = ReactionType::Unicode(emoji.to_owned()).as_data();
            (data, wire::Emoji { id: None, name: Some(emoji.to_owned()), animated: false })
        }
    })
}

/// Those who spoke last and are no members any more.
async fn left(shared: &Shared, place: Place, known: &Window, asked: &mut Asked) -> Result<Vec<Incoming>, RestError> {
    let mut events = Vec::new();
    let authors: BTreeSet<UserId> = known.values().filter_map(|last| last.author).collect();
    for user in authors {
        if asked.len() >= PEOPLE || !asked.insert((place.guild, user)) {
            continue;
        }
        if shared.atlas.member(place.guild, user).await?.is_none() {
            events.extend(gone(shared, place.guild, user).await?);
        }
    }
    Ok(events)
}

/// Somebody is in no chat of the guild any more.
async fn gone(shared: &Shared, guild: GuildId, user: UserId) -> Result<Vec<Incoming>, RestError> {
    let who = shared.atlas.person(guild, user).await?;
    let mut events = Vec::new();
    for (chat, id) in shared.linked() {
        if shared.atlas.place(id).await?.is_some_and(|place| place.guild == guild) {
            let from = Author::them(user.to_string(), who.account.clone());
            events.push(Incoming::new(chat, from, Timestamp::now(), What::Member { joined: false }));
        }
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(id: u64, edited: bool, cakes: u64) -> Message {
        let mut value = json!({"id": id.to_string(), "channel_id": "1", "author": {"id": "3"}});
        if edited {
            value["edited_timestamp"] = json!("2026-01-01T00:00:00Z");
        }
        if cakes > 0 {
            value["reactions"] = json!([{"emoji": {"name": "🎂"}, "count": cakes, "me": false}]);
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_differs_is_found_and_nothing_else() {
        let id = Snowflake::new;
        let cakes = |count| Last { reactions: BTreeMap::from([("🎂".to_owned(), count)]), ..Last::default() };
        let known = Window::from([(id(1), Last::default()), (id(2), Last::default()), (id(3), cakes(2))]);
        let same = [said(1, false, 0), said(2, false, 0), said(3, false, 2)];
        assert_eq!(compare(&known, &same), Changes::default());
        let other = [said(2, true, 0), said(3, false, 1), said(4, false, 9)];
        let wanted =
            Changes { gone: vec![id(1)], edited: vec![id(2)], reacted: vec![(id(3), "🎂".to_owned(), true)] };
        assert_eq!(compare(&known, &other), wanted);
    }

    #[test]
    fn what_is_older_than_a_full_page_is_not_taken_for_gone() {
        let known = Window::from([(Snowflake::new(1), Last::default()), (Snowflake::new(500), Last::default())]);
        let page: Vec<Message> = (400..400 + PAGE as u64).map(|id| said(id, false, 0)).collect();
        assert_eq!(compare(&known, &page).gone, [Snowflake::new(500)]);
    }
}
