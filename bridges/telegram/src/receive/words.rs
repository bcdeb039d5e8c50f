//! What a message says in words: where it was forwarded from, what it quotes, its text, its buttons.

use appservice_sdk::content::Inline;
use appservice_sdk::prelude::{Block, Doc};
use teloxide::types::MessageEntity;

use super::View;
use crate::convert;
use crate::ids::{self, Place};
use crate::look;
use crate::wire::{Each, Keyboard, Message, Origin};

/// The text or caption with everything around it.
pub(super) fn around(said: &Message, text: &str, entities: &[MessageEntity], view: &View<'_>) -> Doc {
    let mut doc = Doc::default();
    if let Some(origin) = forwarded(said) {
        doc.blocks.push(Block::Paragraph(vec![Inline::Italic(origin)]));
    }
    doc.append(quoted(said, view));
    doc.append(convert::read(text, entities, view.people));
    if let Some(buttons) = said.reply_markup.as_ref().and_then(buttons) {
        doc.blocks.push(buttons);
    }
    doc.tidy()
}

/// «Forwarded from …». A channel's post that Telegram itself put into the channel's group is no forward.
fn forwarded(said: &Message) -> Option<Vec<Inline>> {
    let origin = said.forward_origin.as_ref()?;
    if said.is_automatic_forward.unwrap_or(false) {
        return None;
    }
    Some(vec![Inline::text("Forwarded from "), named(origin)])
}

/// Who first said something, with the address of a post of a public channel.
fn named(origin: &Origin) -> Inline {
    let chat = origin.chat.as_ref().or(origin.sender_chat.as_ref());
    let name = match (origin.sender_user.as_ref(), origin.sender_user_name.as_deref(), chat) {
        (Some(user), ..) => look::person_name(user),
        (None, Some(name), _) => name.to_owned(),
        (None, None, Some(chat)) => look::chat_name(chat),
        (None, None, None) => "somebody".to_owned(),
    };
    let name = match origin.author_signature.as_deref() {
        Some(signature) if chat.is_some() => format!("{name} ({signature})"),
        _ => name,
    };
    let address = chat.zip(*origin.message_id).and_then(|(chat, id)| {
        let username = chat.username.as_deref()?;
        ids::link(Place { chat: chat.id, topic: Some(id) }, Some(username))
    });
    match address {
        Some(address) => Inline::link(address, vec![Inline::text(name)]),
        None => Inline::bold([Inline::text(name)]),
    }
}

/// The piece that is quoted by hand, and what is answered in another chat.
fn quoted(said: &Message, view: &View<'_>) -> Doc {
    let mut inner = Vec::new();
    if let Some(origin) = said.external_reply.as_ref().and_then(|reply| reply.origin.as_ref()) {
        inner.push(Block::Paragraph(vec![named(origin), Inline::text(":")]));
    }
    let shown = |manual: bool| manual || said.external_reply.is_some();
    if let Some(quote) = said.quote.as_ref().filter(|quote| shown(quote.is_manual.unwrap_or(false))) {
        inner.extend(convert::read(&quote.text, &quote.entities, view.people).blocks);
    }
    match inner.is_empty() {
        true => Doc::default(),
        false => Doc { blocks: vec![Block::Quote(inner)] },
    }
}

/// Buttons as text: those that open an address as links, the others by name.
fn buttons(keyboard: &Keyboard) -> Option<Block> {
    let row = |row: &Each<crate::wire::Button>| {
        let mut line = Vec::new();
        for button in row.iter() {
            if !line.is_empty() {
                line.push(Inline::text(" · "));
            }
            let name = Inline::text(format!("[{}]", button.text.replace('\n', " ")));
            let address = button.url.as_deref().filter(|url| appservice_sdk::content::link::is_allowed(url));
            line.push(match address {
                Some(url) => Inline::link(url, vec![name]),
                None => name,
            });
        }
        line
    };
    let rows: Vec<Vec<Inline>> = keyboard.inline_keyboard.iter().map(row).filter(|row| !row.is_empty()).collect();
    let mut lines = Vec::new();
    for row in rows {
        if !lines.is_empty() {
            lines.push(Inline::Break);
        }
        lines.extend(row);
    }
    (!lines.is_empty()).then_some(Block::Paragraph(lines))
}
