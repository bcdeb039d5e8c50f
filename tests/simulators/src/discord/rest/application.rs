//! What belongs to the bot's application: its own emoji, its commands, and the answers to them.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding>

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Reply, json};
use crate::discord::{
    error::{self, Refusal, invalid},
    model::Emoji,
    shape::guild,
};

/// The most emoji of one application, and the most bytes of one.
const MOST: usize = 2000;
const LARGEST: usize = 256 * 1024;

impl Ask<'_> {
    /// The application of the path, which must be the bot's.
    fn own_application(&mut self) -> Result<(), Refusal> {
        let id = self.id("application")?;
        if id == self.world().app.id { Ok(()) } else { Err(error::unknown_application()) }
    }
}

/// `GET /applications/{application}/emojis`.
pub(super) fn emojis(ask: &mut Ask<'_>) -> Answer {
    ask.own_application()?;
    let items: Vec<Value> = ask.world().app_emojis.iter().map(guild::emoji).collect();
    json(json!({ "items": items }))
}

/// `POST /applications/{application}/emojis`.
pub(super) fn create_emoji(ask: &mut Ask<'_>) -> Answer {
    ask.own_application()?;
    let name = ask.required_text("name", 32)?;
    let fits = name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let image: String = ask.field("image")?.unwrap_or_default();
    let Some((kind, data)) = image.strip_prefix("data:").and_then(|image| image.split_once(";base64,")) else {
        return Err(invalid("image", "IMAGE_INVALID", "Invalid image data"));
    };
    if !fits {
        return Err(invalid("name", "STRING_TYPE_REGEX", "String value did not match validation regex."));
    }
    if data.len() * 3 / 4 > LARGEST {
        return Err(invalid("image", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 256.0 kb."));
    }
    let (animated, world) = (kind == "image/gif", ask.world());
    if world.app_emojis.len() >= MOST {
        return Err(error::too_many_emojis());
    }
    if world.app_emojis.iter().any(|emoji| emoji.name == name) {
        return Err(invalid("name", "APPLICATION_EMOJI_NAME_ALREADY_TAKEN", "An emoji with that name already exists."));
    }
    let emoji = Emoji { id: world.next_id(), name, animated };
    world.app_emojis.push(emoji.clone());
    Ok(Reply::Json(201, guild::emoji(&emoji)))
}

/// `GET /applications/{application}/commands`.
pub(super) fn commands(ask: &mut Ask<'_>) -> Answer {
    ask.own_application()?;
    json(Value::Array(ask.world().commands.clone()))
}

/// `PUT /applications/{application}/commands`: these and no others.
pub(super) fn set_commands(ask: &mut Ask<'_>) -> Answer {
    ask.own_application()?;
    let Some(given) = ask.body().as_array().cloned() else {
        return Err(invalid("_", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
    };
    let named = |command: &Value| {
        let name = command["name"].as_str().unwrap_or_default();
        let menu = command["type"] == 2 || command["type"] == 3;
        let fits =
            (1..=32).contains(&name.chars().count()) && (menu || name.chars().all(|c| !c.is_uppercase() && c != ' '));
        fits && (menu != command["description"].is_string())
    };
    if !given.iter().all(named) {
        return Err(invalid("0.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"));
    }
    let world = ask.world();
    let (app, mut known) = (world.app.id, vec![]);
    for mut command in given {
        command["id"] = json!(world.next_id());
        command["application_id"] = json!(app);
        known.push(command);
    }
    world.commands.clone_from(&known);
    json(Value::Array(known))
}

/// `POST /interactions/{interaction}/{token}/callback`: the first answer, once.
pub(super) fn callback(ask: &mut Ask<'_>) -> Answer {
    let id = ask.id("interaction")?;
    let kind = ask.body()["type"].as_u64().unwrap_or(0);
    let content = ask.body()["data"]["content"].as_str().map(str::to_owned);
    let hidden = ask.body()["data"]["flags"].as_u64().unwrap_or(0) & (1 << 6) != 0;
    let token = ask.param("token").to_owned();
    let asked = asked(ask, |asked| asked.id == id && asked.token == token)?;
    if asked.acknowledged {
        return Err(error::acknowledged());
    }
    if !matches!(kind, 4 | 5) {
        return Err(invalid("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 4, 5, 6, 7, 8, 9, 12}."));
    }
    asked.acknowledged = true;
    asked.hidden = hidden;
    asked.answer = content.filter(|_| kind == 4);
    Ok(Reply::Nothing)
}

/// `PATCH /webhooks/{application}/{token}/messages/@original`: the answer itself.
pub(super) fn answer(ask: &mut Ask<'_>) -> Answer {
    let content = ask.required_text("content", 2000)?;
    let token = ask.param("token").to_owned();
    let asked = asked(ask, |asked| asked.token == token)?;
    if !asked.acknowledged {
        return Err(error::unknown_webhook());
    }
    asked.answer = Some(content.clone());
    json(json!({ "id": asked.id, "content": content }))
}

fn asked<'a>(
    ask: &'a mut Ask<'_>,
    wanted: impl Fn(&crate::discord::world::Asked) -> bool,
) -> Result<&'a mut crate::discord::world::Asked, Refusal> {
    ask.world().asked.iter_mut().find(|asked| wanted(asked)).ok_or_else(error::unknown_interaction)
}
