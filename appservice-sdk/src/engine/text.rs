//! Between the contents of Matrix messages and the rich-text tree.

use serde_json::{Value, json};

use crate::content::Doc;

/// Longest excerpt of a message, in characters.
const EXCERPT: usize = 120;

/// The text of a message content.
pub(crate) fn read(content: &Value) -> Doc {
    let text = |key: &str| content.get(key).and_then(Value::as_str);
    let is_html = text("format") == Some("org.matrix.custom.html");
    let formatted = if is_html { text("formatted_body") } else { None };
    let is_reply = content.pointer("/m.relates_to/m.in_reply_to").is_some();
    let body = text("body").unwrap_or_default();
    let body = if is_reply && formatted.is_none() { without_fallback(body) } else { body };
    Doc::from_matrix(body, formatted, calls_room(content))
}

/// Whether it calls the whole room.
pub(crate) fn calls_room(content: &Value) -> bool {
    content.pointer("/m.mentions/room").and_then(Value::as_bool).unwrap_or(false)
}

/// The body without the quotation that older clients put before a reply.
fn without_fallback(body: &str) -> &str {
    if !body.starts_with("> <") && !body.starts_with("> * <") {
        return body;
    }
    let mut rest = body;
    while let Some(line) = rest.strip_prefix("> ") {
        rest = line.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.trim_start_matches('\n')
}

/// A message content with this text.
pub(crate) fn write(msgtype: &str, doc: &Doc) -> Value {
    let text = doc.to_matrix();
    let mut content = json!({ "msgtype": msgtype, "body": text.body, "m.mentions": {} });
    if let Some(html) = text.formatted_body {
        content["format"] = json!("org.matrix.custom.html");
        content["formatted_body"] = json!(html);
    }
    if !text.mentions.is_empty() {
        content["m.mentions"]["user_ids"] = json!(text.mentions);
    }
    if text.calls_room {
        content["m.mentions"]["room"] = json!(true);
    }
    content
}

/// How a text begins, in one line.
pub(crate) fn excerpt(doc: &Doc) -> String {
    let plain = doc.plain();
    let mut line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(EXCERPT - 1) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotation_of_old_clients_is_left_out() {
        let cases = [
            ("> <@a:s> hi\n> there\n\nyes", "yes"),
            ("> * <@a:s> waves\n\nyes\n> no", "yes\n> no"),
            ("> quoted by hand", "> quoted by hand"),
            ("yes", "yes"),
        ];
        for (body, rest) in cases {
            assert_eq!(without_fallback(body), rest);
        }
    }

    #[test]
    fn excerpts_are_one_short_line() {
        assert_eq!(excerpt(&Doc::text("one\ntwo")), "one two");
        assert_eq!(excerpt(&Doc::text(&"ä".repeat(500))).chars().count(), EXCERPT);
    }
}
