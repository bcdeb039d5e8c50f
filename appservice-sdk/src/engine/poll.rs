//! Polls as Matrix events, read and written: MSC3381, under the names clients use today (`org.matrix.msc3381.poll.…`) and
//! under the stable ones (`m.poll.…`), which are only read.

use serde_json::{Value, json};

use crate::network::{Poll, PollAnswer};

/// The type of events that ask.
pub(crate) const START: &str = "org.matrix.msc3381.poll.start";
/// The type of votes.
pub(crate) const RESPONSE: &str = "org.matrix.msc3381.poll.response";
/// The type of events that end a poll.
pub(crate) const END: &str = "org.matrix.msc3381.poll.end";
/// Text in extensible events (MSC1767).
const TEXT: &str = "org.matrix.msc1767.text";
/// Most answers a poll can have.
const ANSWERS: usize = 20;

/// What a poll event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Start,
    Response,
    End,
}

/// What an event of this type is to polls.
pub(crate) fn kind(event_type: &str) -> Option<Kind> {
    match event_type {
        START | "m.poll.start" => Some(Kind::Start),
        RESPONSE | "m.poll.response" => Some(Kind::Response),
        END | "m.poll.end" => Some(Kind::End),
        _ => None,
    }
}

/// The content of an event that asks.
pub(crate) fn write(poll: &Poll) -> Value {
    let answers: Vec<Value> =
        poll.answers.iter().take(ANSWERS).map(|answer| json!({ "id": answer.id, TEXT: answer.text })).collect();
    let kind = if poll.hidden { "org.matrix.msc3381.poll.undisclosed" } else { "org.matrix.msc3381.poll.disclosed" };
    let text = poll.as_text().plain();
    json!({
        START: {
            "question": { TEXT: poll.question, "body": poll.question, "msgtype": "m.text" },
            "kind": kind, "max_selections": poll.max_choices.max(1), "answers": answers,
        },
        TEXT: text, "body": text, "m.mentions": {},
    })
}

/// The content of a vote.
pub(crate) fn write_vote(event_id: &str, answers: &[String]) -> Value {
    json!({ RESPONSE: { "answers": answers }, "m.relates_to": { "rel_type": "m.reference", "event_id": event_id } })
}

/// The content of an event that ends a poll.
pub(crate) fn write_end(event_id: &str) -> Value {
    let text = "The poll has ended.";
    json!({ END: {}, TEXT: text, "body": text,
        "m.relates_to": { "rel_type": "m.reference", "event_id": event_id } })
}

/// The poll that a content asks, if it is one.
pub(crate) fn read(content: &Value) -> Option<Poll> {
    let asked = content.get(START).or_else(|| content.get("m.poll"))?;
    let answers: Vec<PollAnswer> = asked
        .get("answers")?
        .as_array()?
        .iter()
        .take(ANSWERS)
        .filter_map(|answer| {
            let id = answer.get("id").or_else(|| answer.get("m.id"))?.as_str()?;
            Some(PollAnswer { id: id.to_owned(), text: text(answer)? })
        })
        .collect();
    let kind = asked.get("kind").and_then(Value::as_str).unwrap_or_default();
    let max = asked.get("max_selections").and_then(Value::as_u64).and_then(|max| u32::try_from(max).ok());
    Some(Poll {
        question: text(asked.get("question")?)?,
        answers,
        max_choices: max.unwrap_or(1).max(1),
        hidden: kind.ends_with("undisclosed"),
    })
    .filter(|poll| !poll.answers.is_empty())
}

/// The answers that a vote chooses.
pub(crate) fn read_vote(content: &Value) -> Vec<String> {
    let chosen = content.pointer(&format!("/{RESPONSE}/answers")).or_else(|| content.get("m.selections"));
    let chosen = chosen.and_then(Value::as_array).into_iter().flatten();
    chosen.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What of a vote counts: answers of the poll, each once, no more than may be chosen.
pub(crate) fn valid(poll: &Poll, chosen: &[String]) -> Vec<String> {
    let mut counted: Vec<String> = Vec::new();
    for answer in chosen {
        if poll.answers.iter().any(|known| known.id == *answer) && !counted.contains(answer) {
            counted.push(answer.clone());
        }
    }
    counted.truncate(usize::try_from(poll.max_choices.max(1)).unwrap_or(usize::MAX));
    counted
}

/// How many chose each answer, in the order of the poll.
pub(crate) fn count<'a>(poll: &Poll, votes: impl Iterator<Item = &'a [String]> + Clone) -> Vec<(String, u64)> {
    let chose = |id: &str| votes.clone().filter(|vote| vote.iter().any(|answer| answer == id)).count();
    let count = |answer: &PollAnswer| (answer.id.clone(), u64::try_from(chose(&answer.id)).unwrap_or(u64::MAX));
    poll.answers.iter().map(count).collect()
}

/// The text of a question or an answer, however it is written.
fn text(value: &Value) -> Option<String> {
    let unstable = value.get(TEXT).and_then(Value::as_str);
    let stable = || value.pointer("/m.text/0/body").and_then(Value::as_str);
    let plain = || value.get("m.text").or_else(|| value.get("body")).and_then(Value::as_str);
    unstable.or_else(stable).or_else(plain).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll() -> Poll {
        let answer = |id: &str, text: &str| PollAnswer { id: id.into(), text: text.into() };
        Poll {
            question: "Tea?".into(),
            answers: vec![answer("a", "yes"), answer("b", "no")],
            max_choices: 1,
            hidden: true,
        }
    }

    #[test]
    fn polls_are_read_as_they_are_written_and_under_their_stable_names() {
        assert_eq!(read(&write(&poll())), Some(poll()));
        let text = |body: &str| json!([{ "body": body }]);
        let stable = json!({ "m.poll": {
            "question": { "m.text": text("Tea?") }, "kind": "m.undisclosed", "max_selections": 1,
            "answers": [{ "m.id": "a", "m.text": text("yes") }, { "m.id": "b", "m.text": text("no") }] } });
        assert_eq!(read(&stable), Some(poll()));
        for nonsense in [json!({}), json!({ START: 1 }), json!({ START: { "question": {}, "answers": [] } })] {
            assert_eq!(read(&nonsense), None);
        }
        assert_eq!(read_vote(&write_vote("$p", &["a".into()])), ["a"]);
        assert_eq!(read_vote(&json!({ "m.selections": ["b", 1] })), ["b"]);
    }

    #[test]
    fn only_answers_of_the_poll_count_and_no_more_than_may_be_chosen() {
        let chosen = |answers: &[&str]| answers.iter().map(|&answer| answer.to_owned()).collect::<Vec<_>>();
        let several = Poll { max_choices: 2, ..poll() };
        let cases = [
            (poll(), vec!["a"], vec!["a"]),
            (poll(), vec!["a", "b"], vec!["a"]),
            (several.clone(), vec!["b", "a"], vec!["b", "a"]),
            (several, vec!["x", "b", "b"], vec!["b"]),
            (poll(), vec![], vec![]),
        ];
        for (poll, vote, counted) in cases {
            assert_eq!(valid(&poll, &chosen(&vote)), chosen(&counted), "{vote:?}");
        }
        let votes = [chosen(&["a"]), chosen(&["a"]), chosen(&["b"]), chosen(&[])];
        let counts = count(&poll(), votes.iter().map(Vec::as_slice));
        assert_eq!(counts, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    }
}
