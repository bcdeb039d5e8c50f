//! Cards that bots and webhooks put below their messages.
//!
//! Previews that Discord makes of links are left out: Matrix clients make their own.
//! <https://discord.com/developers/docs/resources/message#embed-object>

use appservice_sdk::prelude::*;
use serenity::model::channel::{Embed, EmbedField};

use super::View;
use super::parts::read;

/// The card as a quote; `None` for a preview or an empty one.
pub(super) fn doc(embed: &Embed, view: &View<'_>) -> Option<Doc> {
    if !is_card(embed) {
        return None;
    }
    let mut blocks = Vec::new();
    if let Some(author) = &embed.author {
        blocks.push(Block::Paragraph(linked(&author.name, author.url.as_deref())));
    }
    if let Some(title) = embed.title.as_deref().filter(|title| !title.is_empty()) {
        blocks.push(Block::Paragraph(vec![Inline::bold(linked(title, embed.url.as_deref()))]));
    }
    if let Some(text) = &embed.description {
        blocks.extend(read(text, view).blocks);
    }
    for field in &embed.fields {
        blocks.extend(said(field, view));
    }
    if let Some(footer) = &embed.footer {
        blocks.push(Block::Paragraph(vec![Inline::Small(Inline::lines(&footer.text))]));
    }
    (!blocks.is_empty()).then(|| Doc { blocks: vec![Block::Quote(blocks)] })
}

/// The large picture of a card.
pub(super) fn picture(embed: &Embed) -> Option<Part> {
    let image = embed.image.as_ref().filter(|_| is_card(embed))?;
    // Discord's own copy: asking the picture's server would tell it where the bridge is.
    let address = image.proxy_url.clone().unwrap_or_else(|| image.url.clone());
    let mut file = MediaRef::remote(address);
    file.name = image.url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    file.width = image.width;
    file.height = image.height;
    Some(Part::Media { kind: MediaKind::Image, file, caption: None })
}

fn is_card(embed: &Embed) -> bool {
    embed.kind.as_deref().is_none_or(|kind| kind == "rich")
}

fn linked(text: &str, url: Option<&str>) -> Vec<Inline> {
    match url {
        Some(url) => vec![Inline::link(url, Inline::lines(text))],
        None => Inline::lines(text),
    }
}

fn said(field: &EmbedField, view: &View<'_>) -> Vec<Block> {
    let mut blocks = vec![Block::Paragraph(vec![Inline::bold(Inline::lines(&field.name))])];
    blocks.extend(read(&field.value, view).blocks);
    blocks
}
