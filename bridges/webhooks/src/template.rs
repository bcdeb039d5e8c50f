//! Any JSON as a message, through a template (<https://docs.rs/minijinja>): `{{ json.alert.name }} is {{ json.state }}`.
//!
//! A template sees `json`, `headers` (in lower case) and `query`, and nothing else: no files, no network, no clock. What
//! it makes is Markdown; or JSON with the names of [`crate::dialect::native::object`], which can also say priority and key.

use appservice_sdk::prelude::*;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};

use crate::{
    body,
    convert::markdown::{self, calls},
    dialect::{Dialect, native},
    post::Post,
};

/// Steps that a template may take.
const FUEL: u64 = 100_000;
/// The longest template, and the longest text of one, in bytes.
const LONGEST: usize = 64 * 1024;
/// Headers that are nobody's business.
const HIDDEN: [&str; 4] = ["authorization", "cookie", "x-gitlab-token", "x-gotify-key"];

/// A message made by a template.
///
/// # Errors
/// What is wrong with the template, in a sentence for its author.
pub fn post(source: &str, json: &Value, request: &HttpRequest) -> Result<Post, String> {
    let text = render(source, json, request)?;
    if let Some(Value::Object(made)) = text.trim_start().starts_with('{').then(|| body::json(&text)).flatten() {
        return Ok(native::object(&made));
    }
    Ok(Post { say: markdown::read(text.trim()), mentions: calls(&text), ..Post::new(Dialect::Native) })
}

/// The text of a template.
///
/// # Errors
/// What is wrong with the template.
pub fn render(source: &str, json: &Value, request: &HttpRequest) -> Result<String, String> {
    if source.len() > LONGEST {
        return Err("The template is too long.".to_owned());
    }
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let headers = request.headers.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
    let headers: Map<String, Value> = headers.map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let query: Map<String, Value> = body::form(&request.query)
        .into_iter()
        .filter(|(name, _)| name != "token")
        .map(|(name, value)| (name, value.into()))
        .collect();
    let context = json!({ "json": json, "headers": headers, "query": query });
    let mut out = Bounded::default();
    let template =
        environment.template_from_str(source).map_err(|error| format!("The template cannot be read: {error}."))?;
    template
        .render_captured_to(minijinja::value::Serde(context), &mut out)
        .map_err(|error| format!("The template failed: {error}."))?;
    Ok(String::from_utf8_lossy(&out.written).into_owned())
}

/// Takes no more than the longest text: a loop of a template may write without end.
#[derive(Default)]
struct Bounded {
    written: Vec<u8>,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.written.len() + bytes.len() > LONGEST {
            return Err(std::io::Error::other("it writes too much"));
        }
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::{Priority, State};

    fn request() -> HttpRequest {
        HttpRequest {
            method: "POST".into(),
            path: "/".into(),
            query: "env=prod".into(),
            headers: vec![("authorization".into(), "Bearer s".into()), ("x-kind".into(), "k".into())],
            body: Bytes::new(),
            peer: None,
            trusted: false,
        }
    }

    #[test]
    fn any_json_becomes_a_message() {
        let json = json!({ "alert": { "name": "Disk", "level": 9 }, "hosts": ["a", "b"] });
        for (source, text) in [
            ("**{{ json.alert.name }}** on {{ json.hosts | join(', ') }}", "**Disk** on a, b"),
            ("{% if json.alert.level > 5 %}bad{% endif %} {{ query.env }} {{ headers['x-kind'] }}", "bad prod k"),
            ("{{ json.nothing.at.all }}{{ headers.authorization }}", ""),
            ("<b>", "<b>"),
        ] {
            assert_eq!(render(source, &json, &request()).as_deref(), Ok(text), "{source}");
        }
        let made = post(
            r#"{"title": "T", "text": "{{ json.alert.name }}", "priority": "urgent", "state": "resolved", "key": "k"}"#,
            &json,
            &request(),
        )
        .unwrap();
        assert_eq!((made.urgency(), made.state, made.key.as_deref()), (Priority::Urgent, State::Resolved, Some("k")));
    }

    #[test]
    fn a_template_cannot_run_or_write_for_ever_nor_read_files() {
        for source in [
            "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            "{{ 'x' * 100000000 }}",
            "{% include '/etc/passwd' %}",
            "{% for x in range(9000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
            "{{ broken",
        ] {
            assert!(render(source, &Value::Null, &request()).is_err(), "{source}");
        }
    }
}
