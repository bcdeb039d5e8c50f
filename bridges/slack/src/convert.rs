//! Slack's two markups and the SDK's text tree, both ways. Pure: what ids are called was found out before.
//!
//! - Reading: `rich` is what people type today (`rich_text` blocks), `mrkdwn` what programs write, `block` the rest of
//!   Block Kit, `attachment` what came before it and what Slack adds for links.
//! - Writing: `write` makes `rich_text` of a text, in which nothing has to be escaped and nothing calls anybody by
//!   accident; `fallback` makes the plain text for notifications; `table` lays out columns.
//! - `emoji`: Slack's names of the emoji everybody has.

pub(crate) mod attachment;
pub(crate) mod block;
pub(crate) mod emoji;
mod fallback;
pub(crate) mod mrkdwn;
mod rich;
mod table;
mod write;

use appservice_sdk::content::{Doc, split};
use serde_json::{Value, json};

use crate::atlas::Custom;

/// Most characters of the text of one message: Slack advises 4,000 and cuts at 40,000.
pub(crate) const MAX_TEXT: usize = 3_900;
/// Most bytes of the blocks of one message, as JSON: beyond about 13,000 Slack refuses (`msg_blocks_too_long`).
pub(crate) const MAX_BLOCKS: usize = 11_700;

/// What the ids in a text are called.
pub(crate) trait Names {
    fn user(&self, id: &str) -> Option<String>;
    fn channel(&self, id: &str) -> Option<String>;
    /// A group's handle without `@`.
    fn group(&self, id: &str) -> Option<String>;
    /// What an emoji's name means in this workspace.
    fn custom(&self, name: &str) -> Custom;
}

/// How a text is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing<'a> {
    /// Whether `@channel` and the like may call everybody.
    pub(crate) may_ping_everyone: bool,
    /// The workspace's address, for links to messages.
    pub(crate) workspace: &'a str,
}

/// A text as Slack takes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// For notifications and for clients that show no blocks.
    pub(crate) text: String,
    /// One `rich_text` block.
    pub(crate) block: Value,
}

/// A text in messages that fit. Empty when there is nothing to show.
pub(crate) fn write(text: &Doc, how: &Writing<'_>) -> Vec<Written> {
    let parts = split(text.clone(), MAX_TEXT, |part| measure(part, how));
    parts.iter().filter_map(|part| written(part, how)).collect()
}

/// A text that is not cut.
pub(crate) fn written(text: &Doc, how: &Writing<'_>) -> Option<Written> {
    let elements = write::elements(text, how);
    if elements.is_empty() {
        return None;
    }
    let block = json!({ "type": "rich_text", "elements": elements });
    Some(Written { text: fallback::text(text, how), block })
}

/// How long a text is, where [`MAX_TEXT`] is the most: by its characters, or by its blocks' size if that is worse.
fn measure(text: &Doc, how: &Writing<'_>) -> usize {
    let blocks = Value::Array(write::elements(text, how)).to_string().len() + 40;
    fallback::text(text, how).chars().count().max((blocks * MAX_TEXT).div_ceil(MAX_BLOCKS))
}

/// Literal text that stays literal in Slack's mrkdwn.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The opposite of [`escape`].
pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests;
