//! Prints the configuration that is in force, secrets masked.

use config::{Value, ValueKind};
use toml::Value as Toml;

use super::Loaded;

/// Keys that hold secrets, wherever they stand. Words are compared, so that `bot_token` is one and `tokens` is not.
const SECRETS: [&str; 4] = ["token", "secret", "password", "key"];

impl Loaded {
    /// The configuration in force as TOML. Secrets that are set read `"…"`.
    pub fn show(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            text.push_str(&format!("# from {}\n", file.display()));
        }
        if let Toml::Table(table) = convert("", &self.tree) {
            text.push_str(&toml::to_string_pretty(&table).unwrap_or_default());
        }
        text
    }
}

fn convert(key: &str, value: &Value) -> Toml {
    match &value.kind {
        ValueKind::Table(table) => {
            Toml::Table(table.iter().map(|(key, value)| (key.clone(), convert(key, value))).collect())
        }
        ValueKind::Array(items) => Toml::Array(items.iter().map(|item| convert(key, item)).collect()),
        ValueKind::Boolean(on) => Toml::Boolean(*on),
        ValueKind::I64(number) if !is_secret(key) => Toml::Integer(*number),
        ValueKind::Float(number) => Toml::Float(*number),
        ValueKind::Nil => Toml::String(String::new()),
        other => Toml::String(text(key, &other.to_string())),
    }
}

fn text(key: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else if is_secret(key) {
        "…".to_owned()
    } else {
        without_password(text)
    }
}

fn is_secret(key: &str) -> bool {
    key.split(['_', '-']).any(|word| SECRETS.contains(&word))
}

/// Hides the password of `scheme://user:password@host`.
fn without_password(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(text) else { return text.to_owned() };
    if url.password().is_none() || url.set_password(Some("…")).is_err() {
        return text.to_owned();
    }
    url.to_string().replace("%E2%80%A6", "…")
}
