//! Discord's markdown and the SDK's text tree, both ways. Pure: what ids are called was found out before.
//!
//! Discord has no specification of its markdown; what is here follows what its client shows. Reading is one pass: the
//! client's own grammar looks for the nearest end of each style, and so do we, without looking twice.
//!
//! - `block`: lines: quotes, headings, lists, code blocks. `inline`: what is in a line, with `delimiter` for styles, `angle`
//!   for `<…>`, `code` for backticks, `masked` for `[text](address)`.
//! - `write`: blocks, with `table`. `piece`: what a line consists of once everything Discord lacks is replaced. `emit`:
//!   pieces as markdown. `escape`: literal text that stays literal.

mod angle;
mod block;
mod code;
mod delimiter;
mod emit;
mod escape;
mod inline;
mod masked;
mod piece;
mod table;
mod write;

use appservice_sdk::content::{Doc, split_into};
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

/// What the ids in a text are called.
pub(crate) trait Names {
    fn user(&self, id: UserId) -> Option<String>;
    fn channel(&self, id: ChannelId) -> Option<String>;
    /// The channel above a thread, in whose chat the thread is told; `None` for whatever is a chat itself.
    fn above(&self, _thread: ChannelId) -> Option<ChannelId> {
        None
    }
    /// With its colour; 0 is none.
    fn role(&self, id: RoleId) -> Option<(String, u32)>;
    /// Whether `@everyone` and `@here` in this message call anybody (`mention_everyone`).
    fn calls_everyone(&self) -> bool {
        false
    }
}

/// How a text is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    /// Most characters (Unicode code points, as Discord counts) of the first part.
    pub(crate) first: usize,
    /// Most characters of each further part.
    pub(crate) rest: usize,
    /// Whether `@everyone` may stand as it is. Otherwise it is written so that it calls nobody.
    pub(crate) may_ping_everyone: bool,
    /// Where the channels are, for links to messages.
    pub(crate) guild: Option<GuildId>,
}

/// Discord's markdown as a text.
pub(crate) fn read(markdown: &str, names: &dyn Names) -> Doc {
    let markdown = markdown.replace("\r\n", "\n");
    Doc { blocks: block::Blocks::new(names).read(&markdown) }.tidy()
}

/// A text as Discord's markdown, in parts that fit. Empty when there is nothing to show.
pub(crate) fn write(text: &Doc, how: &Writing) -> Vec<String> {
    let limit = |part| if part == 0 { how.first } else { how.rest };
    let markdown = |part: &Doc| write::markdown(part, how);
    let parts = split_into(text.clone(), limit, |part| markdown(part).chars().count());
    parts.iter().map(markdown).filter(|part| !part.is_empty()).collect()
}

/// Literal text of one line, for use within markdown, also as the words of a link: which may not be an address themselves.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    escape::line(&text.replace(['\n', '\r'], " ").replace("://", ":\u{200b}//"), &mut out);
    out
}

#[cfg(test)]
mod tests;
