//! Legacy attachments: what programs wrote before blocks, what Slack adds for links, and messages that were shared.
//!
//! <https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments>

use appservice_sdk::content::{Block, Doc, Inline};
use serde_json::Value;

use super::block::{self, Picture};
use super::rich::array;
use super::{Names, mrkdwn};

/// Whether Slack made it of an address in the text, after the message was written.
pub(crate) fn is_unfurl(attachment: &Value) -> bool {
    let told = |key: &str| attachment[key].as_str().is_some_and(|text| !text.is_empty());
    told("from_url") || told("original_url") || attachment["is_msg_unfurl"].as_bool().unwrap_or(false)
}

/// What an attachment says, set off like a quote, and its picture.
pub(crate) fn read(attachment: &Value, names: &dyn Names) -> (Doc, Vec<Picture>) {
    let mut doc = marked(attachment, "pretext", names);
    let (mut body, mut pictures) = block::read(array(&attachment["blocks"]), names);
    for shared in array(&attachment["message_blocks"]) {
        let (said, more) = block::read(array(&shared["message"]["blocks"]), names);
        body.append(said);
        pictures.extend(more);
    }
    let mut inner = head(attachment, names);
    if body.is_empty() {
        inner.append(marked(attachment, "text", names));
    } else {
        inner.append(body);
    }
    inner.append(fields(attachment, names));
    if let Some(footer) = text(attachment, "footer") {
        inner.append(Doc::paragraph(vec![Inline::Small(mrkdwn::line(footer, names))]));
    }
    if inner.is_empty() && pictures.is_empty() && doc.is_empty() {
        inner = text(attachment, "fallback").map(|fallback| mrkdwn::read(fallback, names)).unwrap_or_default();
    }
    if !inner.is_empty() {
        doc = doc.with(Block::Quote(inner.blocks));
    }
    pictures.extend(picture(attachment));
    (doc.tidy(), pictures)
}

/// Who and what: the author's line and the title.
fn head(attachment: &Value, names: &dyn Names) -> Doc {
    let mut doc = Doc::default();
    if let Some(author) = text(attachment, "author_name").or_else(|| text(attachment, "service_name")) {
        let author = Inline::lines(author);
        let link = text(attachment, "author_link").or_else(|| text(attachment, "author_url"));
        doc.append(Doc::paragraph(vec![link.map_or(Inline::Bold(author.clone()), |url| Inline::link(url, author))]));
    }
    if let Some(title) = text(attachment, "title") {
        let title = mrkdwn::line(title, names);
        let link = text(attachment, "title_link").map(|url| Inline::link(url, title.clone()));
        doc.append(Doc::paragraph(vec![Inline::Bold(link.map_or(title, |link| vec![link]))]));
    }
    doc
}

fn fields(attachment: &Value, names: &dyn Names) -> Doc {
    let mut doc = Doc::default();
    for field in array(&attachment["fields"]) {
        let mut line = Vec::new();
        if let Some(title) = text(field, "title") {
            line.push(Inline::Bold(Inline::lines(title)));
            line.push(Inline::Break);
        }
        line.extend(mrkdwn::line(text(field, "value").unwrap_or_default(), names));
        doc.append(Doc::paragraph(line));
    }
    doc
}

fn picture(attachment: &Value) -> Option<Picture> {
    let url = text(attachment, "image_url").or_else(|| text(attachment, "thumb_url"))?;
    Some(Picture { url: url.to_owned(), alt: text(attachment, "title").map(str::to_owned) })
}

fn marked(attachment: &Value, key: &str, names: &dyn Names) -> Doc {
    text(attachment, key).map(|text| mrkdwn::read(text, names)).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str().filter(|text| !text.trim().is_empty())
}
