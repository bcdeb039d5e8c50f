//! Cards: the embeds and attachments of chat services, as a quote.

use appservice_sdk::prelude::*;

use crate::{
    convert::links,
    identity::is_web,
    post::{Card, Field, Titled},
};

/// The square nearest to each colour: Matrix has no coloured edge.
const SQUARES: [(u32, &str); 9] = [
    (0xe0_2020, "🟥"),
    (0xff_9020, "🟧"),
    (0xff_d830, "🟨"),
    (0x2e_b067, "🟩"),
    (0x30_80e0, "🟦"),
    (0x9b_50c0, "🟪"),
    (0x80_5030, "🟫"),
    (0x20_2020, "⬛"),
    (0xf0_f0f0, "⬜"),
];

/// A card as text: author, title, text, fields, buttons, footer.
#[must_use]
pub fn doc(card: &Card) -> Doc {
    let mut inside: Vec<Block> = Vec::new();
    let lines = [&card.author, &card.title].into_iter().flatten();
    inside.extend(lines.map(|line| Block::Paragraph(vec![Inline::bold(titled(line))])));
    inside.extend(card.text.blocks.iter().cloned());
    inside.extend(fields(&card.fields));
    if !card.links.is_empty() {
        inside.push(Block::Paragraph(links(&card.links)));
    }
    inside.extend(card.footer.iter().map(|text| Block::Paragraph(vec![Inline::Small(Inline::lines(text))])));
    if let Some(square) = card.colour.map(square) {
        match inside.first_mut() {
            Some(Block::Paragraph(line)) => {
                line.splice(0..0, [Inline::text(format!("{square} "))]);
            }
            Some(_) => inside.insert(0, Block::Paragraph(vec![Inline::text(square)])),
            None => {}
        }
    }
    let mut doc = card.pretext.clone();
    if !inside.is_empty() {
        doc = doc.with(Block::Quote(inside));
    }
    doc
}

/// A name, as a link if it leads to the web.
#[must_use]
pub fn titled(line: &Titled) -> Vec<Inline> {
    let text = Inline::lines(&line.text);
    match line.url.as_deref().filter(|url| is_web(url) || url.starts_with("mailto:")) {
        Some(url) if text.is_empty() => vec![Inline::url(url)],
        Some(url) => vec![Inline::link(url, text)],
        None => text,
    }
}

/// Names and values. Short ones that follow each other stand two by two.
fn fields(fields: &[Field]) -> Vec<Block> {
    let mut out = Vec::new();
    for run in fields.chunk_by(|one, next| beside(one) && beside(next)) {
        if run.len() > 1 {
            let rows = run.chunks(2).map(|pair| pair.iter().map(|field| line(field, field_line(field))).collect());
            out.push(Block::Table { head: Vec::new(), rows: rows.collect() });
        } else {
            out.extend(run.iter().flat_map(field_blocks));
        }
    }
    out
}

fn beside(field: &Field) -> bool {
    field.short && matches!(field.value.blocks.as_slice(), [] | [Block::Paragraph(_)])
}

fn field_line(field: &Field) -> Vec<Inline> {
    match field.value.blocks.first() {
        Some(Block::Paragraph(line)) => line.clone(),
        _ => Vec::new(),
    }
}

fn line(field: &Field, value: Vec<Inline>) -> Vec<Inline> {
    if field.name.trim().is_empty() || field.name == "\u{200b}" {
        return value;
    }
    let mut line = vec![Inline::bold(vec![Inline::text(field.name.trim_end_matches(':'))]), Inline::text(": ")];
    line.extend(value);
    line
}

/// A short value stands on the line of its name.
fn field_blocks(field: &Field) -> Vec<Block> {
    let mut value = field.value.blocks.clone();
    match value.first_mut() {
        Some(Block::Paragraph(first)) => *first = line(field, std::mem::take(first)),
        _ if field.name.trim().is_empty() => {}
        _ => value.insert(0, Block::Paragraph(vec![Inline::bold(vec![Inline::text(&*field.name)])])),
    }
    value
}

/// The square nearest to a colour.
#[must_use]
pub fn square(colour: u32) -> &'static str {
    let channels = |colour: u32| [colour >> 16 & 0xff, colour >> 8 & 0xff, colour & 0xff];
    let distance = |other: u32| -> u32 {
        let pairs = channels(colour).into_iter().zip(channels(other));
        pairs.map(|(one, other)| one.abs_diff(other).pow(2)).sum()
    };
    SQUARES.iter().min_by_key(|(known, _)| distance(*known)).map_or("⬜", |(_, square)| square)
}

/// `good`, `#ff0000`, `ff0000`, `16711680`.
#[must_use]
pub fn colour(text: &str) -> Option<u32> {
    let text = text.trim();
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6);
    match text.to_ascii_lowercase().as_str() {
        "good" => Some(0x2e_b067),
        "warning" => Some(0xff_9020),
        "danger" => Some(0xe0_2020),
        _ => match text.strip_prefix('#') {
            Some(short) if short.len() == 3 && short.is_ascii() => {
                hex(&short.chars().flat_map(|digit| [digit, digit]).collect::<String>())
            }
            Some(digits) => hex(digits),
            None => hex(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_the_nearest_square() {
        for (given, shown) in [
            ("good", Some("🟩")),
            ("#ff0000", Some("🟥")),
            ("danger", Some("🟥")),
            ("36a64f", Some("🟩")),
            ("#439FE0", Some("🟦")),
            ("#fff", Some("⬜")),
            ("purple", None),
            ("#ä1", None),
        ] {
            assert_eq!(colour(given).map(square), shown, "{given}");
        }
    }

    #[test]
    fn short_fields_stand_two_by_two() {
        let field = |name: &str, short| Field { name: name.into(), value: Doc::text("v"), short };
        let card = Card { fields: vec![field("a", true), field("b", true), field("c", false)], ..Card::default() };
        assert_eq!(doc(&card).plain(), "> a: v\tb: v\n> c: v");
    }

    #[test]
    fn everything_on_a_card_is_shown() {
        let card = Card {
            author: Some(Titled::plain("CI")),
            title: Some(Titled::link("Build 7", "https://ci/7")),
            text: Doc::text("It failed"),
            fields: vec![Field { name: "Branch".into(), value: Doc::text("main"), short: true }],
            footer: Some("5 min".into()),
            colour: Some(0xff_0000),
            pretext: Doc::text("Look:"),
            links: vec![Titled::link("Open", "https://ci/7"), Titled::link("Log", "https://ci/7/log")],
            images: Vec::new(),
        };
        let plain = doc(&card).plain();
        for line in ["Look:", "🟥 CI", "Build 7 (https://ci/7)", "It failed", "Branch: main", "Open", "Log", "5 min"]
        {
            assert!(plain.contains(line), "{plain} without {line}");
        }
    }
}
