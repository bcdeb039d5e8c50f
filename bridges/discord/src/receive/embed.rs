//! Cards that bots and webhooks put below their messages.
//!
//! Previews that Discord makes of links are left out: Matrix clients make their own.
//! <https://discord.com/developers/docs/resources/message#embed-object>

use appservice_sdk::content::Stamp;
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
    if let Some(provider) = embed.provider.as_ref().and_then(|provider| provider.name.as_deref()) {
        blocks.push(Block::Paragraph(vec![Inline::Small(Inline::lines(provider))]));
    }
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
    if let Some(video) = embed.video.as_ref() {
        blocks.push(Block::Paragraph(vec![Inline::url(video.url.clone())]));
    }
    blocks.extend(foot(embed));
    (!blocks.is_empty()).then(|| Doc { blocks: vec![Block::Quote(blocks)] })
}

/// The small line at the end: a text, a moment, or both.
fn foot(embed: &Embed) -> Option<Block> {
    let mut line = embed.footer.as_ref().map(|footer| Inline::lines(&footer.text)).unwrap_or_default();
    if let Some(at) = embed.timestamp {
        if !line.is_empty() {
            line.push(Inline::text(" · "));
        }
        line.push(Inline::Timestamp(Stamp { unix: at.unix_timestamp(), style: 'f' }));
    }
    (!line.is_empty()).then(|| Block::Paragraph(vec![Inline::Small(line)]))
}

/// The pictures of a card: the large one, or else the small one beside the text.
pub(super) fn picture(embed: &Embed) -> Option<Part> {
    if !is_card(embed) {
        return None;
    }
    let (proxy, url, width, height) = match (&embed.image, &embed.thumbnail) {
        (Some(large), _) => (large.proxy_url.as_deref(), &large.url, large.width, large.height),
        (None, Some(small)) => (small.proxy_url.as_deref(), &small.url, small.width, small.height),
        (None, None) => return None,
    };
    let mut file = picture_at(proxy, Some(url))?;
    (file.width, file.height) = (width, height);
    Some(Part::Media { kind: MediaKind::Image, file, caption: None })
}

/// A picture that a program pointed at. Discord's own copy goes first: asking the picture's server would tell it where
/// the bridge is. Where there is none, the SDK asks, which keeps away from private addresses.
pub(super) fn picture_at(proxy: Option<&str>, url: Option<&str>) -> Option<MediaRef> {
    let on_web = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    let url = url.filter(on_web);
    let mut file = match proxy.filter(on_web) {
        Some(proxy) => MediaRef::remote(proxy),
        None => MediaRef::web(url?),
    };
    let name = url.or(proxy).and_then(|url| url.split(['?', '#']).next()?.rsplit('/').next());
    file.name = name.filter(|name| !name.is_empty()).map(str::to_owned);
    Some(file)
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
