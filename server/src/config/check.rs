//! What is wrong with a configuration, in one sentence: the key, where it was set, and the cure.

use std::net::{SocketAddr, ToSocketAddrs};

use config::{ConfigError, Value, ValueKind};

use super::{Config, Mode};

/// A mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found}; {cure}")]
pub struct Problem {
    found: String,
    cure: String,
}

impl Problem {
    pub(super) fn plain(found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { found: found.into(), cure: cure.into() }
    }

    fn at(tree: &Value, key: &str, found: &str, cure: impl Into<String>) -> Self {
        Self::plain(format!("`{key}`{}: {found}", origin(tree, key)), cure)
    }
}

/// Refuses keys that the defaults do not have, so that a slip of the pen is not silently without effect.
pub(super) fn known_keys(defaults: &Value, tree: &Value) -> Result<(), Problem> {
    let (ValueKind::Table(known), ValueKind::Table(sections)) = (&defaults.kind, &tree.kind) else { return Ok(()) };
    for (section, value) in sections {
        let Some(expected) = known.get(section) else {
            return Err(unknown(tree, section, known.keys().cloned()));
        };
        let (ValueKind::Table(expected), ValueKind::Table(keys)) = (&expected.kind, &value.kind) else {
            return Err(Problem::at(tree, section, "it is a section, not a value", format!("write [{section}]")));
        };
        let full = |key: &String| format!("{section}.{key}");
        if let Some((key, _)) = keys.iter().find(|(key, _)| !expected.contains_key(*key)) {
            return Err(unknown(tree, &full(key), expected.keys().map(full)));
        }
    }
    Ok(())
}

fn unknown(tree: &Value, key: &str, known: impl Iterator<Item = String>) -> Problem {
    let nearest = known.map(|name| (distance(key, &name), name)).min();
    let cure = match nearest {
        Some((distance, name)) if distance <= 3 => format!("did you mean `{name}`?"),
        _ => "remove it, or look up the name with `causeway config show`".to_owned(),
    };
    Problem::at(tree, key, "there is no such key", cure)
}

/// Edits between two words: insertions, deletions, replacements.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

/// Says in plain words what the deserializer found.
pub(super) fn explain(error: ConfigError, tree: &Value) -> Problem {
    match error {
        ConfigError::Type { unexpected, expected, key: Some(key), .. } => {
            Problem::at(tree, &key, &format!("it is {unexpected}, not {expected}"), "write a value of that kind")
        }
        ConfigError::At { error, key: Some(key), .. } => {
            let text = error.to_string();
            match text.split_once("; ") {
                Some((found, cure)) => Problem::at(tree, &key, found, cure),
                None => Problem::at(tree, &key, &format!("it is not valid ({text})"), advice(&key)),
            }
        }
        other => Problem::plain(other.to_string(), "see config.default.toml for what each key takes"),
    }
}

fn advice(key: &str) -> &'static str {
    match key {
        "server.name" => "write a host name such as \"example.org\"",
        "database.durability" => "write \"process\" or \"power\"",
        "registration.mode" => "write \"closed\", \"token\" or \"open\"",
        _ => "see config.default.toml for what it takes",
    }
}

/// Checks what no single key can tell.
pub(super) fn fitting(config: &Config, tree: &Value) -> Result<(), Problem> {
    let problem = |key: &str, found: &str, cure: &str| Err(Problem::at(tree, key, found, cure));
    if config.server.listen.is_empty() {
        return problem("server.listen", "it names no address", "write something like [\"127.0.0.1:8008\"]");
    }
    if let Some(address) = config.server.listen.iter().find(|address| !is_address(address)) {
        let found = format!("`{address}` is not an address with a port");
        return problem("server.listen", &found, "write something like [\"127.0.0.1:8008\"] or [\"[::]:8008\"]");
    }
    if config.registration.mode == Mode::Token && config.registration.token.is_none() {
        return problem("registration.token", "it is not set", "mode \"token\" needs one; write a long random text");
    }
    if let Some(url) = &config.database.url
        && !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme))
    {
        return problem("database.url", "its kind is not known", "begin it with sqlite: or postgres://");
    }
    if config.server.data.as_os_str().is_empty() {
        return problem("server.data", "it is empty", "name a folder");
    }
    if !crate::telemetry::is_level(&config.log.level) {
        let found = format!("`{}` is not a level", config.log.level);
        return problem("log.level", &found, "write \"error\", \"warn\", \"info\", \"debug\" or \"trace\"");
    }
    bridges(tree)
}

/// Each network is one of the house, and `enabled` is a plain yes or no.
fn bridges(tree: &Value) -> Result<(), Problem> {
    let Some(ValueKind::Table(bridges)) = get(tree, "bridges").map(|value| &value.kind) else { return Ok(()) };
    for (network, section) in bridges {
        let ValueKind::Table(section) = &section.kind else { continue };
        if let Some(enabled) = section.get("enabled")
            && !matches!(enabled.kind, ValueKind::Boolean(_))
        {
            let key = format!("bridges.{network}.enabled");
            return Err(Problem::at(tree, &key, "it is neither true nor false", "write true or false, without quotes"));
        }
    }
    Ok(())
}

fn is_address(text: &str) -> bool {
    // Names are looked up when listening; here only the form counts.
    text.parse::<SocketAddr>().is_ok()
        || text.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !host.contains([':', '/', ' ']) && port.parse::<u16>().is_ok()
        })
        || (text.starts_with("localhost:") && text.to_socket_addrs().is_ok())
}

/// ` in causeway.toml`, or nothing when the value comes from the defaults.
fn origin(tree: &Value, key: &str) -> String {
    match get(tree, key).and_then(Value::origin) {
        Some(origin) => format!(" in {origin}"),
        None => String::new(),
    }
}

fn get<'a>(tree: &'a Value, key: &str) -> Option<&'a Value> {
    // The index of a list item ends the path: its list knows where it came from.
    let path = key.split('[').next().unwrap_or(key);
    path.split('.').try_fold(tree, |value, part| match &value.kind {
        ValueKind::Table(table) => table.get(part),
        _ => None,
    })
}
