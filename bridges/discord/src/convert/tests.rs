//! Both ways by tables of cases.

mod any;
mod crossing;
mod reading;
mod writing;

use appservice_sdk::content::{Block, Doc, Inline};
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use super::{Names, Writing};

/// What the tests know of Discord.
struct Known {
    calls: bool,
}

impl Names for Known {
    fn user(&self, id: UserId) -> Option<String> {
        (id.get() == 1).then(|| "Ann".to_owned())
    }
    fn channel(&self, id: ChannelId) -> Option<String> {
        (id.get() == 2).then(|| "general".to_owned())
    }
    fn role(&self, id: RoleId) -> Option<(String, u32)> {
        (id.get() == 3).then(|| ("Mods".to_owned(), 0xff))
    }
    fn calls_everyone(&self) -> bool {
        self.calls
    }
}

const HOW: Writing = Writing { first: 2000, rest: 2000, may_ping_everyone: false, guild: Some(GuildId::new(9)) };

fn read(markdown: &str) -> Doc {
    super::read(markdown, &Known { calls: true })
}

fn write(doc: &Doc) -> String {
    super::write(doc, &HOW).join("\n")
}

fn t(text: &str) -> Inline {
    Inline::text(text)
}

fn b(text: &str) -> Inline {
    Inline::bold([t(text)])
}

fn i(text: &str) -> Inline {
    Inline::italic([t(text)])
}

fn p(text: impl Into<Vec<Inline>>) -> Block {
    Block::Paragraph(text.into())
}

fn code(language: Option<&str>, text: &str) -> Block {
    Block::Code { language: language.map(str::to_owned), text: text.to_owned() }
}

fn list(start: Option<u64>, items: impl Into<Vec<Vec<Block>>>) -> Block {
    Block::List { start, items: items.into() }
}
