//! Polls of Matrix: Slack has none, so the bot asks with buttons and writes the tally below each answer.
//!
//! <https://docs.slack.dev/reference/block-kit/block-elements/button-element>

use std::collections::BTreeMap;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::plan::{Note, Payload};
use super::refusal::{Doing, sort};
use crate::convert::escape;
use crate::feed::Trouble;
use crate::shared::Shared;

/// Marks the buttons of a poll; the number of answers one may choose follows.
const BUTTON: &str = "causeway_poll:";
/// Memory: what somebody on Slack chose.
const VOTE: &str = "vote/";
/// Memory: how the votes in Matrix stand.
const TALLY: &str = "tally/";
/// More answers than this do not fit into one message.
const MAX_ANSWERS: usize = 40;
/// Most characters of a question and of an answer.
const MAX_WORDS: usize = 300;

/// Somebody's choice, and when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Choice {
    answers: Vec<String>,
    at: String,
}

/// How the votes in Matrix stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    counts: Vec<(String, u64)>,
    ended: bool,
}

/// A click on an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Click {
    pub(crate) chat: String,
    pub(crate) message: String,
    pub(crate) user: String,
    answer: String,
    most: usize,
    at: String,
}

/// What a poll takes.
pub(super) fn payload(poll: &Poll, plain: Payload) -> Payload {
    let text = escape(&poll.as_text().plain());
    let text = text.chars().take(crate::convert::MAX_TEXT).collect();
    Payload { text, blocks: blocks(poll, &BTreeMap::new(), false), poll: Some(poll.clone()), ..plain }
}

/// The question, each answer with its button, and how many chose it.
fn blocks(poll: &Poll, counts: &BTreeMap<String, u64>, ended: bool) -> Vec<Value> {
    let question = json!({ "type": "mrkdwn", "text": format!("*{}*", short(&poll.question)) });
    let mut blocks = vec![json!({ "type": "section", "text": question })];
    for (at, answer) in poll.answers.iter().take(MAX_ANSWERS).enumerate() {
        let count = counts.get(&answer.id).copied().unwrap_or_default();
        let shown = if poll.hidden && !ended { String::new() } else { format!("  `{count}`") };
        let mut section = json!({
            "type": "section",
            "text": { "type": "mrkdwn", "text": format!("{}. {}{shown}", at + 1, short(&answer.text)) },
        });
        if !ended {
            section["accessory"] = json!({
                "type": "button", "text": { "type": "plain_text", "text": "Vote" }, "value": answer.id,
                "action_id": format!("{BUTTON}{}:{at}", poll.max_choices.max(1)),
            });
        }
        blocks.push(section);
    }
    let total: u64 = counts.values().sum();
    let most = poll.max_choices.max(1);
    let words = match (ended, most) {
        (true, _) => format!("The poll has ended with {total} votes."),
        (false, 1) => "Choose one; once more takes it back.".to_owned(),
        (false, most) => format!("Choose up to {most}; once more takes an answer back."),
    };
    blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": words }] }));
    blocks
}

/// Literal text in mrkdwn, with its signs made harmless.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = line.chars().take(MAX_WORDS).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    let mut out = String::new();
    for letter in escape(&cut).chars() {
        // Something unseen before a sign keeps it from being one.
        if matches!(letter, '*' | '_' | '~' | '`' | '@') {
            out.push('\u{200b}');
        }
        out.push(letter);
    }
    out
}

/// A click on a poll's button, if it is one.
pub(crate) fn clicked(click: &Value) -> Option<Click> {
    let action = click["actions"].as_array()?.first()?;
    let (most, _) = action["action_id"].as_str()?.strip_prefix(BUTTON)?.split_once(':')?;
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let container = &click["container"];
    Some(Click {
        chat: text(&click["channel"]["id"]).or_else(|| text(&container["channel_id"]))?,
        message: text(&click["message"]["ts"]).or_else(|| text(&container["message_ts"]))?,
        user: text(&click["user"]["id"])?,
        answer: text(&action["value"])?,
        most: most.parse().ok()?,
        at: text(&action["action_ts"]).unwrap_or_default(),
    })
}

/// What somebody chose after a click: the same answer again takes it back. `None`: that click was counted already.
fn chosen(before: &Choice, click: &Click) -> Option<Choice> {
    if !click.at.is_empty() && click.at <= before.at {
        return None;
    }
    let mut answers = before.answers.clone();
    match answers.iter().position(|answer| *answer == click.answer) {
        Some(at) => drop(answers.remove(at)),
        None => answers.push(click.answer.clone()),
    }
    let surplus = answers.len().saturating_sub(click.most.max(1));
    answers.drain(..surplus);
    Some(Choice { answers, at: click.at.clone() })
}

impl Shared {
    /// A vote from Slack.
    pub(crate) async fn vote(&self, click: &Click) -> Result<Batch, Trouble> {
        let chat = ChatId::new(&click.chat);
        if !self.remote.is_linked(&chat) {
            return Ok(Batch::new());
        }
        let key = format!("{VOTE}{chat}/{}/{}", click.message, click.user);
        let before = self.remote.get::<Choice>(&key).await?.unwrap_or_default();
        let tally: Tally = self.remote.get(&tally_key(&chat, &click.message)).await?.unwrap_or_default();
        let Some(choice) = chosen(&before, click).filter(|_| !tally.ended) else { return Ok(Batch::new()) };
        let who = self.who(&click.user).await?;
        let what = What::Vote { poll: MessageId::new(&click.message), answers: choice.answers.clone() };
        let vote = Incoming::new(chat.clone(), Author::them(click.user.clone(), who), Timestamp::now(), what)
            .with_key(format!("vote/{}/{}/{}", click.message, click.user, click.at));
        // The vote must be counted before it is shown.
        self.remote.store(Batch::new().emit(vote).put(key, &choice)).await?;
        if let Some(known) = self.remote.origin(&chat, &MessageId::new(&click.message)).await?
            && let Err(why) = self.show(&known, &tally).await
        {
            tracing::warn!(%why, "a poll's tally could not be shown; it will be with the next vote");
        }
        Ok(Batch::new())
    }

    /// The votes in Matrix changed.
    pub(crate) async fn tally(&self, state: &PollState) -> Result<(), SendError> {
        let tally = Tally { counts: state.counts.clone(), ended: state.ended };
        let key = tally_key(&state.target.chat, state.target.id.as_str());
        self.remote.put(&key, &tally).await?;
        self.show(&state.target, &tally).await
    }

    /// Writes the tally of both sides.
    async fn show(&self, target: &Known, tally: &Tally) -> Result<(), SendError> {
        let note = target.note.clone().and_then(|note| serde_json::from_value::<Note>(note).ok());
        let Some(Note { poll }) = note else { return Ok(()) };
        let prefix = format!("{VOTE}{}/{}/", target.chat, target.id);
        let choices = self.remote.get_all::<Choice>(&prefix).await?;
        let counts = counted(tally, choices.into_iter().map(|(_, choice)| choice));
        let body = json!({
            "channel": target.chat, "ts": target.id, "text": escape(&poll.as_text().plain()),
            "blocks": blocks(&poll, &counts, tally.ended),
        });
        self.api.post("chat.update", &body).await.map(drop).map_err(|error| sort(error, Doing::Editing))
    }
}

fn tally_key(chat: &ChatId, message: &str) -> String {
    format!("{TALLY}{chat}/{message}")
}

fn counted(tally: &Tally, choices: impl Iterator<Item = Choice>) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = tally.counts.iter().cloned().collect();
    for answer in choices.flat_map(|choice| choice.answers) {
        *counts.entry(answer).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll() -> Poll {
        let answer = |id: &str, text: &str| PollAnswer { id: id.into(), text: text.into() };
        Poll {
            question: "Tea, <!channel> or *coffee*?".into(),
            answers: vec![answer("a", "Tea"), answer("b", "Coffee")],
            max_choices: 1,
            hidden: false,
        }
    }

    fn click(answer: &str, most: usize, at: &str) -> Click {
        Click {
            chat: "C1".into(),
            message: "1.000001".into(),
            user: "U1".into(),
            answer: answer.into(),
            most,
            at: at.into(),
        }
    }

    #[test]
    fn a_poll_has_a_button_for_each_answer_until_it_ends() {
        let counts = BTreeMap::from([("a".to_owned(), 3)]);
        let open = Value::from(blocks(&poll(), &counts, false)).to_string();
        assert_eq!(open.matches("\"button\"").count(), 2);
        assert!(open.contains("`3`") && !open.contains("<!channel>"));
        let ended = Value::from(blocks(&poll(), &counts, true)).to_string();
        assert!(!ended.contains("button") && ended.contains("ended with 3 votes"));
        let hidden = Poll { hidden: true, ..poll() };
        assert!(!Value::from(blocks(&hidden, &counts, false)).to_string().contains("`3`"));
        let many = Poll { answers: vec![PollAnswer { id: "x".into(), text: "y".repeat(5000) }; 100], ..poll() };
        let many = blocks(&many, &counts, false);
        assert!(many.len() <= 50);
    }

    #[test]
    fn a_button_is_read_back() {
        let made = blocks(&Poll { max_choices: 2, ..poll() }, &BTreeMap::new(), false);
        let button = &made[2]["accessory"];
        let told = json!({
            "user": {"id": "U1"}, "channel": {"id": "C1"}, "message": {"ts": "1.000001"},
            "actions": [{"action_id": button["action_id"], "value": button["value"], "action_ts": "5.0"}],
        });
        assert_eq!(clicked(&told), Some(click("b", 2, "5.0")));
        assert_eq!(clicked(&json!({"actions": [{"action_id": "other", "value": "b"}]})), None);
    }

    #[test]
    fn the_same_answer_again_takes_it_back_and_a_repeated_click_counts_once() {
        let one = chosen(&Choice::default(), &click("a", 1, "1.0")).unwrap();
        assert_eq!(one.answers, ["a"]);
        assert_eq!(chosen(&one, &click("a", 1, "1.0")), None);
        assert_eq!(chosen(&one, &click("b", 1, "2.0")).unwrap().answers, ["b"]);
        assert!(chosen(&one, &click("a", 1, "2.0")).unwrap().answers.is_empty());
        let two = chosen(&one, &click("b", 2, "2.0")).unwrap();
        assert_eq!(two.answers, ["a", "b"]);
        assert_eq!(chosen(&two, &click("c", 2, "3.0")).unwrap().answers, ["b", "c"]);
        let counts = counted(&Tally { counts: vec![("a".into(), 2)], ended: false }, [two].into_iter());
        assert_eq!((counts["a"], counts["b"]), (3, 1));
    }
}
