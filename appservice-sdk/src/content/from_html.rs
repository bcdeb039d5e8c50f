//! Reading Matrix messages: `body` and `formatted_body` (`org.matrix.custom.html`) into a [`Doc`].
//!
//! Specification: client-server, «m.room.message msgtypes». The tokens are html5ever's; the tree is ours and not a DOM,
//! because strangers choose how deep their tags nest: what is read here never needs more than one pass and a fixed depth.

mod element;
mod frame;
mod leaf;
mod table;
mod tree;

use std::cell::{Cell, RefCell};

use html5ever::{
    TokenizerResult,
    buffer_queue::BufferQueue,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};

use self::{element::Element, tree::Tree};
use super::doc::{Doc, Everyone, Inline};

/// A tag or comment longer than this is no text, and its attributes would be compared each with each.
const LONGEST_TAG: usize = 16 * 1024;

/// How much is handed to the tokenizer at once.
const PIECE: usize = 1024;

impl Doc {
    /// A Matrix message's text: from its HTML if it has any that says something, otherwise its body, literally.
    /// `calls_room` is `m.mentions.room`: only then `@room` in the text is a call.
    #[must_use]
    pub fn from_matrix(body: &str, formatted_body: Option<&str>, calls_room: bool) -> Self {
        let mut doc = formatted_body.map(Self::from_html).unwrap_or_default();
        if doc.is_empty() {
            doc = Self::from_body(body);
        }
        if calls_room { call_room(doc) } else { doc }
    }

    /// Literal text with its line breaks; web addresses become links.
    #[must_use]
    pub fn from_body(body: &str) -> Self {
        let mut inlines = Vec::new();
        for inline in Inline::lines(body) {
            match inline {
                Inline::Text(line) => inlines.extend(super::link::linked(&line)),
                other => inlines.push(other),
            }
        }
        Self::paragraph(inlines).tidy()
    }

    /// Matrix HTML. Unknown tags are looked through, quoted replies (`<mx-reply>`) left out.
    #[must_use]
    pub fn from_html(html: &str) -> Self {
        let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
        let queue = BufferQueue::default();
        let mut rest = html;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
            rest = after;
            queue.push_back(piece.into());
            while let TokenizerResult::Script(()) = tokenizer.feed(&queue) {}
            if !tokenizer.sink.keeps_up(piece.len()) {
                break;
            }
        }
        tokenizer.end();
        tokenizer.sink.tree.into_inner().finish().tidy()
    }
}

/// `@room` in literal text becomes a call.
fn call_room(mut doc: Doc) -> Doc {
    const CALL: &str = "@room";
    doc.expand(&mut |inline| match &inline {
        Inline::Text(text) => match text.split_once(CALL) {
            Some((before, after)) => {
                vec![Inline::text(before), Inline::Everyone(Everyone::Room), Inline::text(after)]
            }
            None => vec![inline],
        },
        _ => vec![inline],
    });
    doc.tidy()
}

/// Takes the tokens and builds the tree.
#[derive(Default)]
struct Sink {
    tree: RefCell<Tree>,
    /// Bytes handed in since the last token came out.
    silent: Cell<usize>,
}

impl Sink {
    fn keeps_up(&self, fed: usize) -> bool {
        self.silent.set(self.silent.get() + fed);
        self.silent.get() <= LONGEST_TAG
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        self.silent.set(0);
        let mut tree = self.tree.borrow_mut();
        match token {
            Token::CharacterTokens(text) => tree.text(&text),
            Token::TagToken(tag) => return take_tag(&mut tree, &tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn take_tag(tree: &mut Tree, tag: &Tag) -> TokenSinkResult<()> {
    let element = Element::of(tag);
    match tag.kind {
        TagKind::EndTag => tree.close(&tag.name, &element),
        TagKind::StartTag => {
            let raw = matches!(element, Element::Hidden { raw: true });
            tree.open(&tag.name, element);
            if raw {
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
        }
    }
    TokenSinkResult::Continue
}

#[cfg(test)]
mod tests;
