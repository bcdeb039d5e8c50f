//! `Message` and what it holds. <https://core.telegram.org/bots/api#message>

use serde_json::{Value, json};

use super::{chat, user};
use crate::telegram::{
    model::{Message, Poll},
    world::World,
};

/// A message with what it answers.
pub(crate) fn full(world: &World, message: &Message) -> Value {
    let mut shown = without_reply(world, message);
    // In a forum, what answers nothing answers the message that opened the topic.
    let opened = message.thread.filter(|thread| message.in_topic && *thread != message.id);
    let answered = message.reply.as_ref().map(|reply| reply.message).or(opened);
    if let Some(answered) = answered.and_then(|id| world.message(message.chat, id)) {
        shown["reply_to_message"] = without_reply(world, answered);
        if let Some(quote) = message.reply.as_ref().and_then(|reply| reply.quote.as_ref()) {
            shown["quote"] = quote.clone();
        }
    }
    shown
}

/// A message inside another one: answers are not nested.
pub(crate) fn without_reply(world: &World, message: &Message) -> Value {
    let chat_of = |id: &i64| world.chats.get(id).map(|there| chat::brief(world, there));
    let mut shown = json!({"message_id": message.id, "date": message.date, "chat": chat_of(&message.chat)});
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown[name] = value;
        }
    };
    put("from", message.from.and_then(|id| world.users.get(&id)).map(user::user));
    put("sender_chat", message.sender_chat.as_ref().and_then(chat_of));
    put("author_signature", message.signature.as_ref().map(|text| json!(text)));
    put("edit_date", message.edit_date.map(|date| json!(date)));
    put("message_thread_id", message.thread.map(|id| json!(id)));
    put("is_topic_message", message.in_topic.then_some(json!(true)));
    put("media_group_id", message.group.as_ref().map(|id| json!(id)));
    put("is_automatic_forward", message.automatic_forward.then_some(json!(true)));
    put("forward_origin", message.forward.clone());
    put("forward_date", message.forward.as_ref().map(|origin| origin["date"].clone()));
    put("poll", message.poll.as_ref().and_then(|id| world.polls.get(id)).map(poll));
    for (name, value) in &message.content {
        put(name, Some(value.clone()));
    }
    shown
}

/// A poll with its counts.
pub(crate) fn poll(poll: &Poll) -> Value {
    let voters: std::collections::BTreeSet<&i64> = poll.options.iter().flat_map(|option| &option.voters).collect();
    let options = poll.options.iter().enumerate().map(|(at, option)| {
        let name = persistent(poll, at);
        json!({"persistent_id": name, "text": option.text, "voter_count": option.voters.len()})
    });
    let options: Vec<Value> = options.collect();
    let mut shown = json!({
        "id": poll.id,
        "question": poll.question,
        "options": options,
        "total_voter_count": voters.len(),
        "is_closed": poll.is_closed,
        "is_anonymous": poll.is_anonymous,
        "type": if poll.is_quiz { "quiz" } else { "regular" },
        "allows_multiple_answers": poll.multiple,
        "allows_revoting": !poll.is_quiz,
        "members_only": false,
    });
    if !poll.question_entities.is_empty() {
        shown["question_entities"] = json!(poll.question_entities);
    }
    if let Some(explanation) = &poll.explanation {
        shown["explanation"] = json!(explanation);
    }
    if let Some(correct) = poll.correct.filter(|_| poll.is_closed || poll.by_bot) {
        shown["correct_option_id"] = json!(correct);
    }
    shown
}

/// The name of an answer that stays when answers are added.
pub(crate) fn persistent(poll: &Poll, at: usize) -> String {
    format!("{}_{at}", poll.id)
}
