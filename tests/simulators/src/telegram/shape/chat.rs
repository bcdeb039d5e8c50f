//! `Chat` and `ChatFullInfo`. <https://core.telegram.org/bots/api#chatfullinfo>

use serde_json::{Value, json};

use super::message;
use crate::telegram::{
    model::{Chat, ChatKind},
    rights,
    world::World,
};

/// As in messages.
pub(crate) fn brief(world: &World, chat: &Chat) -> Value {
    let mut shown = json!({"id": chat.id, "type": chat.kind.name()});
    if chat.kind == ChatKind::Private {
        if let Some(user) = world.users.get(&chat.id) {
            shown["first_name"] = json!(user.first_name);
            let optional = [("last_name", &user.last_name), ("username", &user.username)];
            for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
                shown[name] = json!(value);
            }
        }
        return shown;
    }
    shown["title"] = json!(chat.title);
    if let Some(username) = &chat.username {
        shown["username"] = json!(username);
    }
    if chat.is_forum {
        shown["is_forum"] = json!(true);
    }
    if chat.kind == ChatKind::Group {
        shown["all_members_are_administrators"] = json!(false);
    }
    shown
}

/// As `getChat` tells it.
pub(crate) fn full(world: &World, chat: &Chat) -> Value {
    let mut shown = brief(world, chat);
    shown["accent_color_id"] = json!(chat.id.unsigned_abs() % 7);
    shown["max_reaction_count"] = json!(11);
    let gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"];
    shown["accepted_gift_types"] = gifts.iter().map(|kind| ((*kind).to_owned(), json!(false))).collect();
    let photo = match chat.kind {
        ChatKind::Private => world.users.get(&chat.id).and_then(|user| user.photos.first()),
        _ => chat.photo.as_ref(),
    };
    if let Some(photo) = photo {
        let unique = crate::telegram::files::unique(photo);
        shown["photo"] = json!({
            "small_file_id": photo, "small_file_unique_id": format!("s{unique}"),
            "big_file_id": photo, "big_file_unique_id": unique,
        });
    }
    if !chat.description.is_empty() {
        shown["description"] = json!(chat.description);
    }
    if let Some(linked) = chat.linked {
        shown["linked_chat_id"] = json!(linked);
    }
    if let Some(username) = &chat.username {
        shown["active_usernames"] = json!([username]);
    }
    if let Some(allowed) = &chat.reactions {
        shown["available_reactions"] = allowed.iter().map(|emoji| json!({"type": "emoji", "emoji": emoji})).collect();
    }
    if chat.is_group() {
        let held = rights::MEMBER.iter().map(|right| ((*right).to_owned(), json!(chat.permissions.contains(*right))));
        shown["permissions"] = held.collect();
    }
    if let Some(pinned) = chat.pinned.last().and_then(|id| world.message(chat.id, *id)) {
        shown["pinned_message"] = message::without_reply(world, pinned);
    }
    shown
}
