//! What a handler is given and what it answers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::slack::{
    clock::is_ts,
    error::{Refusal, no},
    model::{Channel, Kind},
    state::State,
    world::World,
};

/// The fields of a success, without `ok`.
pub(crate) type Answer = Result<Value, Refusal>;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Query, form and JSON in one, without the token.
    pub(crate) args: Map<String, Value>,
    pub(crate) token: Option<String>,
}

/// A request on its way through a handler.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) args: &'a Map<String, Value>,
}

impl Ask<'_> {
    pub(crate) fn world(&mut self) -> &mut World {
        &mut self.state.world
    }

    /// The bot's user id.
    pub(crate) fn me(&self) -> String {
        self.state.world.app.user.clone()
    }

    /// An argument that is a text and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.args.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// An argument that has to be there.
    pub(crate) fn need(&self, name: &str) -> Result<String, Refusal> {
        self.text(name).map(str::to_owned).ok_or_else(|| missing(name))
    }

    /// `true`, `"true"`, `1` or `"1"`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.args.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true" || text == "1",
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => false,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.args.get(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Structured: an array or object, or the same as text in a form.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Value>, Refusal> {
        match self.args.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                serde_json::from_str(text).map(Some).map_err(|_| no(&format!("invalid_{name}")))
            }
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// An array of objects.
    pub(crate) fn array(&self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        match self.json(name)? {
            None => Ok(None),
            Some(Value::Array(all)) => Ok(Some(all)),
            Some(_) => Err(no(&format!("invalid_{name}"))),
        }
    }

    /// Ids: an array, or a text with commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.args.get(name) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => {
                text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
            }
            _ => vec![],
        }
    }

    /// `channel`, if the bot may know of it.
    pub(crate) fn channel(&mut self) -> Result<Channel, Refusal> {
        let id = self.need("channel")?;
        let world = &self.state.world;
        let channel = world.channel(&id)?;
        let seen = channel.kind == Kind::Public || channel.members.contains(&world.app.user);
        if seen { Ok(channel.clone()) } else { Err(no("channel_not_found")) }
    }

    /// `channel`, if the bot is in it.
    pub(crate) fn own_channel(&mut self) -> Result<Channel, Refusal> {
        let channel = self.channel()?;
        if channel.members.contains(&self.state.world.app.user) { Ok(channel) } else { Err(no("not_in_channel")) }
    }

    /// `channel` and the message `name` of it.
    pub(crate) fn place(&mut self, name: &str) -> Result<(String, String), Refusal> {
        let channel = self.own_channel()?;
        let ts = self.need(name)?;
        if !is_ts(&ts) {
            return Err(no(if name == "timestamp" { "bad_timestamp" } else { "invalid_ts" }));
        }
        self.state.world.message(&channel.id, &ts)?;
        Ok((channel.id, ts))
    }

    /// Where a page starts: the cursor counts entries, or names a `ts`.
    pub(crate) fn cursor(&self) -> Result<Option<String>, Refusal> {
        let Some(text) = self.text("cursor") else { return Ok(None) };
        let plain = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let place = plain.and_then(|plain| plain.strip_prefix("next:").map(str::to_owned));
        place.map(Some).ok_or_else(|| no("invalid_cursor"))
    }

    /// A page of a list, and the cursor after it.
    pub(crate) fn page<T>(&self, all: Vec<T>, default: usize) -> Result<(Vec<T>, Value), Refusal> {
        let from: usize = match self.cursor()? {
            Some(place) => place.parse().map_err(|_| no("invalid_cursor"))?,
            None => 0,
        };
        let limit = self.limit(default, 1000)?;
        let next = (all.len() > from + limit).then(|| (from + limit).to_string());
        let page = all.into_iter().skip(from).take(limit).collect();
        Ok((page, next_page(next.as_deref())))
    }

    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        match self.number("limit").map(|n| usize::try_from(n).unwrap_or(usize::MAX)) {
            None | Some(0) => Ok(default),
            Some(n) if n > most => Err(no("invalid_limit")),
            Some(n) => Ok(n),
        }
    }
}

/// `response_metadata` with the next cursor; empty at the end.
pub(crate) fn next_page(place: Option<&str>) -> Value {
    let cursor = place.map(|place| STANDARD.encode(format!("next:{place}"))).unwrap_or_default();
    json!({ "next_cursor": cursor })
}

/// What Slack says when an argument is not there.
pub(crate) fn missing(name: &str) -> Refusal {
    match name {
        "channel" => no("channel_not_found"),
        "user" => no("user_not_found"),
        _ => no("invalid_arguments").because(&[format!("[ERROR] missing required field: {name}")]),
    }
}
