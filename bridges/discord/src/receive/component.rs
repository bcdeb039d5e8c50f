//! Buttons, menus and layouts of programs, as text: they can be read in Matrix, but not pressed.
//!
//! <https://discord.com/developers/docs/components/reference>

use appservice_sdk::prelude::*;
use serde_json::Value;

use super::View;
use super::embed::picture_at;
use super::parts::read;

/// How deep layouts are followed. Discord nests them three deep.
const DEEPEST: u8 = 6;

/// What a layout says, and the pictures in it.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) text: Doc,
    pub(super) files: Vec<Part>,
}

/// Reads the components of a message.
pub(super) fn shown(components: &[Value], view: &View<'_>) -> Shown {
    let mut shown = Shown::default();
    components.iter().for_each(|component| shown.add(component, view, DEEPEST));
    shown
}

impl Shown {
    fn add(&mut self, component: &Value, view: &View<'_>, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let inside = || component["components"].as_array().into_iter().flatten();
        match component["type"].as_u64() {
            // A row of buttons, or a menu.
            Some(1) => self.row(inside()),
            // A section: texts with a picture or a button beside them.
            Some(9) => {
                inside().for_each(|part| self.add(part, view, depth));
                match component["accessory"]["type"].as_u64() {
                    Some(2) => self.row(std::iter::once(&component["accessory"])),
                    _ => self.add(&component["accessory"], view, depth),
                }
            }
            Some(10) => self.text.append(read(component["content"].as_str().unwrap_or_default(), view)),
            Some(11) => self.picture(component),
            Some(12) => {
                let items = component["items"].as_array().into_iter().flatten();
                items.for_each(|item| self.picture(item));
            }
            Some(13) => self.file(component),
            Some(14) if component["divider"] != false => self.text.blocks.push(Block::Rule),
            // A container: a card with a layout of its own.
            Some(17) => {
                let mut card = Self::default();
                inside().for_each(|part| card.add(part, view, depth));
                self.files.append(&mut card.files);
                if !card.text.is_empty() {
                    self.text.blocks.push(Block::Quote(hidden(card.text.blocks, component)));
                }
            }
            _ => {}
        }
    }

    /// Buttons that lead somewhere are links; of the others only the words can be shown.
    fn row<'a>(&mut self, parts: impl Iterator<Item = &'a Value>) {
        let mut line = Vec::new();
        for part in parts {
            let label = label(part);
            if label.is_empty() {
                continue;
            }
            if !line.is_empty() {
                line.push(Inline::text(" · "));
            }
            line.push(match part["url"].as_str() {
                Some(url) => Inline::link(url, vec![Inline::text(label)]),
                None => Inline::text(format!("[{label}]")),
            });
        }
        if !line.is_empty() {
            self.text.blocks.push(Block::Paragraph(vec![Inline::Small(line)]));
        }
    }

    fn picture(&mut self, item: &Value) {
        let media = &item["media"];
        let Some(mut file) = picture_at(media["proxy_url"].as_str(), media["url"].as_str()) else { return };
        let mime = media["content_type"].as_str();
        file.mime = mime.map(str::to_owned);
        file.alt = item["description"].as_str().map(str::to_owned);
        file.spoiler = item["spoiler"] == true;
        let side = |key: &str| media[key].as_u64().and_then(|side| u32::try_from(side).ok());
        (file.width, file.height) = (side("width"), side("height"));
        let kind =
            if mime.is_some_and(|mime| mime.starts_with("video/")) { MediaKind::Video } else { MediaKind::Image };
        self.files.push(Part::Media { kind, file, caption: None });
    }

    fn file(&mut self, component: &Value) {
        let media = &component["file"];
        let Some(mut file) = picture_at(media["proxy_url"].as_str(), media["url"].as_str()) else { return };
        file.name = component["name"].as_str().map(str::to_owned).or(file.name);
        file.size = component["size"].as_u64();
        file.spoiler = component["spoiler"] == true;
        self.files.push(Part::Media { kind: MediaKind::File, file, caption: None });
    }
}

/// A container that is a spoiler hides its text.
fn hidden(blocks: Vec<Block>, component: &Value) -> Vec<Block> {
    if component["spoiler"] != true {
        return blocks;
    }
    let hide = |block: Block| match block {
        Block::Paragraph(text) => Block::Paragraph(vec![Inline::spoiler(text)]),
        Block::Heading { level, text } => Block::Heading { level, text: vec![Inline::spoiler(text)] },
        other => Block::Details { summary: vec![Inline::text("Spoiler")], body: vec![other] },
    };
    blocks.into_iter().map(hide).collect()
}

/// What a button or menu says.
fn label(part: &Value) -> String {
    let words = part["label"].as_str().or_else(|| part["placeholder"].as_str()).unwrap_or_default().trim();
    let emoji = match part["emoji"]["id"].as_str() {
        Some(_) => format!(":{}:", part["emoji"]["name"].as_str().unwrap_or("emoji")),
        None => part["emoji"]["name"].as_str().unwrap_or_default().to_owned(),
    };
    [emoji.as_str(), words].iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ")
}
