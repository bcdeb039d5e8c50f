//! A way to somebody that does not lead through this server: one call, once. `causeway notify` uses the same.

use std::{process::Stdio, time::Duration};

use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor, message::Mailbox};
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt as _;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest text that is sent, in characters.
const LONGEST: usize = 1500;

/// A route. Holds secrets: it is never shown.
pub struct Route {
    kind: Kind,
    /// Says only that there is something.
    wake: bool,
}

enum Kind {
    Telegram { api: String, token: String, chat: String },
    Discord(String),
    Slack(String),
    Ntfy { url: String, token: Option<String> },
    Smtp { url: String, from: String, to: String },
    Command(Vec<String>),
}

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What happened.
    pub text: String,
    /// 1 to 5.
    pub level: u8,
    /// Where to read more.
    pub link: Option<String>,
}

impl Route {
    /// Reads a table of the configuration.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn read(table: Value) -> Result<Self, String> {
        let Value::Object(mut table) = table else { return Err("it must be a table".to_owned()) };
        let kind = table.remove("kind").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let wake = match table.remove("text").as_ref().map(|text| text.as_str()) {
            None | Some(Some("full")) => false,
            Some(Some("wake-up")) => true,
            Some(_) => return Err("`text` must be \"full\" or \"wake-up\"".to_owned()),
        };
        let mut need = |name: &str| take(&mut table, name).ok_or(format!("a route of kind {kind} needs `{name}`"));
        let read = match kind.as_str() {
            "telegram" => Kind::Telegram { token: need("token")?, chat: need("chat")?, api: String::new() },
            "discord" => Kind::Discord(need("url")?),
            "slack" => Kind::Slack(need("url")?),
            "ntfy" => Kind::Ntfy { url: need("url")?, token: None },
            "smtp" => Kind::Smtp { url: need("url")?, from: need("from")?, to: need("to")? },
            "command" => Kind::Command(Vec::new()),
            _ => return Err("`kind` must be telegram, discord, slack, ntfy, smtp or command".to_owned()),
        };
        let kind = match read {
            Kind::Telegram { token, chat, .. } => {
                let api = take(&mut table, "api").unwrap_or_else(|| "https://api.telegram.org".to_owned());
                Kind::Telegram { api, token, chat }
            }
            Kind::Ntfy { url, .. } => Kind::Ntfy { url, token: take(&mut table, "token") },
            Kind::Command(_) => Kind::Command(run(table.remove("run"))?),
            other => other,
        };
        match table.keys().next() {
            Some(key) => Err(format!("`{key}`: there is no such key; remove it")),
            None => Ok(Self { kind, wake }),
        }
    }

    /// A route from an address, as `causeway notify --to` takes it: `ntfy://host/topic`, `slack+https://…`,
    /// `discord+https://…`, `smtp://…?from=&to=`, `telegram://TOKEN@CHAT`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(address: &str) -> Result<Self, String> {
        let unknown = || "write ntfy://HOST/TOPIC, slack+URL, discord+URL or telegram://TOKEN@CHAT".to_owned();
        let kind = if let Some(url) = address.strip_prefix("slack+") {
            Kind::Slack(url.to_owned())
        } else if let Some(url) = address.strip_prefix("discord+") {
            Kind::Discord(url.to_owned())
        } else if let Some(url) = address.strip_prefix("ntfy+") {
            Kind::Ntfy { url: url.to_owned(), token: None }
        } else if let Some(rest) = address.strip_prefix("ntfy://") {
            Kind::Ntfy { url: format!("https://{rest}"), token: None }
        } else if let Some(rest) = address.strip_prefix("telegram://") {
            let (token, chat) = rest.rsplit_once('@').ok_or_else(unknown)?;
            let api = "https://api.telegram.org".to_owned();
            Kind::Telegram { api, token: token.to_owned(), chat: chat.to_owned() }
        } else {
            return Err(unknown());
        };
        Ok(Self { kind, wake: false })
    }

    /// Tells it, once.
    ///
    /// # Errors
    /// Why it did not arrive, without the address, which may hold a secret.
    pub async fn tell(&self, news: &News) -> Result<(), String> {
        let text = self.text(news);
        let told = async {
            match &self.kind {
                Kind::Smtp { url, from, to } => mail(url, (from, to), &text).await,
                Kind::Command(run) => command(run, &text, news.level).await,
                _ => self.post(&text, news.level).await,
            }
        };
        tokio::time::timeout(PATIENCE, told).await.unwrap_or_else(|_| Err("no answer in 15 s".to_owned()))
    }

    /// What is told: all of it, or only that there is something.
    fn text(&self, news: &News) -> String {
        let what = match (self.wake, news.level) {
            (true, 5..) => "🔔 There is one urgent message.".to_owned(),
            (true, _) => "🔔 There is a message.".to_owned(),
            (false, _) => news.text.chars().take(LONGEST).collect(),
        };
        match &news.link {
            Some(link) => format!("{what}\n{link}"),
            None => what,
        }
    }

    async fn post(&self, text: &str, level: u8) -> Result<(), String> {
        let client = Client::builder().timeout(PATIENCE).build().map_err(|_| "no HTTP client".to_owned())?;
        let request: RequestBuilder = match &self.kind {
            Kind::Telegram { api, token, chat } => {
                client.post(format!("{api}/bot{token}/sendMessage")).json(&json!({ "chat_id": chat, "text": text }))
            }
            Kind::Discord(url) => {
                client.post(url).json(&json!({ "content": text, "allowed_mentions": { "parse": [] } }))
            }
            Kind::Slack(url) => client.post(url).json(&json!({ "text": text })),
            Kind::Ntfy { url, token } => {
                let request = client.post(url).header("priority", level.to_string()).body(text.to_owned());
                match token {
                    Some(token) => request.bearer_auth(token),
                    None => request,
                }
            }
            Kind::Smtp { .. } | Kind::Command(_) => return Err("not a route over HTTP".to_owned()),
        };
        let answer = request.send().await.map_err(|error| format!("not reached: {}", error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("refused with HTTP {}", status.as_u16())),
        }
    }
}

fn take(table: &mut Map<String, Value>, name: &str) -> Option<String> {
    match table.remove(name)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn run(value: Option<Value>) -> Result<Vec<String>, String> {
    let run: Option<Vec<String>> = value.and_then(|value| serde_json::from_value(value).ok());
    run.filter(|run| !run.is_empty()).ok_or("a route of kind command needs `run`, a list of words".to_owned())
}

async fn mail(url: &str, (from, to): (&str, &str), text: &str) -> Result<(), String> {
    let mailbox = |address: &str| address.parse::<Mailbox>().map_err(|_| format!("`{address}` is no mail address"));
    let subject: String = text.lines().next().unwrap_or_default().chars().take(80).collect();
    let letter = lettre::Message::builder().from(mailbox(from)?).to(mailbox(to)?).subject(subject);
    let letter = letter.body(text.to_owned()).map_err(|_| "the mail cannot be written".to_owned())?;
    let server =
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| "`url` is no mail server".to_owned())?;
    let sent = server.build().send(letter).await;
    sent.map(drop).map_err(|error| format!("the mail server refused: {error}"))
}

/// Runs a program with the text as its input.
async fn command(run: &[String], text: &str, level: u8) -> Result<(), String> {
    let [program, arguments @ ..] = run else { return Err("nothing to run".to_owned()) };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .env("CAUSEWAY_LEVEL", level.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("the program does not start: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read is fine.
        let _ = input.write_all(text.as_bytes()).await;
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("the program ended with {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_call_says_nothing_of_what_happened() {
        let news = News { text: "the vault is open".into(), level: 5, link: Some("https://x".into()) };
        let route = |text: &str| Route::read(json!({ "kind": "slack", "url": "u", "text": text })).ok().unwrap();
        assert_eq!(route("full").text(&news), "the vault is open\nhttps://x");
        assert_eq!(route("wake-up").text(&news), "🔔 There is one urgent message.\nhttps://x");
        assert_eq!(route("wake-up").text(&News { level: 4, link: None, ..news }), "🔔 There is a message.");
    }

    #[tokio::test]
    async fn a_program_gets_the_text_and_its_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let script = format!("cat > {}; test \"$CAUSEWAY_LEVEL\" = 5", out.display());
        let news = |level| News { text: "fire".into(), level, link: None };
        let route = Route::read(json!({ "kind": "command", "run": ["sh", "-c", script] })).ok().unwrap();
        assert_eq!(route.tell(&news(5)).await, Ok(()));
        assert_eq!(std::fs::read_to_string(out).unwrap(), "fire");
        assert!(route.tell(&news(4)).await.unwrap_err().contains("exit status: 1"));
    }

    #[test]
    fn addresses_are_read() {
        for good in ["ntfy://n.example/t", "slack+https://x", "discord+https://x", "telegram://1:a@-100"] {
            assert!(Route::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "https://x", "telegram://x"] {
            assert!(Route::parse(bad).is_err(), "{bad}");
        }
    }
}
