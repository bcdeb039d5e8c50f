//! Discord's markdown and the rich-text tree. So far only text and mentions are carried; styles follow.

use appservice_sdk::content::{Id, split};
use appservice_sdk::prelude::*;

use crate::receive::Names;

/// Reads what Discord wrote.
pub(crate) fn read(markdown: &str, _names: &dyn Names) -> Doc {
    Doc::text(markdown)
}

/// Writes for Discord, in pieces of at most `limit` characters.
pub(crate) fn write(text: &Doc, limit: usize) -> Vec<String> {
    let mut text = text.clone();
    text.visit_mut(&mut |inline| match inline {
        Inline::Mention(mention) => {
            if let Id::Remote(id) = &mention.user {
                *inline = Inline::Text(format!("<@{id}>"));
            }
        }
        Inline::Everyone(_) => *inline = Inline::text("@everyone"),
        _ => {}
    });
    split(text, limit, |part| part.plain().chars().count()).iter().map(Doc::plain).collect()
}

/// Literal text that Discord shows as it is.
pub(crate) fn escape(text: &str) -> String {
    text.to_owned()
}
