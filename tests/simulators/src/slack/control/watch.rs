//! Seeing what happened.

use std::time::Duration;

use serde::Serialize;
use tokio::{sync::broadcast, time::timeout};

use crate::slack::{
    Call, Event, Slack,
    model::{File, Message},
    state::State,
};

/// A message as a reader of the channel sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its id.
    pub ts: String,
    /// The name shown.
    pub author: String,
    /// The user's id, if there is one.
    pub user: Option<String>,
    /// The app's bot, if an app wrote it.
    pub bot: Option<String>,
    /// The address of the picture shown.
    pub avatar: String,
    /// `icon_url` or `icon_emoji` as the app gave it.
    pub icon: Option<String>,
    /// See <https://docs.slack.dev/reference/events/message#subtypes>.
    pub subtype: Option<String>,
    /// mrkdwn.
    pub text: String,
    /// Block Kit.
    pub blocks: Vec<serde_json::Value>,
    /// The text of the blocks, or else of the message, without markup.
    pub plain: String,
    /// The files: name and address.
    pub files: Vec<(String, String)>,
    /// Emoji and how many.
    pub reactions: Vec<(String, usize)>,
    /// The parent's `ts`, if it is a reply.
    pub thread: Option<String>,
    /// Whether a reply is also shown in the channel.
    pub broadcast: bool,
    /// Whether it was changed.
    pub edited: bool,
    /// Whether it is pinned.
    pub pinned: bool,
    /// How many replies it has.
    pub replies: usize,
}

/// Nothing of what was waited for happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedOut(pub Duration);

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "what was waited for did not happen on the simulated Slack within {:?}", self.0)
    }
}

impl std::error::Error for TimedOut {}

impl Slack {
    /// The messages of a channel and its threads, oldest first, without Slack's own lines about people and topics.
    pub fn transcript(&self, channel: &str) -> Vec<Line> {
        let mut all = self.everything(channel);
        all.retain(|line| {
            let subtype = line.subtype.as_deref().unwrap_or_default();
            !subtype.starts_with("channel_") && !subtype.starts_with("group_") && subtype != "pinned_item"
        });
        all
    }

    /// The messages of a channel and its threads, oldest first.
    pub fn everything(&self, channel: &str) -> Vec<Line> {
        self.shared.look(|state| lines(state, channel))
    }

    /// A message as it is stored.
    pub fn message(&self, channel: &str, ts: &str) -> Option<Message> {
        self.shared.look(|state| state.world.message(channel, ts).ok().cloned())
    }

    /// A file as it is stored.
    pub fn stored_file(&self, id: &str) -> Option<File> {
        self.shared.look(|state| state.world.files.get(id).cloned())
    }

    /// Looks now and after every change until `seen` says yes.
    pub async fn wait_for(&self, limit: Duration, mut seen: impl FnMut(&Self) -> bool) -> Result<(), TimedOut> {
        let mut version = self.shared.version.subscribe();
        let looking = async {
            while !seen(self) {
                if version.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        timeout(limit, looking).await.map_err(|_| TimedOut(limit))
    }

    /// Everything that happens from now on, whoever may hear it. A slow reader is told how much it missed.
    pub fn changes(&self) -> broadcast::Receiver<Event> {
        self.shared.changes.subscribe()
    }

    /// A number that grows with every change, for readers that poll.
    pub fn version(&self) -> u64 {
        *self.shared.version.borrow()
    }

    /// The requests so far, in order; the newest [`crate::slack::Settings::recorded`].
    pub fn calls(&self) -> Vec<Call> {
        self.shared.look(|state| state.calls.iter().cloned().collect())
    }

    /// The requests of one method so far: `chat.postMessage`.
    pub fn calls_to(&self, method: &str) -> Vec<Call> {
        self.shared.look(|state| state.calls.iter().filter(|call| call.method == method).cloned().collect())
    }

    /// Forgets the requests so far.
    pub fn forget_calls(&self) {
        self.shared.with(|state| state.calls.clear());
    }
}

pub(in crate::slack) fn lines(state: &State, channel: &str) -> Vec<Line> {
    let all = state.world.messages.get(channel);
    all.into_iter().flat_map(|all| all.values()).map(|message| line(state, message)).collect()
}

fn line(state: &State, message: &Message) -> Line {
    let world = &state.world;
    let user = message.user.as_ref().and_then(|user| world.users.get(user));
    let name = user.map(|user| if user.display_name.is_empty() { &user.real_name } else { &user.display_name });
    let hash = user.and_then(|user| user.avatar.clone()).unwrap_or_else(|| message.user.clone().unwrap_or_default());
    let own = message.icon.clone().filter(|icon| !icon.starts_with(':'));
    let file = |id: &String| {
        let file = world.files.get(id)?;
        Some((file.name.clone(), crate::slack::shape::file(world, file)["url_private"].as_str()?.to_owned()))
    };
    let pinned = world.channels.get(&message.channel).is_some_and(|c| c.pins.iter().any(|(ts, ..)| *ts == message.ts));
    Line {
        ts: message.ts.clone(),
        author: message.username.clone().or_else(|| name.cloned()).unwrap_or_else(|| world.app.name.clone()),
        user: message.user.clone(),
        bot: message.bot.clone(),
        avatar: own.unwrap_or_else(|| crate::slack::shape::picture(world, &hash, 72)),
        icon: message.icon.clone(),
        subtype: message.subtype.clone(),
        plain: plain(message),
        text: message.text.clone(),
        blocks: message.blocks.clone(),
        files: message.files.iter().filter_map(file).collect(),
        reactions: message.reactions.iter().map(|r| (r.name.clone(), r.users.len())).collect(),
        thread: message.thread.clone(),
        broadcast: message.broadcast,
        edited: message.edited.is_some(),
        pinned,
        replies: world.replies(&message.channel, &message.ts).count(),
    }
}

/// What a reader reads: the words of the blocks if there are any, the text otherwise.
fn plain(message: &Message) -> String {
    let mut words = String::new();
    for block in &message.blocks {
        if !words.is_empty() {
            words.push('\n');
        }
        gather(block, &mut words);
    }
    if !words.is_empty() {
        return words;
    }
    message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn gather(value: &serde_json::Value, words: &mut String) {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    match text("type") {
        "text" | "plain_text" | "mrkdwn" | "markdown" => words.push_str(text("text")),
        "link" => words.push_str(if text("text").is_empty() { text("url") } else { text("text") }),
        "emoji" => words.push_str(&format!(":{}:", text("name"))),
        "user" => words.push_str(&format!("@{}", text("user_id"))),
        "channel" => words.push_str(&format!("#{}", text("channel_id"))),
        "usergroup" => words.push_str(&format!("@{}", text("usergroup_id"))),
        "broadcast" => words.push_str(&format!("@{}", text("range"))),
        kind => {
            let parts = [&value["text"], &value["elements"], &value["fields"]];
            for (n, part) in parts.into_iter().flat_map(children).enumerate() {
                if n > 0 && matches!(kind, "rich_text" | "rich_text_list") {
                    words.push('\n');
                }
                gather(part, words);
            }
        }
    }
}

fn children(value: &serde_json::Value) -> Vec<&serde_json::Value> {
    match value {
        serde_json::Value::Array(all) => all.iter().collect(),
        serde_json::Value::Object(_) => vec![value],
        _ => vec![],
    }
}
