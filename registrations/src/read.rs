//! From YAML to a [`Registration`], the way Synapse reads it, with an answer for everything that is not as it should be.

use serde_yaml_ng::{Mapping, Value};

use crate::{Namespace, Namespaces, Problem, Registration, Space, Token};

const STABLE_EPHEMERAL: &str = "receive_ephemeral";
const UNSTABLE_EPHEMERAL: &str = "de.sorunome.msc2409.push_ephemeral";
const DEVICE_EXTENSIONS: &str = "org.matrix.msc3202";
const DEVICE_MANAGEMENT: &str = "io.element.msc4190";

impl Registration {
    /// Reads and validates one registration.
    ///
    /// # Errors
    /// The first key that is missing or wrong, with the cure.
    pub fn parse(yaml: &str) -> Result<Self, Problem> {
        let value: Value = serde_yaml_ng::from_str(yaml).map_err(|error| {
            Problem::new("file", format!("it is not YAML ({error})"), "correct the line, mostly quotes or indentation")
        })?;
        let Value::Mapping(mut keys) = value else {
            return Err(Problem::new(
                "file",
                "it holds no keys",
                "write `id`, `url`, `as_token` and so on, one a line",
            ));
        };
        let stable = flag(&mut keys, STABLE_EPHEMERAL, false)?;
        let unstable = flag(&mut keys, UNSTABLE_EPHEMERAL, false)?;
        Ok(Self {
            id: text(&mut keys, "id", "give the service a name that no other one has")?,
            url: url(&mut keys)?,
            as_token: secret(&mut keys, "as_token")?,
            hs_token: secret(&mut keys, "hs_token")?,
            sender_localpart: sender(&mut keys)?,
            rate_limited: flag(&mut keys, "rate_limited", true)?,
            namespaces: namespaces(&mut keys)?,
            protocols: protocols(&mut keys)?,
            receive_ephemeral: stable || unstable,
            device_extensions: flag(&mut keys, DEVICE_EXTENSIONS, false)?,
            device_management: flag(&mut keys, DEVICE_MANAGEMENT, false)?,
            other: keys,
        })
    }

    /// The registration as YAML, in the order people write it.
    pub fn to_yaml(&self) -> String {
        let mut keys = Mapping::new();
        let mut set = |key: &str, value: Value| keys.insert(key.into(), value);
        set("id", self.id.as_str().into());
        set("url", self.url.as_deref().map_or(Value::Null, Into::into));
        set("as_token", self.as_token.reveal().into());
        set("hs_token", self.hs_token.reveal().into());
        set("sender_localpart", self.sender_localpart.as_str().into());
        set("rate_limited", self.rate_limited.into());
        set("namespaces", self.namespaces.to_value());
        if !self.protocols.is_empty() {
            set("protocols", self.protocols.clone().into());
        }
        for (key, on) in [
            (STABLE_EPHEMERAL, self.receive_ephemeral),
            (UNSTABLE_EPHEMERAL, self.receive_ephemeral),
            (DEVICE_EXTENSIONS, self.device_extensions),
            (DEVICE_MANAGEMENT, self.device_management),
        ] {
            if on {
                set(key, true.into());
            }
        }
        keys.extend(self.other.clone());
        // A mapping of plain values always has a YAML form.
        serde_yaml_ng::to_string(&keys).unwrap_or_default()
    }
}

impl Namespaces {
    fn to_value(&self) -> Value {
        let mut spaces = Mapping::new();
        for (name, space) in [("users", &self.users), ("aliases", &self.aliases), ("rooms", &self.rooms)] {
            let patterns = space.0.iter().map(Namespace::to_value).collect();
            spaces.insert(name.into(), Value::Sequence(patterns));
        }
        Value::Mapping(spaces)
    }
}

impl Namespace {
    fn to_value(&self) -> Value {
        let mut keys = Mapping::new();
        keys.insert("exclusive".into(), self.exclusive.into());
        keys.insert("regex".into(), self.regex.as_str().into());
        Value::Mapping(keys)
    }
}

fn text(keys: &mut Mapping, key: &str, cure: &str) -> Result<String, Problem> {
    match keys.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        None | Some(Value::Null) => Err(Problem::new(key, "it is missing", cure)),
        Some(Value::String(_)) => Err(Problem::new(key, "it is empty", cure)),
        Some(_) => Err(Problem::new(key, "it is not text", "put it in quotes")),
    }
}

fn secret(keys: &mut Mapping, key: &str) -> Result<Token, Problem> {
    let secret = text(keys, key, "write a long random text; the bridge has to know the same one")?;
    if secret.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return Err(Problem::new(key, "it contains a space or a line break", "leave them out"));
    }
    Ok(Token::new(secret))
}

fn flag(keys: &mut Mapping, key: &str, default: bool) -> Result<bool, Problem> {
    match keys.remove(key) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(on)) => Ok(on),
        Some(_) => Err(Problem::new(key, "it is neither true nor false", "write `true` or `false`, without quotes")),
    }
}

fn sender(keys: &mut Mapping) -> Result<String, Problem> {
    let localpart = text(
        keys,
        "sender_localpart",
        "write the name of the bridge's bot, as in `@NAME:your.server`, without both ends",
    )?;
    // What Python's `urllib.parse.quote` leaves alone: anything else cannot be a user on this server.
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.-~/".contains(letter);
    match localpart.chars().find(|letter| !plain(*letter)) {
        None => Ok(localpart),
        Some(letter) => Err(Problem::new(
            "sender_localpart",
            format!("`{localpart}` contains `{letter}`"),
            "write only the part between `@` and `:`, in letters, digits and `_ . - /`",
        )),
    }
}

fn url(keys: &mut Mapping) -> Result<Option<String>, Problem> {
    const CURE: &str =
        "write the address the bridge listens on, as in `http://localhost:29334`, or `null` if it has none";
    if !keys.contains_key("url") {
        return Err(Problem::new("url", "it is missing", CURE));
    }
    match keys.remove("url") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) if url.is_empty() => Ok(None),
        Some(Value::String(url)) if is_address(&url) => Ok(Some(url)),
        Some(Value::String(url)) => Err(Problem::new("url", format!("`{url}` is not an address"), CURE)),
        Some(_) => Err(Problem::new("url", "it is not text", CURE)),
    }
}

fn is_address(url: &str) -> bool {
    if url.contains(|letter: char| letter.is_whitespace() || matches!(letter, '?' | '#')) {
        return false;
    }
    if let Some(path) = url.strip_prefix("unix://").or_else(|| url.strip_prefix("unix:")) {
        return path.starts_with('/');
    }
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or_default();
    !host.is_empty() && !host.starts_with(['/', ':'])
}

fn namespaces(keys: &mut Mapping) -> Result<Namespaces, Problem> {
    let Some(Value::Mapping(mut spaces)) = keys.remove("namespaces") else {
        return Err(Problem::new(
            "namespaces",
            "it is missing or holds no keys",
            "write lists named `users`, `aliases` and `rooms` below it, or `namespaces: {}`",
        ));
    };
    let mut read = |name: &str| space(spaces.remove(name), name).map_err(|problem| problem.within("namespaces"));
    Ok(Namespaces { users: read("users")?, aliases: read("aliases")?, rooms: read("rooms")? })
}

fn space(list: Option<Value>, name: &str) -> Result<Space, Problem> {
    let list = match list {
        None | Some(Value::Null) => return Ok(Space::default()),
        Some(Value::Sequence(list)) => list,
        Some(_) => return Err(Problem::new(name, "it is not a list", "begin each entry with a dash")),
    };
    let patterns = list
        .into_iter()
        .enumerate()
        .map(|(index, entry)| namespace(entry).map_err(|problem| problem.within(&format!("{name}.{index}"))));
    patterns.collect::<Result<_, _>>().map(Space)
}

fn namespace(entry: Value) -> Result<Namespace, Problem> {
    let Value::Mapping(mut keys) = entry else {
        return Err(Problem::new("regex", "it is missing", "write `regex` and `exclusive` for each entry"));
    };
    let Some(Value::Bool(exclusive)) = keys.remove("exclusive") else {
        return Err(Problem::new("exclusive", "it is missing or neither true nor false", "write `true` or `false`"));
    };
    match keys.remove("regex") {
        Some(Value::String(regex)) => Namespace::new(&regex, exclusive),
        _ => Err(Problem::new("regex", "it is missing or not text", "write a regular expression in single quotes")),
    }
}

fn protocols(keys: &mut Mapping) -> Result<Vec<String>, Problem> {
    let problem = || Problem::new("protocols", "it is not a list of names", "write `protocols: [irc]` or leave it out");
    match keys.remove("protocols") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Sequence(list)) => {
            list.into_iter().map(|name| name.as_str().map(ToOwned::to_owned).ok_or_else(problem)).collect()
        }
        Some(_) => Err(problem()),
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
