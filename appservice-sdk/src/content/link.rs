//! Web addresses in running text, and the addresses that mean somebody or some room on Matrix.
//!
//! Specification: client-server «m.room.message msgtypes» (schemes), appendices «URIs» (`matrix:` and matrix.to).

use ruma::{MatrixToUri, MatrixUri, matrix_uri::MatrixId};

use super::doc::{Id, Inline, Link, Mention, Place};

/// What a link in Matrix HTML may point at.
const SCHEMES: [&str; 5] = ["https", "http", "ftp", "mailto", "magnet"];

/// Whether Matrix clients accept the address as a link.
#[must_use]
pub fn is_allowed(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| SCHEMES.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed)))
}

/// The length in bytes of the web address that `text` begins with. It ends before white space, `<`, `>` and wherever
/// `stop` says so (given the rest from there); punctuation that belongs to the sentence is left outside.
#[must_use]
pub fn url_length(text: &str, mut stop: impl FnMut(&str) -> bool) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))?.len();
    let ends = |(at, c): (usize, char)| {
        let rest = text.get(scheme + at..).unwrap_or_default();
        (c.is_whitespace() || matches!(c, '<' | '>') || c.is_control() || stop(rest)).then_some(scheme + at)
    };
    let end = text.get(scheme..)?.char_indices().find_map(ends).unwrap_or(text.len());
    let url = trim(text.get(..end)?);
    (url.len() > scheme).then_some(url.len())
}

/// Without the full stop, comma, quotation mark or closing bracket that follow an address in a sentence.
fn trim(mut url: &str) -> &str {
    let count = |c| url.matches(c).count();
    let mut surplus = [count(')').saturating_sub(count('(')), count(']').saturating_sub(count('['))];
    loop {
        let bracket = match url.chars().next_back() {
            Some('.' | ',' | ':' | ';' | '!' | '?' | '"' | '\'') => None,
            Some(')') if surplus[0] > 0 => Some(0),
            Some(']') if surplus[1] > 0 => Some(1),
            _ => return url,
        };
        if let Some(kind) = bracket {
            surplus[kind] -= 1;
        }
        url = &url[..url.len() - 1];
    }
}

/// One line of literal text, with its web addresses as links (or as mentions, where they lead to Matrix).
#[must_use]
pub fn linked(text: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = text[from..].find("http") {
        let at = from + found;
        let joined = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        match url_length(&text[at..], |_| false).filter(|_| !joined) {
            None => from = at + "http".len(),
            Some(length) => {
                if done < at {
                    inlines.push(Inline::text(&text[done..at]));
                }
                from = at + length;
                done = from;
                let url = &text[at..from];
                inlines.push(matrix_reference(url, "").unwrap_or_else(|| Inline::url(url)));
            }
        }
    }
    if done < text.len() {
        inlines.push(Inline::text(&text[done..]));
    }
    inlines
}

/// The person or room that a `matrix:` or matrix.to address means, called `name` (or by its id).
#[must_use]
pub fn matrix_reference(url: &str, name: &str) -> Option<Inline> {
    let (id, via) = if url.starts_with("matrix:") {
        let uri = MatrixUri::parse(url).ok()?;
        (uri.id().clone(), uri.via().to_vec())
    } else {
        let uri = MatrixToUri::parse(url).ok()?;
        (uri.id().clone(), uri.via().to_vec())
    };
    let via = via.into_iter().map(|server| server.to_string()).collect();
    Some(match id {
        MatrixId::User(user) => mention(user.to_string(), name),
        MatrixId::Room(room) => place(room.to_string(), None, via, name),
        MatrixId::RoomAlias(alias) => place(alias.to_string(), None, via, name),
        MatrixId::Event(room, event) => place(room.to_string(), Some(event.to_string()), via, name),
        _ => return None,
    })
}

fn mention(user: String, name: &str) -> Inline {
    let name = if name.is_empty() || name == user { &user } else { name.strip_prefix('@').unwrap_or(name) };
    Inline::Mention(Mention { name: name.to_owned(), user: Id::Matrix(user) })
}

fn place(room: String, message: Option<String>, via: Vec<String>, name: &str) -> Inline {
    let name = match name {
        "" => &room,
        _ if name.contains(':') => name,
        _ => name.strip_prefix('#').unwrap_or(name),
    };
    Inline::Place(Place { name: name.to_owned(), room: Id::Matrix(room), message, via })
}

/// The matrix.to address of a user, a room or an event in it.
#[must_use]
pub fn matrix_to(id: &str, event: Option<&str>, via: &[String]) -> String {
    let mut url = format!("https://matrix.to/#/{}", encoded(id));
    if let Some(event) = event {
        url.push('/');
        url.push_str(&encoded(event));
    }
    for (at, server) in via.iter().enumerate() {
        url.push_str(if at == 0 { "?via=" } else { "&via=" });
        url.push_str(&encoded(server));
    }
    url
}

fn encoded(part: &str) -> String {
    percent_encoding::utf8_percent_encode(part, ENCODED).to_string()
}

/// Everything but what matrix.to's own examples leave as it is.
const ENCODED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b'@');

impl From<Link> for Inline {
    fn from(link: Link) -> Self {
        Self::Link(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        let cases = [
            ("see https://a.example/x.", "https://a.example/x"),
            ("(https://a.example/x_(y))", "https://a.example/x_(y)"),
            ("(https://a.example/x)", "https://a.example/x"),
            ("[https://a.example]!?", "https://a.example"),
            ("https://a.example/a_b_c*d*", "https://a.example/a_b_c*d*"),
            ("<https://a.example/>", "https://a.example/"),
            ("http://[::1]:80/", "http://[::1]:80/"),
            ("https://a.example/ä?q=1&r=2#f b", "https://a.example/ä?q=1&r=2#f"),
        ];
        for (text, url) in cases {
            assert!(linked(text).contains(&Inline::url(url)), "{text}: {:?}", linked(text));
        }
        for text in ["https://", "xhttps://a", "http:/a", "https:// a", "httphttp"] {
            assert_eq!(linked(text), [Inline::text(text)]);
        }
    }

    #[test]
    fn addresses_of_matrix_are_mentions() {
        let alice = Inline::mention(Id::Matrix("@alice:a.example".into()), "Alice");
        for url in [
            "https://matrix.to/#/@alice:a.example",
            "https://matrix.to/#/%40alice%3Aa.example",
            "matrix:u/alice:a.example",
        ] {
            assert_eq!(matrix_reference(url, "Alice"), Some(alice.clone()), "{url}");
            assert_eq!(matrix_reference(url, "@Alice"), Some(alice.clone()), "{url}");
        }
        let place = |room: &str, message: Option<&str>, via: &[&str]| {
            Some(Inline::Place(Place {
                room: Id::Matrix(room.into()),
                message: message.map(str::to_owned),
                via: via.iter().map(|&server| server.to_owned()).collect(),
                name: "here".into(),
            }))
        };
        let at = |url| matrix_reference(url, "here");
        assert_eq!(at("https://matrix.to/#/#x:a.example"), place("#x:a.example", None, &[]));
        assert_eq!(
            at("https://matrix.to/#/!r:a.example/$e?via=b.example"),
            place("!r:a.example", Some("$e"), &["b.example"])
        );
        assert_eq!(at("https://a.example/"), None);
        assert_eq!(at("matrix:nonsense"), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (room, event, via) in
            [("!r/ä?:a.example", Some("$e/+"), vec!["b.example:80".to_owned()]), ("#a b:c.example", None, vec![])]
        {
            let Some(Inline::Place(place)) = matrix_reference(&matrix_to(room, event, &via), "") else {
                panic!("{room}")
            };
            assert_eq!((place.room, place.message.as_deref(), place.via), (Id::Matrix(room.into()), event, via));
        }
    }
}
