//! Polls from Matrix, as Discord has them.
//!
//! <https://discord.com/developers/docs/resources/poll#poll-create-request-object>

use appservice_sdk::prelude::{Part, Poll};
use serde_json::{Value, json};

/// Most characters of a question and of an answer, and most answers.
const QUESTION: usize = 300;
const ANSWER: usize = 55;
const ANSWERS: usize = 10;
/// Hours until Discord ends a poll: as many as it allows, since polls of Matrix have no end of their own.
const HOURS: u32 = 768;

/// The poll of a part, if Discord can hold it. Whatever is larger goes as a text.
pub(super) fn native(part: &Part) -> Option<&Poll> {
    let Part::Poll(poll) = part else { return None };
    let fits = |text: &str, max: usize| !text.trim().is_empty() && text.chars().count() <= max;
    let answers = (1..=ANSWERS).contains(&poll.answers.len());
    let fit = answers && fits(&poll.question, QUESTION) && poll.answers.iter().all(|answer| fits(&answer.text, ANSWER));
    fit.then_some(poll)
}

/// As it is asked.
pub(super) fn asked(poll: &Poll) -> Value {
    let answers: Vec<Value> =
        poll.answers.iter().map(|answer| json!({ "poll_media": { "text": answer.text } })).collect();
    json!({
        "question": { "text": poll.question }, "answers": answers, "duration": HOURS,
        "allow_multiselect": poll.max_choices > 1,
    })
}

#[cfg(test)]
mod tests {
    use appservice_sdk::prelude::PollAnswer;

    use super::*;

    fn poll(question: &str, answers: &[&str]) -> Part {
        let answers = answers.iter().enumerate();
        let answers = answers.map(|(id, text)| PollAnswer { id: id.to_string(), text: (*text).to_owned() }).collect();
        Part::Poll(Poll { question: question.to_owned(), answers, max_choices: 1, hidden: false })
    }

    #[test]
    fn what_discord_cannot_hold_is_no_poll_there() {
        assert!(native(&poll("Lunch?", &["soup", "salad"])).is_some());
        assert!(native(&poll(&"x".repeat(301), &["soup"])).is_none());
        assert!(native(&poll("Lunch?", &[&"x".repeat(56)])).is_none());
        assert!(native(&poll("Lunch?", &["a"; 11])).is_none());
        assert!(native(&poll("Lunch?", &[])).is_none());
        assert!(native(&poll(" ", &["soup"])).is_none());
    }
}
