//! The layer of environment variables: `CAUSEWAY__SECTION__KEY`.

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

const PREFIX: &str = "CAUSEWAY__";

/// The variables of the environment that are ours.
#[derive(Clone, Debug)]
pub(super) struct Environment(Vec<(String, String)>);

impl Environment {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect())
    }
}

impl Source for Environment {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let entries = self.0.iter().map(|(name, text)| {
            let key = name.trim_start_matches(PREFIX).to_lowercase().replace("__", ".");
            let kind = if key.starts_with("bridges.") { free(text) } else { literal(text) };
            (key, Value::new(Some(&format!("the environment ({name})")), kind))
        });
        Ok(entries.collect())
    }
}

/// A value whose type is known when it is read: only lists and tables have to be taken apart here.
fn literal(text: &str) -> ValueKind {
    let structured = text.starts_with('[') || text.starts_with('{');
    let parsed = structured.then(|| File::from_str(&format!("value = {text}"), FileFormat::Toml).collect().ok());
    match parsed.flatten().and_then(|mut table| table.remove("value")) {
        Some(value) => value.kind,
        None => ValueKind::String(text.to_owned()),
    }
}

/// A value whose type nobody here knows. Long numbers are ids, so they stay text.
fn free(text: &str) -> ValueKind {
    match text {
        "true" => ValueKind::Boolean(true),
        "false" => ValueKind::Boolean(false),
        _ => match text.parse::<i64>() {
            Ok(number) if text.len() < 10 && number.to_string() == text => ValueKind::I64(number),
            _ => literal(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_type_they_look_like() {
        for (text, kind) in [
            ("true", ValueKind::Boolean(true)),
            ("42", ValueKind::I64(42)),
            ("0042", ValueKind::String("0042".into())),
            ("123456789012345678", ValueKind::String("123456789012345678".into())),
            ("[::1]:8008", ValueKind::String("[::1]:8008".into())),
            ("text", ValueKind::String("text".into())),
        ] {
            assert_eq!(free(text), kind, "{text}");
        }
        let ValueKind::Array(items) = literal(r#"["a", "b"]"#) else { panic!("not a list") };
        assert_eq!(items.len(), 2);
    }
}
