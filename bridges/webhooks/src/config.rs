//! The section `[bridges.webhooks]`.
//!
//! ```toml
//! [bridges.webhooks.fallback]
//! after = "2m"                  # nobody answered for so long
//! urgent = ["phone", "mail"]    # what is urgent (5) goes these ways, one after the other
//! high = ["phone"]              # what is high (4)
//!
//! [bridges.webhooks.fallback.routes.phone]
//! kind = "telegram"
//! token = "…"
//! chat = "…"
//! text = "wake-up"              # only that there is something; "full" says what
//! ```

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    fallback::route::Route,
    when::{self, MINUTE},
};

/// What was configured. Holds secrets: it is never shown.
pub struct Config {
    /// Where the outside reaches the server: `https://chat.example.org`, without a slash at the end.
    pub public_url: String,
    /// Addresses of private networks may be called.
    pub allow_private: bool,
    /// After how many milliseconds without an answer the fallback begins.
    pub after: i64,
    /// Names of routes for what is high.
    pub high: Vec<String>,
    /// Names of routes for what is urgent.
    pub urgent: Vec<String>,
    /// The routes.
    pub routes: BTreeMap<String, Route>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8008".to_owned(),
            allow_private: false,
            after: 2 * MINUTE,
            high: Vec::new(),
            urgent: Vec::new(),
            routes: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the section.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn read(section: &Map<String, Value>) -> Result<Self, String> {
        let mut config = Self::default();
        for (key, value) in section {
            let must = |what: &str| format!("bridges.webhooks.{key} must be {what}");
            match key.as_str() {
                "public_url" => {
                    let url = value.as_str().ok_or_else(|| must("an address"))?;
                    config.public_url = url.trim_end_matches('/').to_owned();
                }
                "allow_private" => config.allow_private = value.as_bool().ok_or_else(|| must("true or false"))?,
                "fallback" => config.fallback(value.as_object().ok_or_else(|| must("a table"))?)?,
                _ => return Err(format!("`bridges.webhooks.{key}`: there is no such key; remove it")),
            }
        }
        config.check()?;
        Ok(config)
    }

    fn fallback(&mut self, table: &Map<String, Value>) -> Result<(), String> {
        for (key, value) in table {
            let name = format!("bridges.webhooks.fallback.{key}");
            match key.as_str() {
                "after" => {
                    let read = value.as_str().and_then(when::read);
                    self.after = read.ok_or(format!("{name} must be a span such as \"2m\""))?;
                }
                "high" => self.high = read(value, &name, "a list of names of routes")?,
                "urgent" => self.urgent = read(value, &name, "a list of names of routes")?,
                "routes" => {
                    let routes: BTreeMap<String, Value> = read(value, &name, "tables")?;
                    for (route, value) in routes {
                        let read = Route::read(value).map_err(|why| format!("{name}.{route}: {why}"))?;
                        self.routes.insert(route, read);
                    }
                }
                _ => return Err(format!("`{name}`: there is no such key; remove it")),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let unknown = self.high.iter().chain(&self.urgent).find(|name| !self.routes.contains_key(*name));
        match unknown {
            Some(name) => Err(format!(
                "bridges.webhooks.fallback names the route `{name}`; write what it is under \
                 [bridges.webhooks.fallback.routes.{name}]"
            )),
            None => Ok(()),
        }
    }

    /// The names of the routes for a level.
    #[must_use]
    pub fn chain(&self, level: u8) -> &[String] {
        match level {
            5.. => &self.urgent,
            4 => &self.high,
            _ => &[],
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value, name: &str, what: &str) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|_| format!("{name} must be {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(section: &Value) -> Result<Config, String> {
        Config::read(section.as_object().unwrap())
    }

    #[test]
    fn the_section_is_read() {
        let config = of(&json!({ "public_url": "https://x/", "fallback": {
            "after": "30s", "urgent": ["mail"], "routes": { "mail": { "kind": "ntfy", "url": "https://n/t" } },
        } }))
        .ok()
        .unwrap();
        assert_eq!((config.public_url.as_str(), config.after), ("https://x", 30_000));
        assert_eq!((config.chain(5).len(), config.chain(4).len(), config.chain(3).len()), (1, 0, 0));
        assert!(of(&json!({})).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_key() {
        for (section, why) in [
            (json!({ "x": 1 }), "`bridges.webhooks.x`: there is no such key"),
            (json!({ "fallback": 1 }), "bridges.webhooks.fallback must be a table"),
            (json!({ "fallback": { "after": "soon" } }), "bridges.webhooks.fallback.after must be a span"),
            (json!({ "fallback": { "high": ["x"] } }), "bridges.webhooks.fallback names the route `x`"),
            (
                json!({ "fallback": { "routes": { "x": { "kind": "fax" } } } }),
                "bridges.webhooks.fallback.routes.x: `kind` must be",
            ),
            (
                json!({ "fallback": { "routes": { "x": { "kind": "ntfy" } } } }),
                "bridges.webhooks.fallback.routes.x: a route of kind ntfy needs `url`",
            ),
        ] {
            let said = of(&section).err().unwrap();
            assert!(said.starts_with(why), "{said}");
        }
    }
}
