//! Reads the layers and puts them together.

use std::{
    fs,
    path::{Path, PathBuf},
};

use config::{ConfigError, File, FileFormat, Value};

use super::{
    Config,
    check::{self, Problem},
    environment::Environment,
};

/// The file that is read when none is named.
pub const USUAL_FILE: &str = "causeway.toml";

const DEFAULTS: &str = include_str!("../../config.default.toml");

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What was set.
    pub config: Config,
    /// The files that were read, in order.
    pub files: Vec<PathBuf>,
    pub(super) tree: Value,
}

/// Reads the configuration. `file` was named by the operator and has to exist; without it [`USUAL_FILE`] is read if
/// it is there. `environment` is usually [`std::env::vars_os`] as far as it is text.
///
/// # Errors
/// The first thing that is wrong, in one sentence with its cure.
pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Problem> {
    let files = files(file)?;
    let mut builder = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    for file in &files {
        builder = builder.add_source(File::from(file.as_path()).format(FileFormat::Toml));
    }
    let tree = builder.add_source(Environment::new(environment)).build().map_err(unreadable)?.cache;
    check::known_keys(&defaults()?, &tree)?;
    let config: Config = tree.clone().try_deserialize().map_err(|error| check::explain(error, &tree))?;
    check::fitting(&config, &tree)?;
    Ok(Loaded { config, files, tree })
}

/// The named file or the usual one, then `causeway.d/*.toml` beside it.
fn files(named: Option<&Path>) -> Result<Vec<PathBuf>, Problem> {
    let file = named.unwrap_or(Path::new(USUAL_FILE));
    let mut files = Vec::new();
    if file.is_file() {
        files.push(file.to_owned());
    } else if named.is_some() {
        let found = format!("the configuration file {} is not there", file.display());
        return Err(Problem::plain(found, "create it or name another one with --config"));
    }
    let folder = file.parent().unwrap_or(Path::new("")).join("causeway.d");
    let mut extra: Vec<_> = match fs::read_dir(&folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => Vec::new(),
    };
    extra.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    extra.sort();
    files.extend(extra);
    Ok(files)
}

fn defaults() -> Result<Value, Problem> {
    let built = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build();
    built.map(|config| config.cache).map_err(unreadable)
}

fn unreadable(error: ConfigError) -> Problem {
    match error {
        ConfigError::FileParse { uri, cause } => {
            let file = uri.unwrap_or_else(|| "the configuration".to_owned());
            let cause = cause.to_string();
            let lines: Vec<_> = cause.lines().filter(|line| !line.trim_start().starts_with('|')).collect();
            Problem::plain(format!("{file} cannot be read: {}", lines.join(" ")), "correct that line")
        }
        other => Problem::plain(other.to_string(), "correct it"),
    }
}
