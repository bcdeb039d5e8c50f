//! Refusals in Discord's own form.
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes>

use serde_json::{Map, Value, json};

/// A refusal: status and JSON body.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Discord's code.
    pub code: u32,
    /// Discord's sentence.
    pub message: String,
    /// Which fields are wrong, for 50035.
    pub errors: Option<Value>,
}

/// A refusal with a code of its own.
pub(crate) fn refuse(status: u16, code: u32, message: &str) -> Refusal {
    Refusal { status, code, message: message.to_owned(), errors: None }
}

/// The refusals that have nothing but a status.
pub(crate) fn plain(status: u16, reason: &str) -> Refusal {
    refuse(status, 0, &format!("{status}: {reason}"))
}

/// 50035 for one field, `path` dotted.
pub(crate) fn invalid(path: &str, code: &str, message: &str) -> Refusal {
    let mut errors = json!({ "_errors": [{ "code": code, "message": message }] });
    for key in path.rsplit('.') {
        errors = Value::Object(Map::from_iter([(key.to_owned(), errors)]));
    }
    Refusal { errors: Some(errors), ..refuse(400, 50035, "Invalid Form Body") }
}

impl Refusal {
    /// The JSON body.
    pub fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

macro_rules! refusals {
    ($($name:ident = $status:literal, $code:literal, $message:literal;)*) => {
        $(pub(crate) fn $name() -> Refusal { refuse($status, $code, $message) })*
    };
}

refusals! {
    unknown_channel = 404, 10003, "Unknown Channel";
    unknown_guild = 404, 10004, "Unknown Guild";
    unknown_member = 404, 10007, "Unknown Member";
    unknown_message = 404, 10008, "Unknown Message";
    unknown_role = 404, 10011, "Unknown Role";
    unknown_user = 404, 10013, "Unknown User";
    unknown_application = 404, 10002, "Unknown Application";
    unknown_ban = 404, 10026, "Unknown Ban";
    unknown_interaction = 404, 10062, "Unknown interaction";
    unknown_emoji = 400, 10014, "Unknown Emoji";
    unknown_webhook = 404, 10015, "Unknown Webhook";
    too_many_emojis = 400, 30008, "Maximum number of emojis reached (2000)";
    too_many_pins = 400, 30003, "Maximum number of pins reached (50)";
    too_many_webhooks = 400, 30007, "Maximum number of webhooks reached (15)";
    too_many_reactions = 400, 30010, "Maximum number of reactions reached (20)";
    too_many_attachments = 400, 30015, "Maximum number of attachments in a message reached (10)";
    too_large = 413, 40005, "Request entity too large";
    tag_required = 400, 40067, "A tag is required to create a forum post in this channel";
    acknowledged = 400, 40060, "Interaction has already been acknowledged.";
    poll_expired = 400, 520_001, "Poll expired";
    missing_access = 403, 50001, "Missing Access";
    not_the_author = 403, 50005, "Cannot edit a message authored by another user";
    empty_message = 400, 50006, "Cannot send an empty message";
    not_a_text_channel = 400, 50008, "Cannot send messages in a non-text channel";
    missing_permissions = 403, 50013, "Missing Permissions";
    bulk_delete_count = 400, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete";
    system_message = 403, 50021, "Cannot execute action on a system message";
    wrong_channel_type = 400, 50024, "Cannot execute action on this channel type";
    invalid_webhook_token = 401, 50027, "Invalid Webhook Token";
    bulk_delete_age = 400, 50034, "A message provided was too old to bulk delete";
    thread_archived = 400, 50083, "Thread is archived";
    not_json = 400, 50109, "The request body contains invalid JSON.";
    thread_exists = 400, 160_004, "A thread has already been created for this message";
    forum_needs_thread = 400, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id";
    not_a_forum = 400, 220_003, "Webhooks can only create threads in forum channels";
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}
