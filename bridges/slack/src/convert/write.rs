//! A text as the elements of a `rich_text` block. What Slack lacks is shown by what it has: headings in bold, tables as
//! code in columns, details as a quote.

use appservice_sdk::content::{Block, Doc, Id, Inline, Link, Stamp, link};
use serde_json::{Value, json};

use super::{Writing, fallback, table};
use crate::ids;

/// Stands for a line across.
const RULE: &str = "──────────";
/// Lists are shown no deeper.
const DEEPEST: u64 = 8;

/// The elements, none of which is empty.
pub(super) fn elements(doc: &Doc, how: &Writing<'_>) -> Vec<Value> {
    let mut writer = Writer { how, out: Vec::new(), section: Vec::new(), quoted: false };
    writer.blocks(&doc.blocks);
    writer.flush();
    writer.out
}

struct Writer<'a> {
    how: &'a Writing<'a>,
    out: Vec<Value>,
    /// Running text that is not written yet.
    section: Vec<Value>,
    quoted: bool,
}

impl Writer<'_> {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(text) => self.paragraph(text, Style::default()),
            Block::Heading { text, .. } => self.paragraph(text, Style { bold: true, ..Style::default() }),
            Block::Rule => self.paragraph(&[Inline::text(RULE)], Style::default()),
            Block::Quote(inner) => self.quote(inner),
            Block::List { start, items } => self.list(*start, items, 0),
            Block::Code { text, .. } => self.code(text),
            Block::Table { head, rows } => self.code(&table::columns(head, rows)),
            Block::Details { summary, body } => {
                self.paragraph(summary, Style { bold: true, ..Style::default() });
                self.quote(body);
            }
        }
    }

    fn paragraph(&mut self, text: &[Inline], style: Style) {
        let mut line = Line::new(self.how);
        line.all(text, style);
        if line.out.is_empty() {
            return;
        }
        if !self.section.is_empty() {
            self.section.push(plain(if self.quoted { "\n" } else { "\n\n" }));
        }
        self.section.append(&mut line.out);
    }

    /// Ends the running text.
    fn flush(&mut self) {
        let elements = merged(std::mem::take(&mut self.section));
        if !elements.is_empty() {
            let kind = if self.quoted { "rich_text_quote" } else { "rich_text_section" };
            self.out.push(json!({ "type": kind, "elements": elements }));
        }
    }

    fn quote(&mut self, inner: &[Block]) {
        if self.quoted {
            return self.blocks(inner);
        }
        self.flush();
        self.quoted = true;
        self.blocks(inner);
        self.flush();
        self.quoted = false;
    }

    fn code(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.flush();
        let mut element = json!({ "type": "rich_text_preformatted", "elements": [plain(text)] });
        self.bordered(&mut element);
        self.out.push(element);
    }

    fn bordered(&self, element: &mut Value) {
        if self.quoted {
            element["border"] = 1.into();
        }
    }

    /// A list is written in pieces: its items, then what lies deeper, then its further items.
    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>], depth: u64) {
        self.flush();
        let mut piece: Vec<Value> = Vec::new();
        let mut offset = start.unwrap_or(1).saturating_sub(1);
        for item in items {
            let is_text = |block: &Block| matches!(block, Block::Paragraph(_) | Block::Heading { .. } | Block::Rule);
            let (text, deeper) = item.split_at(item.iter().position(|block| !is_text(block)).unwrap_or(item.len()));
            piece.push(self.item(text));
            if deeper.is_empty() {
                continue;
            }
            let count = piece.len() as u64;
            self.piece(start.map(|_| offset), std::mem::take(&mut piece), depth);
            offset = offset.saturating_add(count);
            for block in deeper {
                match block {
                    Block::List { start, items } => self.list(*start, items, depth + 1),
                    other => {
                        self.block(other);
                        self.flush();
                    }
                }
            }
        }
        self.piece(start.map(|_| offset), piece, depth);
    }

    fn piece(&mut self, offset: Option<u64>, items: Vec<Value>, depth: u64) {
        if items.is_empty() {
            return;
        }
        let style = if offset.is_some() { "ordered" } else { "bullet" };
        let mut list =
            json!({ "type": "rich_text_list", "style": style, "indent": depth.min(DEEPEST), "elements": items });
        if let Some(offset) = offset.filter(|offset| *offset > 0) {
            list["offset"] = offset.into();
        }
        self.bordered(&mut list);
        self.out.push(list);
    }

    /// The running text of an item.
    fn item(&self, blocks: &[Block]) -> Value {
        let mut line = Line::new(self.how);
        for block in blocks {
            if !line.out.is_empty() {
                line.out.push(plain("\n"));
            }
            match block {
                Block::Heading { text, .. } => line.all(text, Style { bold: true, ..Style::default() }),
                Block::Paragraph(text) => line.all(text, Style::default()),
                _ => line.out.push(plain(RULE)),
            }
        }
        let mut elements = merged(line.out);
        if elements.is_empty() {
            elements.push(plain(" "));
        }
        json!({ "type": "rich_text_section", "elements": elements })
    }
}

#[derive(Clone, Copy, Default)]
struct Style {
    bold: bool,
    italic: bool,
    strike: bool,
    code: bool,
}

impl Style {
    fn put_on(self, mut element: Value) -> Value {
        let styles = [("bold", self.bold), ("italic", self.italic), ("strike", self.strike), ("code", self.code)];
        for (name, _) in styles.into_iter().filter(|(_, on)| *on) {
            element["style"][name] = true.into();
        }
        element
    }
}

/// Running text under construction.
struct Line<'a> {
    how: &'a Writing<'a>,
    out: Vec<Value>,
}

impl<'a> Line<'a> {
    fn new(how: &'a Writing<'a>) -> Self {
        Self { how, out: Vec::new() }
    }

    fn all(&mut self, inlines: &[Inline], style: Style) {
        for inline in inlines {
            self.one(inline, style);
        }
    }

    fn one(&mut self, inline: &Inline, style: Style) {
        match inline {
            Inline::Text(text) => self.text(text, style),
            Inline::Bold(text) => self.all(text, Style { bold: true, ..style }),
            Inline::Italic(text) => self.all(text, Style { italic: true, ..style }),
            Inline::Strike(text) => self.all(text, Style { strike: true, ..style }),
            Inline::Underline(text) | Inline::Small(text) => self.all(text, style),
            Inline::Spoiler { reason, text } => {
                let reason = reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                self.text(&format!("[spoiler{reason}: "), style);
                self.all(text, style);
                self.text("]", style);
            }
            Inline::Code(text) => self.text(text, Style { code: true, ..style }),
            Inline::Link(link) => self.link(link, style),
            Inline::Timestamp(stamp) => self.out.push(style.put_on(date(*stamp))),
            Inline::Break => self.text("\n", style),
            Inline::Emoji(emoji) => match &emoji.id {
                Some(id) => self.out.push(json!({ "type": "emoji", "name": id })),
                None => self.text(&format!(":{}:", emoji.name), style),
            },
            Inline::Mention(_) | Inline::Place(_) | Inline::Role(_) | Inline::Everyone(_) => self.call(inline, style),
        }
    }

    /// People, groups and channels: called only if that is allowed, else written.
    fn call(&mut self, inline: &Inline, style: Style) {
        match inline {
            Inline::Mention(mention) => match &mention.user {
                Id::Remote(id) if ids::is_user(id) => {
                    self.out.push(style.put_on(json!({ "type": "user", "user_id": id })));
                }
                _ => self.text(&sigil('@', &mention.name), style),
            },
            Inline::Place(place) => match (&place.room, &place.message) {
                (Id::Remote(id), None) if ids::is_channel(&id.as_str().into()) => {
                    self.out.push(style.put_on(json!({ "type": "channel", "channel_id": id })));
                }
                (Id::Remote(id), message) if !self.how.workspace.is_empty() => {
                    let url = ids::permalink(self.how.workspace, id, message.as_deref());
                    self.link(&Link { url, text: vec![Inline::text(sigil('#', &place.name))] }, style);
                }
                (Id::Matrix(id), message) => {
                    let url = link::matrix_to(id, message.as_deref(), &place.via);
                    self.link(&Link { url, text: vec![Inline::text(sigil('#', &place.name))] }, style);
                }
                _ => self.text(&sigil('#', &place.name), style),
            },
            Inline::Role(role) if self.how.may_ping_everyone && role.id.starts_with('S') => {
                self.out.push(style.put_on(json!({ "type": "usergroup", "usergroup_id": role.id })));
            }
            Inline::Role(role) => self.text(&sigil('@', &role.name), style),
            Inline::Everyone(range) if self.how.may_ping_everyone => {
                let word = fallback::everyone(*range, true);
                let element = json!({ "type": "broadcast", "range": word.trim_start_matches('@') });
                self.out.push(style.put_on(element));
            }
            Inline::Everyone(range) => self.text(&fallback::everyone(*range, false), style),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, style: Style) {
        if !text.is_empty() {
            self.out.push(style.put_on(plain(text)));
        }
    }

    fn link(&mut self, link: &Link, style: Style) {
        if !link::is_allowed(&link.url) || link.url.len() > 3000 {
            return self.all(&link.text, style);
        }
        let mut element = json!({ "type": "link", "url": link.url });
        let text = Doc::paragraph(link.text.clone()).plain();
        if !link.is_bare() && !text.is_empty() {
            element["text"] = text.into();
        }
        self.out.push(style.put_on(element));
    }
}

fn plain(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// A name with its sign, unless it already has it.
fn sigil(sign: char, name: &str) -> String {
    if name.starts_with(['@', '#', '!']) { name.to_owned() } else { format!("{sign}{name}") }
}

fn date(stamp: Stamp) -> Value {
    let format = match stamp.style {
        't' => "{time}",
        'T' => "{time_secs}",
        'd' => "{date_num}",
        'D' => "{date_long}",
        'R' => "{ago}",
        _ => "{date_pretty} {time}",
    };
    let fallback = Doc::paragraph(vec![Inline::Timestamp(stamp)]).plain();
    json!({ "type": "date", "timestamp": stamp.unix, "format": format, "fallback": fallback })
}

/// Neighbours in the same style become one.
fn merged(elements: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for element in elements {
        if let Some(last) = out.last_mut()
            && last["type"] == "text"
            && element["type"] == "text"
            && last["style"] == element["style"]
            && let (Some(before), Some(after)) = (last["text"].as_str(), element["text"].as_str())
        {
            last["text"] = format!("{before}{after}").into();
        } else {
            out.push(element);
        }
    }
    out
}
