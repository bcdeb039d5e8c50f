//! Markdown as chat services write it: every line break counts, HTML is text, and Slack's own links are understood.

use appservice_sdk::prelude::*;
use pulldown_cmark::{Event, Options, Parser, html};

use crate::{identity::is_web, post::Mentions};

/// GitHub's Markdown with the extensions of Mattermost and Discord.
#[must_use]
pub fn read(text: &str) -> Doc {
    let text = slack_forms(text);
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(&text, options).map(|event| match event {
        Event::SoftBreak => Event::HardBreak,
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::TaskListMarker(done) => Event::Text(if done { "☑ ".into() } else { "☐ ".into() }),
        other => other,
    });
    let mut written = String::new();
    html::push_html(&mut written, events);
    Doc::from_html(&written)
}

/// Whether a text calls the room in the manner of chat services, and whom it names by Matrix id.
#[must_use]
pub fn calls(text: &str) -> Mentions {
    let room = ["@channel", "@here", "@everyone", "@all", "@room", "<!here", "<!channel", "<!everyone", "<!all"];
    let mut mentions = Mentions { room: room.into_iter().any(|call| contains_word(text, call)), people: Vec::new() };
    for piece in
        text.split(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '(' | ')' | ',' | '|'))
    {
        let person = piece.trim_end_matches(['.', '!', '?', ';']);
        if is_person(person) && !mentions.people.iter().any(|known| known == person) && mentions.people.len() < 50 {
            mentions.people.push(person.to_owned());
        }
    }
    mentions
}

/// `@alice:example.org`
#[must_use]
pub fn is_person(text: &str) -> bool {
    let local = |letter: char| letter.is_ascii_alphanumeric() || "._=-/+".contains(letter);
    let server = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
    let parts = text.strip_prefix('@').and_then(|rest| rest.split_once(':'));
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && name.chars().all(local) && !host.is_empty() && host.chars().all(server) && text.len() <= 255
    })
}

fn contains_word(text: &str, call: &str) -> bool {
    text.match_indices(call).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + call.len()..).and_then(|after| after.chars().next());
        let part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        !part(before) && !part(after) && after != Some(':')
    })
}

/// `<https://x|label>` → a Markdown link, `<!here>` → `@here`. Nobody is called by either.
fn slack_forms(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let near = &rest[..rest.floor_char_boundary(4000)];
        let inner = near.find('>').map(|end| &rest[1..end]).filter(|inner| !inner.contains(['<', '\n']));
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("- [x] done\n- [ ] open", "<ul><li>☑ done</li><li>☐ open</li></ul>"),
        ] {
            assert_eq!(read(text).to_html().replace("<br />", "<br>"), html, "{text}");
        }
        let table = read("| a | b |\n|---|---|\n| 1 | 2 |");
        assert!(matches!(table.blocks.as_slice(), [Block::Table { .. }]), "{table:?}");
    }

    #[test]
    fn calls_are_seen_but_not_made() {
        for (text, room, people) in [
            ("hey @channel!", true, 0),
            ("<!here> come", true, 0),
            ("mail me@here.org", false, 0),
            ("@everyone_else", false, 0),
            ("ask @alice:example.org, please", false, 1),
            ("<@alice:example.org> <@alice:example.org>", false, 1),
            ("@room:server is a person", false, 1),
            ("nothing", false, 0),
        ] {
            let calls = calls(text);
            assert_eq!((calls.room, calls.people.len()), (room, people), "{text}");
        }
    }
}
