//! `User`. <https://core.telegram.org/bots/api#user>

use serde_json::{Value, json};

use crate::telegram::model::User;

/// As in messages.
pub(crate) fn user(user: &User) -> Value {
    let mut shown = json!({"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name});
    let optional = [("last_name", &user.last_name), ("username", &user.username), ("language_code", &user.language)];
    for (name, value) in optional {
        if let Some(value) = value {
            shown[name] = json!(value);
        }
    }
    shown
}

/// As in `getMe`.
pub(crate) fn me(bot: &User, privacy: bool) -> Value {
    let mut shown = user(bot);
    shown["can_join_groups"] = json!(true);
    shown["can_read_all_group_messages"] = json!(!privacy);
    for name in ["supports_inline_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled"] {
        shown[name] = json!(false);
    }
    shown
}
