//! Discord's markdown and the rich-text tree. So far only text and mentions are carried; styles follow.

use appservice_sdk::content::{Id, split};
use appservice_sdk::prelude::*;

use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

/// What the ids in a text are called.
pub(crate) trait Names {
    fn user(&self, id: UserId) -> Option<String>;
    fn channel(&self, id: ChannelId) -> Option<String>;
    fn role(&self, id: RoleId) -> Option<(String, u32)>;
    fn calls_everyone(&self) -> bool {
        false
    }
}

/// How a text is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    pub(crate) first: usize,
    pub(crate) rest: usize,
    pub(crate) may_ping_everyone: bool,
    pub(crate) guild: Option<GuildId>,
}

/// Reads what Discord wrote.
pub(crate) fn read(markdown: &str, _names: &dyn Names) -> Doc {
    Doc::text(markdown)
}

/// Writes for Discord, in pieces of at most `limit` characters.
pub(crate) fn write(text: &Doc, how: &Writing) -> Vec<String> {
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
    split(text, how.first.min(how.rest), |part| part.plain().chars().count()).iter().map(Doc::plain).collect()
}

/// Literal text that Discord shows as it is.
pub(crate) fn escape(text: &str) -> String {
    text.to_owned()
}
