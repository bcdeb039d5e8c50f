//! From a request's body to a message that can be posted, with every check Discord makes on the way.

use serde_json::{Map, Value};

use super::ask::Ask;
use crate::discord::{
    error::{self, Refusal, invalid},
    model::{Attachment, Author, Message, Reference, flag},
    permission, picture,
    snowflake::Snowflake,
    world::{AllowedMentions, Draft, File, World},
};

/// The most characters of a message.
const LONGEST: usize = 2000;
/// The most bytes of one file, without boosts.
const LARGEST: usize = 10 << 20;
/// The flags a sender may set.
const SETTABLE: u64 = flag::SUPPRESS_EMBEDS | flag::SUPPRESS_NOTIFICATIONS;

impl Ask<'_> {
    /// A new message of `author` in `channel`. Stores its files, so it is the last thing before posting.
    pub(super) fn draft(&mut self, channel: Snowflake, author: Author) -> Result<Draft, Refusal> {
        let content = trimmed(self.text("content", LONGEST)?);
        let embeds = self.embeds()?.unwrap_or_default();
        let components: Vec<Value> = self.field("components")?.unwrap_or_default();
        let flags = self.field::<u64>("flags")?.unwrap_or(0) & SETTABLE;
        let allowed = AllowedMentions::parse(&self.body()["allowed_mentions"])?;
        let files = self.request.form.files.len();
        let poll = match &self.body()["poll"] {
            Value::Null => None,
            asked => Some(self.state.world.poll(asked)?),
        };
        if content.is_empty() && embeds.is_empty() && components.is_empty() && files == 0 && poll.is_none() {
            return Err(error::empty_message());
        }
        let attachments = self.store_files(0)?;
        let extra = poll.map(|poll| ("poll".to_owned(), poll)).into_iter().collect();
        Ok(Draft { flags, allowed, attachments, embeds, components, extra, ..Draft::text(channel, author, &content) })
    }

    /// What the bot's own messages have beyond those of webhooks: nonce and reply.
    pub(super) fn add_bot_fields(&mut self, mut draft: Draft) -> Result<Draft, Refusal> {
        draft.nonce = nonce(&self.body()["nonce"])?;
        draft.enforce_nonce = self.field("enforce_nonce")?.unwrap_or(false);
        draft.reference = self.reference(draft.channel)?;
        Ok(draft)
    }

    fn reference(&mut self, channel: Snowflake) -> Result<Option<Reference>, Refusal> {
        let reference = self.body()["message_reference"].clone();
        let Some(message) = reference["message_id"].as_str().and_then(|id| id.parse().ok()) else { return Ok(None) };
        let me = self.me();
        self.world().allow(me, channel, permission::READ_MESSAGE_HISTORY)?;
        if self.world().message(channel, message).is_ok() {
            return Ok(Some(Reference { message, channel }));
        }
        match reference["fail_if_not_exists"].as_bool() {
            Some(false) => Ok(None),
            _ => Err(invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")),
        }
    }

    /// The embeds given, checked; `None` if the body does not speak of them.
    pub(super) fn embeds(&self) -> Result<Option<Vec<Value>>, Refusal> {
        let Some(mut embeds) = self.field::<Vec<Value>>("embeds")? else { return Ok(None) };
        if embeds.len() > 10 {
            return Err(invalid("embeds", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 10 in length."));
        }
        let mut sum = 0;
        for (n, embed) in embeds.iter_mut().enumerate() {
            sum += check_embed(n, embed)?;
            embed["type"] = Value::from("rich");
        }
        if sum > 6000 {
            let message = "Embed size exceeds maximum size of 6000";
            return Err(invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", message));
        }
        Ok(Some(embeds))
    }

    /// Keeps the uploaded files. `kept` files are on the message already.
    fn store_files(&mut self, kept: usize) -> Result<Vec<Attachment>, Refusal> {
        let files = self.request.form.files.clone();
        if files.len() + kept > 10 {
            return Err(error::too_many_attachments());
        }
        if files.iter().any(|file| file.bytes.len() > LARGEST) {
            return Err(error::too_large());
        }
        let described: Vec<Value> = self.field("attachments")?.unwrap_or_default();
        let store = |file: super::form::Upload| {
            let about = described.iter().find(|entry| number(&entry["id"]) == Some(file.n));
            let text = |key: &str| about.and_then(|entry| entry[key].as_str()).map(str::to_owned);
            let name = text("filename").unwrap_or(file.filename);
            let description = text("description");
            Attachment { description, ..store_file(&mut self.state.world, &name, file.content_type, file.bytes) }
        };
        Ok(files.into_iter().map(store).collect())
    }

    /// Applies the body to a message of the sender: only what it names changes.
    pub(super) fn edit_own(&mut self, message: &Message) -> Result<impl FnOnce(&mut Message) + use<>, Refusal> {
        let given = |name: &str| self.body().get(name).is_some();
        let content = if given("content") { Some(trimmed(self.text("content", LONGEST)?)) } else { None };
        let embeds = if given("embeds") { Some(self.embeds()?.unwrap_or_default()) } else { None };
        let flags = self.field::<u64>("flags")?;
        let allowed = AllowedMentions::parse(&self.body()["allowed_mentions"])?;
        let kept: Option<Vec<Value>> = self.field("attachments")?;
        let mut attachments = message.attachments.clone();
        if let Some(kept) = kept {
            attachments.retain(|file| kept.iter().any(|entry| number(&entry["id"]) == Some(file.id.0)));
        }
        attachments.extend(self.store_files(attachments.len())?);
        Ok(move |message: &mut Message| {
            message.attachments = attachments;
            message.embeds = embeds.unwrap_or_else(|| std::mem::take(&mut message.embeds));
            message.flags = flags.map_or(message.flags, |flags| message.flags & !SETTABLE | flags & SETTABLE);
            if let Some(content) = content {
                // An edit notifies nobody; it only changes who is named.
                message.pings = allowed.filter(&content);
                message.content = content;
            }
        })
    }
}

/// Puts a file into the CDN.
pub(crate) fn store_file(
    world: &mut World,
    name: &str,
    content_type: Option<String>,
    bytes: bytes::Bytes,
) -> Attachment {
    let id = world.next_id();
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let (size, dimensions) = (bytes.len(), picture::dimensions(&bytes));
    world.files.insert(id, File { content_type: content_type.clone(), bytes });
    Attachment {
        id,
        filename: name.chars().map(safe).collect(),
        description: None,
        content_type,
        size,
        dimensions,
        extra: Map::new(),
    }
}

/// Discord strips the white space around what is said.
fn trimmed(content: Option<String>) -> String {
    content.map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn nonce(value: &Value) -> Result<Option<Value>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() > 25 => {
            Err(invalid("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."))
        }
        Value::String(_) | Value::Number(_) => Ok(Some(value.clone())),
        _ => Err(invalid("nonce", "NONCE_TYPE_INVALID", "Nonce must be a string or an integer.")),
    }
}

/// Checks the lengths of an embed; answers how much it counts towards the 6000.
fn check_embed(n: usize, embed: &Value) -> Result<usize, Refusal> {
    let mut sum = 0;
    let mut check = |path: String, value: &Value, most: usize| {
        let length = value.as_str().map_or(0, |text| text.chars().count());
        sum += length;
        let message = format!("Must be {most} or fewer in length.");
        if length > most { Err(invalid(&path, "BASE_TYPE_MAX_LENGTH", &message)) } else { Ok(()) }
    };
    check(format!("embeds.{n}.title"), &embed["title"], 256)?;
    check(format!("embeds.{n}.description"), &embed["description"], 4096)?;
    check(format!("embeds.{n}.footer.text"), &embed["footer"]["text"], 2048)?;
    check(format!("embeds.{n}.author.name"), &embed["author"]["name"], 256)?;
    for (f, field) in embed["fields"].as_array().into_iter().flatten().enumerate() {
        if f >= 25 {
            return Err(invalid(
                &format!("embeds.{n}.fields"),
                "BASE_TYPE_BAD_LENGTH",
                "Must be between 0 and 25 in length.",
            ));
        }
        check(format!("embeds.{n}.fields.{f}.name"), &field["name"], 256)?;
        check(format!("embeds.{n}.fields.{f}.value"), &field["value"], 1024)?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nonces_are_short_texts_or_numbers() {
        for (value, fine) in [
            (json!(null), true),
            (json!(7), true),
            (json!("x".repeat(25)), true),
            (json!("x".repeat(26)), false),
            (json!([]), false),
        ] {
            assert_eq!(nonce(&value).is_ok(), fine, "{value}");
        }
    }

    #[test]
    fn embeds_have_lengths() {
        assert_eq!(check_embed(0, &json!({ "title": "abc", "fields": [{ "name": "n", "value": "v" }] })), Ok(5));
        let refusal = check_embed(2, &json!({ "title": "x".repeat(257) })).unwrap_err();
        assert_eq!(refusal.body()["errors"]["embeds"]["2"]["title"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
    }
}
