//! The plain text beside the blocks: for notifications, search and clients without blocks. It calls nobody: whom a
//! message calls, its blocks say.

use appservice_sdk::content::{Doc, Everyone, Inline};

use super::{Writing, escape};

/// The text, escaped for mrkdwn.
pub(super) fn text(doc: &Doc, how: &Writing<'_>) -> String {
    let mut doc = doc.clone();
    doc.visit_mut(&mut |inline| {
        if let Inline::Everyone(range) = inline {
            *inline = Inline::text(everyone(*range, how.may_ping_everyone));
        }
    });
    escape(doc.plain().trim())
}

/// `@channel` as text; with something unseen after the sign when it must call nobody, whatever reads it.
pub(super) fn everyone(range: Everyone, may: bool) -> String {
    let word = match range {
        Everyone::Room => "channel",
        Everyone::Everyone => "everyone",
        Everyone::Here => "here",
    };
    if may { format!("@{word}") } else { format!("@\u{200b}{word}") }
}
