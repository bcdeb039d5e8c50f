//! Texts and their formatting, counted in UTF-16 units. <https://core.telegram.org/bots/api#messageentity>

mod detect;
mod html;
mod markdown;

use serde_json::{Map, Value, json};

use super::error::{Refusal, bad};

/// More formatting than this is dropped.
const MOST_ENTITIES: usize = 100;

/// A text with its formatting.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    pub(crate) entities: Vec<Value>,
}

/// How many UTF-16 units a text has.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Reads a text as a bot sends it: with markup, or with entities beside it.
pub(crate) fn read(text: &str, mode: Option<&str>, entities: Option<Value>) -> Result<Formatted, Refusal> {
    let formatted = match mode.unwrap_or_default().to_ascii_lowercase().as_str() {
        "html" => html::parse(text)?,
        "markdownv2" => markdown::parse(text)?,
        "" => {
            let entities = match entities {
                Some(Value::Array(entities)) => entities,
                Some(_) => return Err(bad("can't parse entities: expected an Array of MessageEntity")),
                None => vec![],
            };
            Formatted { text: text.to_owned(), entities }
        }
        _ => return Err(bad("unsupported parse_mode")),
    };
    check(&formatted)?;
    Ok(formatted)
}

/// Every entity must lie in the text and not cut a symbol in two.
fn check(formatted: &Formatted) -> Result<(), Refusal> {
    let total = units(&formatted.text);
    let mut borders = vec![false; total + 1];
    let mut at = 0;
    for symbol in formatted.text.chars() {
        borders[at] = true;
        at += symbol.len_utf16();
    }
    borders[total] = true;
    for entity in &formatted.entities {
        let (Some(offset), Some(length)) = (entity["offset"].as_u64(), entity["length"].as_u64()) else {
            return Err(bad("can't parse MessageEntity: Field \"offset\" must be of type Number"));
        };
        let (from, to) = (offset as usize, (offset + length) as usize);
        if to > total {
            return Err(bad(&format!(
                "entity beginning at UTF-16 offset {from} ends after the end of the text at UTF-16 offset {total}"
            )));
        }
        if !borders[from] {
            return Err(bad(&format!("entity begins in a middle of a UTF-16 symbol at byte offset {from}")));
        }
        if !borders[to] {
            return Err(bad(&format!(
                "entity beginning at UTF-16 offset {from} ends in a middle of a UTF-16 symbol at byte offset {to}"
            )));
        }
    }
    Ok(())
}

/// What Telegram does to every text: white space around it goes, links and names in it are found, formatting is
/// sorted and cut at a hundred pieces.
pub(crate) fn settle(content: &mut Map<String, Value>) {
    for (text, entities) in [("text", "entities"), ("caption", "caption_entities")] {
        let Some(Value::String(said)) = content.get(text).cloned() else { continue };
        let old = content.remove(entities).and_then(|all| all.as_array().cloned()).unwrap_or_default();
        let mut formatted = trimmed(Formatted { text: said, entities: old });
        detect::links(&mut formatted);
        formatted
            .entities
            .sort_by_key(|entity| (entity["offset"].as_u64(), std::cmp::Reverse(entity["length"].as_u64())));
        formatted.entities.truncate(MOST_ENTITIES);
        content.insert(text.to_owned(), json!(formatted.text));
        if !formatted.entities.is_empty() {
            content.insert(entities.to_owned(), json!(formatted.entities));
        }
    }
}

/// Without white space around it; formatting moves along and shrinks.
pub(crate) fn trimmed(formatted: Formatted) -> Formatted {
    let begun = formatted.text.trim_start();
    let skipped = units(&formatted.text) - units(begun);
    let kept = begun.trim_end();
    let total = units(kept);
    let entities = formatted.entities.into_iter().filter_map(|mut entity| {
        let from = (entity["offset"].as_u64()? as usize).max(skipped) - skipped;
        let to =
            ((entity["offset"].as_u64()? + entity["length"].as_u64()?) as usize).saturating_sub(skipped).min(total);
        entity["offset"] = json!(from);
        entity["length"] = json!(to.checked_sub(from).filter(|length| *length > 0)?);
        Some(entity)
    });
    Formatted { text: kept.to_owned(), entities: entities.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_lie_in_the_text_and_cut_no_symbol() {
        for (offset, length, why) in [
            (0, 2, None),
            (2, 3, None),
            (0, 6, Some("ends after the end of the text at UTF-16 offset 5")),
            (1, 2, Some("begins in a middle of a UTF-16 symbol")),
            (0, 1, Some("ends in a middle of a UTF-16 symbol")),
        ] {
            let read = read("😀abc", None, Some(json!([{"type": "bold", "offset": offset, "length": length}])));
            match why {
                None => assert!(read.is_ok(), "{offset} {length}"),
                Some(why) => assert!(read.unwrap_err().description.contains(why), "{offset} {length}"),
            }
        }
    }

    #[test]
    fn white_space_goes_and_formatting_moves_along() {
        let bold = json!({"type": "bold", "offset": 0, "length": 7});
        let settled = trimmed(Formatted { text: "  abc  ".to_owned(), entities: vec![bold] });
        assert_eq!(settled.text, "abc");
        assert_eq!(settled.entities, [json!({"type": "bold", "offset": 0, "length": 3})]);
    }
}
