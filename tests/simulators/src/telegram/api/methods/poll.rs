//! Polls. <https://core.telegram.org/bots/api#sendpoll>

use serde_json::Value;

use super::said::post;
use crate::telegram::{
    Draft,
    api::ask::{Answer, Ask},
    error::{Refusal, bad},
    model::{ChatKind, Poll, PollOption},
    shape, text,
};

/// `sendPoll`
pub(super) fn send(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_polls")?;
    let question = ask.text("question").unwrap_or_default();
    if question.is_empty() {
        return Err(bad("poll question must be non-empty"));
    }
    if text::units(&question) > 300 {
        return Err(bad("poll question length must not exceed 300"));
    }
    let is_quiz = ask.text("type").as_deref() == Some("quiz");
    let is_anonymous = ask.text("is_anonymous").is_none() || ask.flag("is_anonymous");
    if chat.kind == ChatKind::Channel && !is_anonymous {
        return Err(bad("non-anonymous polls can't be sent to channel chats"));
    }
    let options = options(ask)?;
    let correct = ask.int("correct_option_id").and_then(|at| usize::try_from(at).ok());
    if is_quiz && correct.is_none_or(|at| at >= options.len()) {
        return Err(bad("wrong correct option ID specified"));
    }
    let id = (5_300_000_000_000_000_000 + ask.world().next_id()).to_string();
    let poll = Poll {
        id: id.clone(),
        question,
        options,
        is_closed: ask.flag("is_closed"),
        is_anonymous,
        is_quiz,
        multiple: ask.flag("allows_multiple_answers") && !is_quiz,
        correct: correct.filter(|_| is_quiz),
        explanation: ask.text("explanation"),
        by_bot: true,
        ..Poll::default()
    };
    let draft = Draft { poll: Some(id.clone()), ..ask.draft(&chat)? };
    ask.world().polls.insert(id, poll);
    post(ask, draft)
}

fn options(ask: &Ask<'_>) -> Result<Vec<PollOption>, Refusal> {
    let text = |option: &Value| option.as_str().or_else(|| option["text"].as_str()).map(str::to_owned);
    let options: Vec<String> = ask.list("options")?.iter().filter_map(text).collect();
    match options.len() {
        0 => return Err(bad("poll must have at least 1 option")),
        1..=12 => {}
        _ => return Err(bad("poll can't have more than 12 options")),
    }
    for option in &options {
        match text::units(option) {
            0 => return Err(bad("poll options must be non-empty")),
            1..=100 => {}
            _ => return Err(bad("poll options length must not exceed 100")),
        }
    }
    Ok(options.into_iter().map(|text| PollOption { text, ..PollOption::default() }).collect())
}

/// `stopPoll`
pub(super) fn stop(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = ask.message("message with poll to stop not found")?;
    let me = ask.me();
    if message.from != Some(me) && chat.kind != ChatKind::Channel {
        return Err(bad("poll can't be stopped"));
    }
    ask.world().close_poll(chat.id, message.id, me)?;
    let poll = message.poll.as_ref().and_then(|id| ask.state.world.polls.get(id));
    poll.map(shape::message::poll).ok_or_else(|| bad("message is not a poll"))
}
