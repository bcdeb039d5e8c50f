//! What blocks Slack takes. <https://docs.slack.dev/reference/block-kit/blocks>

use serde_json::{Value, json};

use crate::slack::error::{Refusal, no};

/// The most blocks of a message.
const MOST: usize = 50;
/// The most text in all blocks of a message; nowhere documented, told by everybody who met it.
const TEXT: usize = 13_200;

/// Refuses what Slack refuses.
pub(crate) fn check(blocks: &[Value]) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    if blocks.len() > MOST {
        errors.push(format!("no more than {MOST} items allowed [json-pointer:/blocks]"));
    }
    let mut ids = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        if let Err(error) = check_block(block) {
            errors.push(format!("{error} [json-pointer:/blocks/{n}]"));
        }
        if let Some(id) = block["block_id"].as_str() {
            if ids.contains(&id) {
                errors.push(format!("block_id already exists [json-pointer:/blocks/{n}/block_id]"));
            }
            ids.push(id);
        }
    }
    if !errors.is_empty() {
        let lines: Vec<String> = errors.iter().map(|error| format!("[ERROR] {error}")).collect();
        return Err(no("invalid_blocks").and("errors", json!(errors)).because(&lines));
    }
    if blocks.iter().map(text_in).sum::<usize>() > TEXT {
        return Err(no("msg_blocks_too_long"));
    }
    Ok(())
}

/// Characters of text anywhere inside.
fn text_in(value: &Value) -> usize {
    match value {
        Value::Array(all) => all.iter().map(text_in).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("text", Value::String(text)) => text.chars().count(),
                _ => text_in(value),
            })
            .sum(),
        _ => 0,
    }
}

fn check_block(block: &Value) -> Result<(), String> {
    let length = |name: &str| block[name].as_str().map_or(0, |text| text.chars().count());
    let items = |name: &str| block[name].as_array().map_or(0, Vec::len);
    match block["type"].as_str().unwrap_or_default() {
        "section" => {
            if block["text"].is_null() && block["fields"].is_null() {
                return Err("missing required field: text".to_owned());
            }
            if !block["text"].is_null() {
                text_object(&block["text"], 3000)?;
            }
            let mut fields = block["fields"].as_array().into_iter().flatten();
            if items("fields") > 10 {
                return Err("no more than 10 items allowed".to_owned());
            }
            fields.try_for_each(|field| text_object(field, 2000))
        }
        "header" => text_object(&block["text"], 150),
        "markdown" => within(length("text"), 12_000),
        "divider" => Ok(()),
        "image" => {
            if block["image_url"].is_null() && block["slack_file"].is_null() {
                return Err("missing required field: image_url".to_owned());
            }
            within(length("alt_text"), 2000)
        }
        "context" if items("elements") > 10 => Err("no more than 10 items allowed".to_owned()),
        "context" => elements(block, &|element| match element["type"].as_str() {
            Some("image") if element["image_url"].is_string() || element["slack_file"].is_object() => {
                within(element["alt_text"].as_str().map_or(0, |text| text.chars().count()), 2000)
            }
            Some("image") => Err("missing required field: image_url".to_owned()),
            _ => text_object(element, 3000),
        }),
        "actions" if items("elements") > 25 => Err("no more than 25 items allowed".to_owned()),
        "actions" => elements(block, &button),
        "rich_text" => elements(block, &rich_element),
        "table" if items("rows") == 0 || items("rows") > 100 => Err("must have 1 to 100 rows".to_owned()),
        "table" | "video" | "file" | "input" => Ok(()),
        other => Err(format!("unsupported type: {other}")),
    }
}

fn elements(block: &Value, check: &dyn Fn(&Value) -> Result<(), String>) -> Result<(), String> {
    let all = block["elements"].as_array().ok_or("missing required field: elements")?;
    all.iter().try_for_each(check)
}

fn within(length: usize, most: usize) -> Result<(), String> {
    match length {
        0 => Err("must be more than 0 characters".to_owned()),
        n if n > most => Err(format!("must be less than {} characters", most + 1)),
        _ => Ok(()),
    }
}

fn text_object(text: &Value, most: usize) -> Result<(), String> {
    match text["type"].as_str() {
        Some("plain_text" | "mrkdwn") => within(text["text"].as_str().map_or(0, |text| text.chars().count()), most),
        _ => Err("text has to be plain_text or mrkdwn".to_owned()),
    }
}

fn button(element: &Value) -> Result<(), String> {
    if element["type"] == "button" {
        text_object(&element["text"], 75)?;
        if element["value"].as_str().is_some_and(|value| value.chars().count() > 2000) {
            return Err("must be less than 2001 characters".to_owned());
        }
    }
    match element["action_id"].as_str() {
        Some(id) if id.chars().count() > 255 => Err("must be less than 256 characters".to_owned()),
        _ => Ok(()),
    }
}

fn rich_element(element: &Value) -> Result<(), String> {
    match element["type"].as_str().unwrap_or_default() {
        "rich_text_section" | "rich_text_quote" | "rich_text_preformatted" => elements(element, &rich_leaf),
        "rich_text_list" => match element["style"].as_str() {
            Some("bullet" | "ordered") => elements(element, &rich_element),
            _ => Err("missing required field: style".to_owned()),
        },
        other => Err(format!("unsupported type: {other}")),
    }
}

fn rich_leaf(leaf: &Value) -> Result<(), String> {
    let has = |name: &str| match leaf[name].as_str() {
        Some(text) if !text.is_empty() => Ok(()),
        Some(_) => Err("must be more than 0 characters".to_owned()),
        None => Err(format!("missing required field: {name}")),
    };
    match leaf["type"].as_str().unwrap_or_default() {
        "text" => has("text"),
        "link" => has("url"),
        "emoji" => has("name"),
        "user" => has("user_id"),
        "usergroup" => has("usergroup_id"),
        "channel" => has("channel_id"),
        "broadcast" => match leaf["range"].as_str() {
            Some("here" | "channel" | "everyone") => Ok(()),
            _ => Err("missing required field: range".to_owned()),
        },
        "date" => leaf["timestamp"].as_i64().map(|_| ()).ok_or("missing required field: timestamp".to_owned()),
        "color" => has("value"),
        "team" => has("team_id"),
        other => Err(format!("unsupported type: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_checked_as_slack_does() {
        let rich = |leaf: Value| json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [leaf] }] });
        let section = |text: &str| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
        for (blocks, error) in [
            (vec![], None),
            (vec![section("x")], None),
            (vec![section("")], Some("invalid_blocks")),
            (vec![section(&"x".repeat(3001))], Some("invalid_blocks")),
            (vec![section(&"x".repeat(2900)); 5], Some("msg_blocks_too_long")),
            (vec![section("x"); 51], Some("invalid_blocks")),
            (vec![json!({ "type": "carousel_of_dreams" })], Some("invalid_blocks")),
            (vec![rich(json!({ "type": "text", "text": "x" }))], None),
            (vec![rich(json!({ "type": "text", "text": "" }))], Some("invalid_blocks")),
            (vec![rich(json!({ "type": "broadcast", "range": "all" }))], Some("invalid_blocks")),
        ] {
            assert_eq!(check(&blocks).err().map(|refusal| refusal.error).as_deref(), error, "{blocks:?}");
        }
    }
}
