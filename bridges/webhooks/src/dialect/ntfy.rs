//! ntfy's publishing (<https://docs.ntfy.sh/publish/>) below `/ntfy/`: its topics would claim every path otherwise. The
//! topic is the hook's secret, or any topic with the secret as Bearer token or password.

pub mod given;

use appservice_sdk::prelude::*;
use serde_json::{Value, json};

use self::given::Given;
use super::{Dialect, Refusal, is_yes};
use crate::{
    address::{self, bearer},
    convert::markdown::{self, calls},
    emoji,
    hooks::Hook,
    ids,
    post::{File, From, Post, Priority, Titled},
    receive::Ask,
};

/// A longer body is a file.
const MAX_TEXT: usize = 4096;
/// How long ntfy's own servers keep a message, in seconds: told as `expires`.
const KEPT: i64 = 12 * 3600;

/// `PUT` or `POST /ntfy/TOPIC`, `POST /ntfy`, `GET /ntfy/TOPIC/publish`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(body) => HttpResponse::json(200, &body),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let publishes = matches!(ask.rest(), "publish" | "send" | "trigger");
    match (ask.request.method.as_str(), ask.rest()) {
        ("PUT" | "POST", "") => {}
        ("GET" | "PUT" | "POST", _) if publishes => {}
        (_, "") => return Err(Refusal::Method("PUT, POST")),
        _ => return Err(Refusal::Unsupported),
    }
    let given = Given::of(ask.request, &ask.body, &ask.address.secret);
    let hook = hook(ask, &given).await?;
    let post = read(&given)?;
    let shown = shown(&given, &post);
    let accepted = ask.accept(&hook, vec![post]).await?;
    Ok(message(&given, accepted.ids.first().map(String::as_str).unwrap_or_default(), shown))
}

/// The hook: by the topic, else by the token.
async fn hook(ask: &Ask<'_>, given: &Given) -> Result<Hook, Refusal> {
    let password = given::basic(ask.request).map(|(_, password)| password);
    let tokens = [Some(given.topic.clone()), bearer(ask.request), password];
    for token in tokens.into_iter().flatten().filter(|token| token.len() >= address::LENGTH) {
        match ask.hook_of(&token).await {
            Err(Refusal::UnknownHook) => {}
            found => return found,
        }
    }
    Err(Refusal::UnknownHook)
}

/// Reads a message.
///
/// # Errors
/// As ntfy has them.
pub fn read(given: &Given) -> Result<Post, Refusal> {
    if given.get("delay").is_some() {
        return Err(Refusal::Field("delay"));
    }
    if given.get("email").is_some() || given.get("call").is_some() {
        return Err(Refusal::Field("email"));
    }
    let priority = match given.get("priority") {
        Some(word) => Some(Priority::named(&word).ok_or(Refusal::Field("priority"))?),
        None => None,
    };
    let (emoji, tags): (Vec<String>, Vec<String>) =
        given.tags().into_iter().partition(|tag| emoji::character(tag).is_some());
    let marks: String = emoji.iter().filter_map(|tag| emoji::character(tag)).collect();
    let said = given.message();
    let is_markdown = given.get("markdown").is_some_and(|on| is_yes(&on)) || given.is_markdown;
    let files = files(given);
    let mut say = match said.as_str() {
        "" if files.is_empty() => Doc::text("triggered"),
        "" => Doc::default(),
        said if is_markdown => markdown::read(said),
        said => Doc::paragraph(said.split('\n').enumerate().fold(Vec::new(), |mut line, (at, text)| {
            if at > 0 {
                line.push(Inline::Break);
            }
            line.extend(appservice_sdk::content::link::linked(text));
            line
        })),
    };
    let title = given.get("title").map(|title| Titled::plain(format!("{marks} {title}").trim()));
    if title.is_none() && !marks.is_empty() {
        say.blocks.insert(0, Block::Paragraph(vec![Inline::text(&*marks)]));
    }
    if !tags.is_empty() {
        say.blocks
            .push(Block::Paragraph(vec![Inline::Small(vec![Inline::text(format!("Tags: {}", tags.join(", ")))])]));
    }
    let click = given.get("click").map(|url| Titled::link("", url));
    Ok(Post {
        title,
        say,
        files,
        priority,
        icon_url: given.get("icon"),
        links: click.into_iter().chain(given.actions()).collect(),
        key: given.get("sequence_id"),
        mentions: calls(&said),
        ..Post::new(Dialect::Ntfy)
    })
}

fn files(given: &Given) -> Vec<File> {
    let name = given.get("filename");
    let along = given.file.as_ref().map(|bytes| File {
        name: Some(name.clone().unwrap_or_else(|| "attachment".to_owned())),
        mime: given.mime.clone(),
        ..File::new(From::Bytes(bytes.clone()))
    });
    let elsewhere = given.get("attach").map(|url| {
        let file = File::web(url);
        File { name: name.or(file.name.clone()), ..file }
    });
    along.into_iter().chain(elsewhere).collect()
}

/// The attachment, as the answer shows it.
fn shown(given: &Given, post: &Post) -> Option<Value> {
    let file = post.files.first()?;
    let url = given.get("attach").unwrap_or_else(|| "https://invalid/file".to_owned());
    Some(json!({ "name": file.name, "type": file.mime, "url": url }))
}

fn message(given: &Given, id: &str, attachment: Option<Value>) -> Value {
    let time = ids::moment(id).0 / 1000;
    let said = given.message();
    let mut message = json!({
        "id": short(id), "time": time, "expires": time + KEPT, "event": "message", "topic": given.topic,
        "message": if said.is_empty() && attachment.is_none() { "triggered".to_owned() } else { said },
    });
    for key in ["title", "click", "icon", "sequence_id"] {
        if let Some(value) = given.get(key) {
            message[key] = json!(value);
        }
    }
    if let Some(priority) = given.get("priority").and_then(|word| Priority::named(&word)) {
        message["priority"] = json!(priority.level());
    }
    let tags = given.tags();
    if !tags.is_empty() {
        message["tags"] = json!(tags);
    }
    if let Some(attachment) = attachment {
        message["attachment"] = attachment;
    }
    message
}

/// Twelve letters and digits.
fn short(id: &str) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut number = id.parse::<u64>().unwrap_or_default();
    let mut out = String::new();
    for _ in 0..12 {
        let digit = usize::try_from(number % 62).unwrap_or_default();
        out.push(letters.get(digit).copied().map_or('A', char::from));
        number /= 62;
    }
    out
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (code, http, error, part) = match why {
        Refusal::Field("priority") => (40007, 400, "invalid request: priority invalid", "#message-priority"),
        Refusal::Field("delay") => {
            (40002, 400, "invalid request: delayed messages are not kept here", "#scheduled-delivery")
        }
        Refusal::Field("email") => (40001, 400, "e-mail notifications are not enabled", "#e-mail-notifications"),
        Refusal::Unreadable => (40024, 400, "invalid request: request body must be valid JSON", "#publish-as-json"),
        Refusal::TooLarge | Refusal::TooLong => {
            (41301, 413, "attachment too large, or bandwidth limit reached", "#limitations")
        }
        Refusal::UnknownHook | Refusal::NotAllowed => (40301, 403, "forbidden", "#authentication"),
        Refusal::Unsigned => (40101, 401, "unauthorized", "#authentication"),
        Refusal::TooMany(_) => (42901, 429, "limit reached: too many requests", "#limitations"),
        Refusal::NotNow => (50001, 503, "internal server error; try again later", ""),
        Refusal::Method(_) | Refusal::Unsupported | Refusal::RoomGone | Refusal::UnknownMessage => {
            (40401, 404, "page not found", "")
        }
        Refusal::Empty | Refusal::Field(_) => (40000, 400, "invalid request", ""),
    };
    let mut body = json!({ "code": code, "http": http, "error": error });
    if !part.is_empty() {
        body["link"] = json!(format!("https://ntfy.sh/docs/publish/{part}"));
    }
    HttpResponse::json(http, &body)
}

#[cfg(test)]
#[path = "ntfy_tests.rs"]
mod tests;
