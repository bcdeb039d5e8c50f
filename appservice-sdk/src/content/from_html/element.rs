//! What each tag means to us: the specification's list of tags, and their everyday relatives.

use html5ever::tokenizer::Tag;

use super::super::{
    doc::{CustomEmoji, Inline},
    link,
};

/// A tag's meaning. Attributes count at the start tag only.
pub(super) enum Element {
    Style(Style),
    Paragraph,
    /// A line of its own: `div` and whatever else is a block without meaning here.
    Line,
    Heading(u8),
    Quote,
    List(Option<u64>),
    Item,
    Preformatted,
    Code {
        language: Option<String>,
    },
    Rule,
    Break,
    Table,
    TableHead,
    Row,
    Cell,
    Caption,
    Details,
    Summary,
    Picture(Option<Inline>),
    /// A formula, whose content is only what clients without formulas show.
    Formula {
        latex: String,
        block: bool,
    },
    /// Content that nobody is meant to read. `raw` content contains no tags.
    Hidden {
        raw: bool,
    },
    Unknown,
}

/// What is put on running text. `Plain` changes nothing, but its end tag must find it.
#[derive(Clone, PartialEq)]
pub(super) enum Style {
    Plain,
    Bold,
    Italic,
    Strike,
    Underline,
    Small,
    Spoiler(Option<String>),
    Link(String),
}

impl Element {
    pub(super) fn of(tag: &Tag) -> Self {
        match &*tag.name {
            "b" | "strong" => Self::Style(Style::Bold),
            "i" | "em" | "cite" | "dfn" | "var" => Self::Style(Style::Italic),
            "del" | "s" | "strike" => Self::Style(Style::Strike),
            "u" | "ins" => Self::Style(Style::Underline),
            "sub" | "small" => Self::Style(Style::Small),
            "span" => span(tag),
            "a" => Self::Style(anchor(tag)),
            "font" => Self::Style(Style::Plain),
            "p" => Self::Paragraph,
            "div" => match attribute(tag, "data-mx-maths") {
                Some(latex) => Self::Formula { latex, block: true },
                None => Self::Line,
            },
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" => Self::Heading(3),
            "h4" => Self::Heading(4),
            "h5" => Self::Heading(5),
            "h6" => Self::Heading(6),
            "blockquote" => Self::Quote,
            "ul" | "menu" | "dir" => Self::List(None),
            "ol" => Self::List(Some(start(tag))),
            "li" => Self::Item,
            "pre" | "listing" => Self::Preformatted,
            "code" | "tt" | "kbd" | "samp" => Self::Code { language: language(tag) },
            "hr" => Self::Rule,
            "br" => Self::Break,
            "table" => Self::Table,
            "thead" => Self::TableHead,
            "tr" => Self::Row,
            "td" | "th" => Self::Cell,
            "caption" => Self::Caption,
            "details" => Self::Details,
            "summary" => Self::Summary,
            "img" => Self::Picture(picture(tag)),
            "mx-reply" => Self::Hidden { raw: false },
            "script" | "style" | "iframe" | "noembed" | "noframes" => Self::Hidden { raw: true },
            "address" | "article" | "aside" | "center" | "dd" | "dl" | "dt" | "fieldset" | "figcaption" | "figure"
            | "footer" | "form" | "header" | "hgroup" | "main" | "nav" | "section" => Self::Line,
            _ => Self::Unknown,
        }
    }
}

fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| attribute.value.to_string())
}

fn span(tag: &Tag) -> Element {
    if let Some(latex) = attribute(tag, "data-mx-maths") {
        return Element::Formula { latex, block: false };
    }
    Element::Style(match attribute(tag, "data-mx-spoiler") {
        Some(reason) => Style::Spoiler(Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty())),
        None => Style::Plain,
    })
}

fn anchor(tag: &Tag) -> Style {
    let url = attribute(tag, "href").map(|url| url.trim().to_owned()).unwrap_or_default();
    if url.starts_with("matrix:") || link::is_allowed(&url) { Style::Link(url) } else { Style::Plain }
}

fn start(tag: &Tag) -> u64 {
    attribute(tag, "start").and_then(|start| start.trim().parse().ok()).unwrap_or(1)
}

fn language(tag: &Tag) -> Option<String> {
    let class = attribute(tag, "class")?;
    let language = class.split_ascii_whitespace().find_map(|class| class.strip_prefix("language-"))?;
    Some(language.to_owned()).filter(|language| !language.is_empty())
}

/// A custom emoji («Image packs»: `data-mx-emoticon`), or what a picture says of itself.
fn picture(tag: &Tag) -> Option<Inline> {
    let said = attribute(tag, "alt").or_else(|| attribute(tag, "title")).unwrap_or_default();
    let source = attribute(tag, "src").filter(|source| source.starts_with("mxc://"));
    match source {
        Some(mxc) if attribute(tag, "data-mx-emoticon").is_some() => Some(Inline::Emoji(CustomEmoji {
            id: None,
            name: said.trim().trim_matches(':').to_owned(),
            mxc: Some(mxc),
            animated: false,
        })),
        _ => Some(said).filter(|said| !said.is_empty()).map(Inline::text),
    }
}
