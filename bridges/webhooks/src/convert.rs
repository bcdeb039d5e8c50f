//! Markdown and cards to rich text.

use appservice_sdk::prelude::*;
use pulldown_cmark::{Event, Options, Parser, html};

use crate::{
    identity::is_web,
    post::{Card, Post, Titled},
};

/// The longest text of one Matrix event, in bytes of its plain form: the whole event may have 65,536 bytes, and the
/// text stands in it twice, once with its markup.
const LONGEST: usize = 16_000;

/// The parts of a message, each one Matrix event: the text with the cards below it, cut where it is too long, and the
/// pictures.
#[must_use]
pub fn parts(post: &Post) -> Vec<Part> {
    let mut doc = markdown(&post.text);
    for card in &post.cards {
        doc.append(card_text(card));
    }
    let mut parts: Vec<Part> = match doc.is_empty() {
        true => Vec::new(),
        false => {
            appservice_sdk::content::split(doc, LONGEST, |doc| doc.plain().len()).into_iter().map(Part::Text).collect()
        }
    };
    let images = post.cards.iter().flat_map(|card| &card.images).filter(|url| is_web(url));
    parts.extend(images.map(|url| {
        let name = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next());
        let file = MediaRef { name: name.filter(|name| !name.is_empty()).map(str::to_owned), ..MediaRef::web(url) };
        Part::Media { kind: MediaKind::Image, file, caption: None }
    }));
    parts
}

/// Markdown as chat services write it: every line break counts, HTML is text, and Slack's own forms are understood.
#[must_use]
pub fn markdown(text: &str) -> Doc {
    let text = slack_forms(text);
    let events =
        Parser::new_ext(&text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES).map(|event| match event {
            Event::SoftBreak => Event::HardBreak,
            Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
            other => other,
        });
    let mut written = String::new();
    html::push_html(&mut written, events);
    Doc::from_html(&written)
}

/// `<https://x|label>` → a Markdown link, `<!here>` → `@here`. Nobody is called by either.
fn slack_forms(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let inner = rest.find('>').map(|end| &rest[1..end]).filter(|inner| !inner.contains(['<', '\n']));
        match inner.and_then(|inner| Some((inner, slack_form(inner)?))) {
            Some((inner, form)) => {
                out.push_str(&form);
                rest = &rest[inner.len() + 2..];
            }
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn slack_form(inner: &str) -> Option<String> {
    if let Some(call) = inner.strip_prefix('!') {
        let (name, label) = call.split_once('|').unwrap_or((call, ""));
        return match name {
            "here" | "channel" | "everyone" | "all" => Some(format!("@{name}")),
            _ if !label.is_empty() => Some(label.to_owned()),
            _ => None,
        };
    }
    let (url, label) = inner.split_once('|')?;
    let known = is_web(url) || url.starts_with("mailto:");
    known.then(|| format!("[{}]({url})", label.replace(['[', ']'], "")))
}

/// A card as a quote: author, title, text, fields, footer.
fn card_text(card: &Card) -> Doc {
    let mut inside: Vec<Block> = Vec::new();
    let lines = [&card.author, &card.title].into_iter().flatten();
    inside.extend(lines.map(|line| Block::Paragraph(vec![Inline::bold(titled(line))])));
    inside.extend(card.text.iter().flat_map(|text| markdown(text).blocks));
    for field in &card.fields {
        let mut value = markdown(&field.value).blocks;
        let name = Inline::bold(vec![Inline::text(&*field.name)]);
        // A short value stands on the line of its name.
        match value.first_mut() {
            Some(Block::Paragraph(line)) if !field.name.is_empty() => {
                line.splice(0..0, [name, Inline::text(": ")]);
            }
            _ => value.insert(0, Block::Paragraph(vec![name])),
        }
        inside.extend(value);
    }
    inside.extend(card.footer.iter().map(|text| Block::Paragraph(vec![Inline::Small(Inline::lines(text))])));
    let mut doc = card.pretext.as_deref().map(markdown).unwrap_or_default();
    if !inside.is_empty() {
        doc = doc.with(Block::Quote(inside));
    }
    doc
}

fn titled(line: &Titled) -> Vec<Inline> {
    let text = Inline::lines(&line.text);
    match line.url.as_deref().filter(|url| is_web(url)) {
        Some(url) => vec![Inline::link(url, text)],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::Field;

    #[test]
    fn markdown_is_read_as_chat_services_write_it() {
        for (text, html) in [
            ("plain", "plain"),
            ("**bold** and _slanted_", "<strong>bold</strong> and <em>slanted</em>"),
            ("one\ntwo", "one<br>two"),
            ("~~gone~~ `code`", "<del>gone</del> <code>code</code>"),
            ("[here](https://x.org)", r#"<a href="https://x.org">here</a>"#),
            ("<https://x.org|here>", r#"<a href="https://x.org">here</a>"#),
            ("<!here> come", "@here come"),
            ("<!subteam^S1|team> come", "team come"),
            ("<b>text</b> & 1 < 2", "&lt;b&gt;text&lt;/b&gt; &amp; 1 &lt; 2"),
            ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ] {
            assert_eq!(markdown(text).to_html().replace("<br />", "<br>"), html, "{text}");
        }
    }

    #[test]
    fn a_card_is_a_quote_and_its_pictures_are_files() {
        let card = Card {
            author: Some(Titled { text: "CI".into(), url: None }),
            title: Some(Titled { text: "Build 7".into(), url: Some("https://ci/7".into()) }),
            text: Some("It **failed**".into()),
            fields: vec![Field { name: "Branch".into(), value: "main".into() }],
            footer: Some("5 min".into()),
            images: vec!["https://ci/7/graph.png?x".into(), "file:///etc/passwd".into()],
            pretext: Some("Look:".into()),
        };
        let parts = parts(&Post { text: "Hello".into(), cards: vec![card], ..Post::default() });
        assert_eq!(parts.len(), 2);
        let plain = parts[0].doc().unwrap().plain();
        for line in ["Hello", "Look:", "CI", "Build 7", "It failed", "Branch: main", "5 min"] {
            assert!(plain.contains(line), "{plain} without {line}");
        }
        let Part::Media { file, .. } = &parts[1] else { panic!("no picture") };
        assert_eq!(file.name.as_deref(), Some("graph.png"));
    }

    #[test]
    fn a_text_too_long_for_one_event_is_cut() {
        let text = "word ".repeat(10_000);
        let parts = parts(&Post { text, ..Post::default() });
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| part.doc().unwrap().plain().len() <= LONGEST));
    }
}
