//! What the bot lacks, in one plain sentence each that names the cure.

use std::sync::Arc;

use serde_json::json;

use crate::ids;
use crate::rest::RestError;
use crate::shared::Shared;
use crate::wire::Member;

/// Looks at the bot itself and at its place in each linked chat.
pub(crate) async fn all(shared: Arc<Shared>) {
    if let Some(sentence) = privacy(shared.me.can_read_all_group_messages.unwrap_or(true)) {
        tracing::warn!("{sentence}");
    }
    let places = shared.remote.chats().into_iter().filter_map(|linked| ids::place(&linked.chat));
    let mut chats: Vec<i64> = places.map(|place| shared.today(place.chat)).collect();
    chats.sort_unstable();
    chats.dedup();
    for chat in chats {
        self::chat(&shared, chat).await;
    }
}

/// Looks at the bot's place in one chat.
pub(crate) async fn chat(shared: &Shared, chat: i64) {
    if !ids::is_shared(chat) {
        return;
    }
    let body = json!({ "chat_id": chat, "user_id": shared.me.id });
    let found: Result<Member, RestError> = shared.rest.call("getChatMember", &body).await;
    match found {
        Ok(member) => {
            let reads = shared.me.can_read_all_group_messages.unwrap_or(true);
            lacks(&member, reads).iter().for_each(|sentence| tracing::warn!(chat, "{sentence}"));
        }
        Err(error) => tracing::warn!(chat, %error, "the bot's rights in a chat could not be asked for"),
    }
}

fn privacy(reads_all: bool) -> Option<&'static str> {
    (!reads_all).then_some(
        "The bot sees only commands in groups where it is no administrator: send /setprivacy to @BotFather, choose the \
         bot and «Disable», then remove it from its groups and add it again.",
    )
}

/// What cannot work in a chat, and what would help.
fn lacks(member: &Member, reads_all: bool) -> Vec<&'static str> {
    if !member.is_in() {
        return vec!["The bot is not in this chat: add it on Telegram."];
    }
    if !member.is_admin() {
        let mut all = vec![
            "The bot is no administrator of this chat, so it is not told of reactions, and can neither pin, delete, kick \
             nor ban: make it an administrator.",
        ];
        if !reads_all {
            all.push(
                "The bot does not see this chat's messages: make it an administrator, or turn its privacy mode off \
                      with /setprivacy at @BotFather and add it anew.",
            );
        }
        return all;
    }
    let rights = [
        (
            *member.can_delete_messages,
            "«Delete Messages», so deleting in Matrix deletes only the bot's own messages here.",
        ),
        (*member.can_pin_messages, "«Pin Messages», so pins do not cross."),
        (*member.can_restrict_members, "«Ban Users», so kicks and bans do not cross."),
        (*member.can_change_info, "«Change Info», so name and picture do not cross from Matrix."),
    ];
    let missing = |(right, sentence): (Option<bool>, &'static str)| (right == Some(false)).then_some(sentence);
    rights.into_iter().filter_map(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(value: serde_json::Value) -> Member {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_missing_is_said_with_its_cure() {
        let admin = member(json!({"status": "administrator", "can_delete_messages": true, "can_pin_messages": false}));
        assert_eq!(lacks(&admin, false).len(), 1);
        assert!(lacks(&admin, false)[0].contains("«Pin Messages»"));
        let plain = member(json!({"status": "member"}));
        assert_eq!((lacks(&plain, true).len(), lacks(&plain, false).len()), (1, 2));
        assert_eq!(
            lacks(&member(json!({"status": "left"})), true),
            ["The bot is not in this chat: add it on Telegram."]
        );
        assert!(privacy(false).is_some_and(|sentence| sentence.contains("/setprivacy")));
        assert_eq!(privacy(true), None);
    }
}
