//! From what Slack tells to what the SDK stores. Pure: names, looks and files were found out before.

mod parts;

use appservice_sdk::prelude::*;

use crate::convert::Names;
use crate::ids;
use crate::wire::Message;

/// Lines that Slack writes about a channel, and that reach Matrix another way or not at all.
const SILENT: [&str; 25] = [
    "assistant_app_thread",
    "bot_add",
    "bot_disable",
    "bot_enable",
    "bot_remove",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_join",
    "channel_leave",
    "channel_name",
    "channel_posting_permissions",
    "channel_purpose",
    "channel_topic",
    "ekm_access_denied",
    "group_join",
    "group_leave",
    "group_name",
    "group_purpose",
    "group_topic",
    "joiner_notification",
    "joiner_notification_for_inviter",
    "message_replied",
    "pinned_item",
    "reply_broadcast",
    "unpinned_item",
];

/// Whether there is nothing in a message for people.
pub(crate) fn is_silent(said: &Message) -> bool {
    said.subtype.as_deref().is_some_and(|subtype| SILENT.contains(&subtype))
        || said.hidden && !said.is("tombstone")
        || said.ts.is_empty()
}

/// Who wrote a message: a person's or a program's id.
pub(crate) fn author(said: &Message) -> Option<&str> {
    said.user.as_deref().or(said.bot_id.as_deref()).filter(|id| !id.is_empty())
}

/// Whether a program wrote it.
pub(crate) fn is_program(said: &Message) -> bool {
    said.bot_id.is_some() || said.is("bot_message")
}

/// A message somebody wrote, who looks like `who` and, if it differs, like `profile` in this message alone.
pub(crate) fn message(
    chat: &ChatId,
    said: &Message,
    names: &dyn Names,
    who: UserInfo,
    profile: Option<UserInfo>,
) -> Option<Incoming> {
    let author = author(said)?;
    let root = said.root().map(MessageId::new);
    // What is also sent to the channel stands there as an answer to the thread's root.
    let (thread, reply_to) = if said.is("thread_broadcast") { (None, root) } else { (root, None) };
    let what = What::Message { id: MessageId::new(&said.ts), parts: parts::of(said, names), reply_to, thread, profile };
    let at = ids::time(&said.ts).unwrap_or_else(Timestamp::now);
    Some(Incoming::new(chat.clone(), Author::them(author, who), at, what))
}

/// A message that now reads differently; `None` when nothing in it did change.
pub(crate) fn edit(
    chat: &ChatId,
    said: &Message,
    before: Option<&Message>,
    names: &dyn Names,
    who: Option<UserInfo>,
    at: Timestamp,
) -> Option<Incoming> {
    let parts = parts::of(said, names);
    if before.is_some_and(|before| parts::of(before, names) == parts) {
        return None;
    }
    let from = match (author(said), who) {
        (Some(author), Some(who)) => Author::them(author, who),
        _ => Author::Nobody,
    };
    let at = said.edited.as_ref().and_then(|edited| ids::time(&edited.ts)).unwrap_or(at);
    Some(Incoming::new(chat.clone(), from, at, What::Edit { id: MessageId::new(&said.ts), parts }))
}

#[cfg(test)]
mod tests;
