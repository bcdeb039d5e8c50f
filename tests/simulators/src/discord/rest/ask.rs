//! What a handler is given and what it answers.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::form::Form;
use crate::discord::{
    error::{self, Refusal, invalid},
    model::{Channel, Webhook},
    snowflake::Snowflake,
    state::State,
    world::World,
};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without `/api/v10`, still percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    /// `X-Audit-Log-Reason`.
    pub(crate) reason: Option<String>,
    pub(crate) form: Form,
}

/// A success.
#[derive(Debug)]
pub(crate) enum Reply {
    /// 200 (or another status) and JSON.
    Json(u16, Value),
    /// 204.
    Nothing,
}

pub(crate) type Answer = Result<Reply, Refusal>;

/// 200 with JSON.
pub(crate) fn json(value: Value) -> Answer {
    Ok(Reply::Json(200, value))
}

/// A request on its way through a handler.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    pub(crate) params: &'a [(&'static str, String)],
}

impl Ask<'_> {
    pub(crate) fn world(&mut self) -> &mut World {
        &mut self.state.world
    }

    /// The bot's user id.
    pub(crate) fn me(&self) -> Snowflake {
        self.state.world.app.bot
    }

    /// A parameter of the path; empty if the route has none of that name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// A parameter of the path that is an id.
    pub(crate) fn id(&self, name: &str) -> Result<Snowflake, Refusal> {
        coerce(&format!("{name}_id"), self.param(name))
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn query_id(&self, name: &str) -> Result<Option<Snowflake>, Refusal> {
        self.query(name).map(|text| coerce(name, text)).transpose()
    }

    /// `limit`, between 1 and `most`.
    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        let Some(text) = self.query("limit") else { return Ok(default) };
        match text.parse::<i64>() {
            Ok(n) if n < 1 => {
                Err(invalid("limit", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1."))
            }
            Ok(n) => match usize::try_from(n) {
                Ok(n) if n <= most => Ok(n),
                _ => {
                    let message = format!("int value should be less than or equal to {most}.");
                    Err(invalid("limit", "NUMBER_TYPE_MAX", &message))
                }
            },
            Err(_) => Err(invalid("limit", "NUMBER_TYPE_COERCE", &format!("Value \"{text}\" is not int."))),
        }
    }

    pub(crate) fn body(&self) -> &Value {
        &self.request.form.json
    }

    /// A field of the body, if it is there and not null.
    pub(crate) fn field<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Refusal> {
        match self.body().get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value.clone())
                .map(Some)
                .map_err(|_| invalid(name, "BASE_TYPE_INVALID", "The value has the wrong type.")),
        }
    }

    /// A text of the body with a length in code points.
    pub(crate) fn text(&self, name: &str, most: usize) -> Result<Option<String>, Refusal> {
        let text: Option<String> = self.field(name)?;
        if text.as_ref().is_some_and(|text| text.chars().count() > most) {
            return Err(invalid(name, "BASE_TYPE_MAX_LENGTH", &format!("Must be {most} or fewer in length.")));
        }
        Ok(text)
    }

    /// A text that must be there and not empty.
    pub(crate) fn required_text(&self, name: &str, most: usize) -> Result<String, Refusal> {
        let text =
            self.text(name, most)?.ok_or_else(|| invalid(name, "BASE_TYPE_REQUIRED", "This field is required"))?;
        if text.is_empty() {
            return Err(invalid(name, "BASE_TYPE_BAD_LENGTH", &format!("Must be between 1 and {most} in length.")));
        }
        Ok(text)
    }

    /// The channel of the path, if the bot sees it and has all of `needed` in it.
    pub(crate) fn channel(&mut self, needed: u64) -> Result<Channel, Refusal> {
        let (id, me) = (self.id("channel")?, self.me());
        self.world().allow(me, id, needed).cloned()
    }

    /// Channel and message of the path, both there.
    pub(crate) fn place(&mut self, needed: u64) -> Result<(Snowflake, Snowflake), Refusal> {
        let (channel, message) = (self.channel(needed)?.id, self.id("message")?);
        self.world().message(channel, message)?;
        Ok((channel, message))
    }

    /// The webhook of the path, opened by its secret.
    pub(crate) fn webhook(&mut self) -> Result<Webhook, Refusal> {
        let (id, token) = (self.id("webhook")?, self.param("token").to_owned());
        self.world().webhook_with(id, &token).cloned()
    }

    /// The guild of the path, if the bot is in it.
    pub(crate) fn guild(&mut self) -> Result<Snowflake, Refusal> {
        let (id, me) = (self.id("guild")?, self.me());
        self.world().member(id, me).map(|_| id).ok_or_else(error::unknown_guild)
    }
}

fn coerce(field: &str, text: &str) -> Result<Snowflake, Refusal> {
    text.parse().map_err(|_| invalid(field, "NUMBER_TYPE_COERCE", &format!("Value \"{text}\" is not snowflake.")))
}
