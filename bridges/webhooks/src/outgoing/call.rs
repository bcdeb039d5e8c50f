//! One call to a program: the form of Slack's and Mattermost's outgoing webhooks and slash commands.

use std::time::Duration;

use appservice_sdk::{network::web, prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Match, Out, sign};
use crate::ids;

/// How long a program may think.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// What a program is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The same for every call of this letter.
    #[serde(default)]
    pub key: String,
    /// To whom.
    pub out: String,
    /// Whether it is a slash command, which may be replied to.
    pub is_command: bool,
    /// The fields of the form, but for tokens.
    pub fields: Vec<(String, String)>,
    /// How often it was sent.
    #[serde(default)]
    pub tries: u32,
    /// Why it did not arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Letter {
    /// The letter of a message. Pure.
    #[must_use]
    pub fn of(out: &Out, message: &Outgoing, text: &str, why: Match) -> Self {
        let ms = message.at.0;
        let mut fields = vec![
            ("team_id", "T0".to_owned()),
            ("team_domain", message.room_id.split_once(':').map_or("matrix", |(_, server)| server).to_owned()),
            ("channel_id", message.room_id.clone()),
            ("channel_name", message.room_id.clone()),
            ("timestamp", format!("{}.{:06}", ms.div_euclid(1000), ms.rem_euclid(1000) * 1000)),
            ("user_id", message.sender.user_id.clone()),
            ("user_name", message.sender.name.clone()),
            ("post_id", message.event_id.clone()),
        ];
        let is_command = matches!(why, Match::Command(..));
        match why {
            Match::All => fields.push(("text", text.to_owned())),
            Match::Word(word) => fields.extend([("text", text.to_owned()), ("trigger_word", word)]),
            Match::Command(command, rest) => {
                let trigger = ids::of(&message.event_id);
                fields.extend([("command", command), ("text", rest), ("trigger_id", trigger)]);
            }
        }
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { out: out.id.clone(), is_command, fields, ..Self::default() }
    }

    /// As it is sent.
    fn body(&self, out: &Out, reply: Option<&str>) -> String {
        let fields = [("token", out.token.as_str())].into_iter();
        let fields = fields.chain(self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let fields = fields.chain(reply.map(|url| ("response_url", url)));
        let fields: Vec<String> = fields.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        fields.join("&")
    }
}

/// As forms are written.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Calls; answers what the program wants posted.
///
/// # Errors
/// Why it did not arrive, without the address.
pub async fn make(
    allow_private: bool,
    out: &Out,
    letter: &Letter,
    reply: Option<&str>,
) -> Result<Option<Value>, String> {
    let url = out.url.parse().ok().filter(|url| web::may_read(url, allow_private));
    let url: reqwest::Url = url.ok_or("its address is private; allow it with network.allow_private")?;
    let client = web::client(allow_private).map_err(|_| "no HTTP client".to_owned())?;
    let body = letter.body(out, reply);
    let mut request = client.post(url).timeout(PATIENCE).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in sign::headers(&out.secret, &letter.key, Timestamp::now().0 / 1000, &body) {
        request = request.header(name, value);
    }
    let answer = request.body(body).send().await.map_err(|error| format!("not reached: {}", error.without_url()))?;
    if !answer.status().is_success() {
        return Err(format!("HTTP {}", answer.status().as_u16()));
    }
    Ok(read(answer).await)
}

/// What a program answered: JSON, or plain text, which Slack's commands may answer; nothing if it is neither.
async fn read(mut answer: reqwest::Response) -> Option<Value> {
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return None;
        }
    }
    let text = String::from_utf8(body).ok().filter(|text| !text.trim().is_empty())?;
    match serde_json::from_str::<Value>(&text) {
        Ok(value @ Value::Object(_)) => Some(value),
        _ if kind.starts_with("text/plain") && text.trim() != "ok" => Some(json!({ "text": text })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_the_fields_of_slack() {
        let out = Out {
            id: "o".into(),
            room: "!r:h".into(),
            url: String::new(),
            words: Vec::new(),
            token: "tok".into(),
            secret: String::new(),
            creator: String::new(),
        };
        let message = Outgoing {
            chat: ChatId::new("!r:h"),
            parts: Vec::new(),
            reply_to: None,
            thread: None,
            sender: OnBehalf { user_id: "@a:h".into(), name: "Ann B".into(), avatar: None },
            at: Timestamp(1_503_435_956_047),
            event_id: "$e".into(),
            room_id: "!r:h".into(),
            may_ping_everyone: false,
            is_edit: false,
        };
        let body = Letter::of(&out, &message, "build ä&b", Match::Word("build".into())).body(&out, None);
        assert!(body.starts_with("token=tok&team_id=T0&team_domain=h&channel_id=%21r%3Ah&"), "{body}");
        for field in ["user_name=Ann+B", "text=build+%C3%A4%26b", "trigger_word=build", "timestamp=1503435956.047000"] {
            assert!(body.contains(field), "{body} without {field}");
        }
        let command = Letter::of(&out, &message, "/go x", Match::Command("/go".into(), "x".into()));
        let body = command.body(&out, Some("https://h/r"));
        assert!(command.is_command && body.contains("command=%2Fgo&text=x&trigger_id="), "{body}");
        assert!(body.ends_with("response_url=https%3A%2F%2Fh%2Fr"), "{body}");
    }
}
