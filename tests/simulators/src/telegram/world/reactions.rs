//! Reactions. <https://core.telegram.org/bots/api#reactiontype>

use serde_json::{Value, json};

use super::World;
use crate::telegram::{
    error::{Refusal, bad},
    model::ChatKind,
    shape,
};

/// The emoji anybody can react with.
pub(crate) const EMOJI: [&str; 73] = [
    "👍",
    "👎",
    "❤",
    "🔥",
    "🥰",
    "👏",
    "😁",
    "🤔",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🎉",
    "🤩",
    "🤮",
    "💩",
    "🙏",
    "👌",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤‍🔥",
    "🌚",
    "🌭",
    "💯",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨‍💻",
    "👀",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤝",
    "✍",
    "🤗",
    "🫡",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷‍♂",
    "🤷",
    "🤷‍♀",
    "😡",
];

impl World {
    /// Sets what somebody (a user, or a chat whose administrator is anonymous) reacts with. Bots' reactions are told
    /// to nobody; channels and anonymous people only count.
    pub(crate) fn react(&mut self, chat: i64, id: i32, actor: i64, reactions: Vec<Value>) -> Result<(), Refusal> {
        let there = self.chat(chat)?;
        let allowed = there.reactions.clone();
        let counted = there.kind == ChatKind::Channel;
        for reaction in &reactions {
            let emoji = reaction["emoji"].as_str().unwrap_or_default();
            let known = reaction["type"] != "emoji" || EMOJI.contains(&emoji);
            let allowed = allowed.as_ref().is_none_or(|allowed| allowed.iter().any(|one| one == emoji));
            if !known || !allowed {
                return Err(bad("REACTION_INVALID"));
            }
        }
        let date = self.clock.date();
        let message = self.message_mut(chat, id).ok_or_else(|| bad("message to react not found"))?;
        let old = message.reactions.remove(&actor).unwrap_or_default();
        if !reactions.is_empty() {
            message.reactions.insert(actor, reactions.clone());
        }
        let heard = self.bot_is_admin(chat) || chat > 0;
        let bot = self.users.get(&actor).is_some_and(|user| user.is_bot);
        if old == reactions || bot || !heard {
            return Ok(());
        }
        if counted {
            self.count_reactions(chat, id);
            return Ok(());
        }
        let mut body = json!({
            "chat": shape::chat::brief(self, self.chat(chat)?),
            "message_id": id,
            "date": date,
            "old_reaction": old,
            "new_reaction": reactions,
        });
        match self.chats.get(&actor).filter(|_| actor < 0) {
            Some(speaker) => body["actor_chat"] = shape::chat::brief(self, speaker),
            None => body["user"] = shape::user::user(self.user(actor)?),
        }
        self.tell("message_reaction", body);
        Ok(())
    }

    /// Tells how often each reaction was given, where nobody is told by whom.
    fn count_reactions(&mut self, chat: i64, id: i32) {
        let Some(message) = self.message(chat, id) else { return };
        let mut counts: Vec<(Value, u64)> = vec![];
        for reaction in message.reactions.values().flatten() {
            match counts.iter_mut().find(|(kind, _)| kind == reaction) {
                Some((_, count)) => *count += 1,
                None => counts.push((reaction.clone(), 1)),
            }
        }
        let reactions: Vec<Value> =
            counts.into_iter().map(|(kind, count)| json!({"type": kind, "total_count": count})).collect();
        let chat = self.chats.get(&chat).map(|chat| shape::chat::brief(self, chat));
        let body = json!({"chat": chat, "message_id": id, "date": self.clock.date(), "reactions": reactions});
        self.tell("message_reaction_count", body);
    }
}
