//! The configuration: what can be set, and where from.
//!
//! Four layers, later ones win: the documented `config.default.toml` compiled in, a file, the files of `causeway.d`
//! beside it, the environment. The defaults stand in that one documented file and nowhere else; a key that is missing
//! there or here does not load. [`load`] reads the layers, [`check`] explains what is wrong with them, [`show`] prints
//! what came out.

pub mod check;
mod environment;
pub mod load;
pub mod show;
pub mod values;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use ruma::{OwnedServerName, RoomVersionId};
use serde::Deserialize;

pub use self::{
    check::Problem,
    load::{Loaded, load},
    values::{Size, Url},
};

/// Everything that can be set. The fields are the keys of `config.default.toml`, which describes them to operators.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub registration: Registration,
    pub appservices: Appservices,
    pub bridges: BTreeMap<String, Bridge>,
    pub media: Media,
    pub rooms: Rooms,
    pub limits: Limits,
    pub network: Network,
    pub log: Log,
}

/// `[server]`: who this server is and where it is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub name: OwnedServerName,
    #[serde(deserialize_with = "values::list")]
    pub listen: Vec<String>,
    pub data: PathBuf,
    #[serde(deserialize_with = "values::optional")]
    pub public_url: Option<Url>,
    pub workers: usize,
}

/// `[database]`: where everything is kept, and when it counts as kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    #[serde(deserialize_with = "values::optional")]
    pub url: Option<String>,
    pub durability: Durability,
}

/// What a committed message survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// The death of the process.
    Process,
    /// A power cut.
    Power,
}

/// `[registration]`: who may make an account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub mode: Mode,
    #[serde(deserialize_with = "values::optional")]
    pub token: Option<String>,
    #[serde(deserialize_with = "values::optional")]
    pub shared_secret: Option<String>,
    pub guests: bool,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nobody but administrators.
    Closed,
    /// Whoever knows the token.
    Token,
    /// Everybody.
    Open,
}

/// `[appservices]`: bridges that others run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appservices {
    #[serde(deserialize_with = "values::optional")]
    pub directory: Option<PathBuf>,
}

/// `[bridges.NETWORK]`: whether a bundled bridge runs, and what it alone understands.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "serde_json::Map<String, serde_json::Value>")]
pub struct Bridge {
    pub enabled: bool,
    /// The whole section but `enabled`, for the bridge to read.
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl From<serde_json::Map<String, serde_json::Value>> for Bridge {
    fn from(mut settings: serde_json::Map<String, serde_json::Value>) -> Self {
        let enabled = settings.remove("enabled").is_some_and(|value| value == true);
        Self { enabled, settings }
    }
}

/// `[media]`: uploads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    pub max_upload: Size,
}

/// `[rooms]`: what rooms are made like.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rooms {
    #[serde(deserialize_with = "values::room_version")]
    pub default_version: RoomVersionId,
}

/// `[limits]`: how often people may ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub enabled: bool,
}

/// `[network]`: what may be reached from here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    pub allow_private: bool,
    #[serde(deserialize_with = "values::optional")]
    pub extra_ca: Option<PathBuf>,
}

/// `[log]`: what is told while running.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
}

impl Config {
    /// What holds when nothing is set.
    ///
    /// # Errors
    /// Never, as long as the tests of this module pass.
    pub fn defaults() -> Result<Self, Problem> {
        load(None, []).map(|loaded| loaded.config)
    }

    /// The address of the database: the configured one, or the file in the data folder.
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite:{}", self.server.data.join("causeway.db").display());
        self.database.url.clone().unwrap_or_else(file)
    }

    /// The folder of registrations that operators fill.
    pub fn appservices_directory(&self) -> PathBuf {
        self.appservices.directory.clone().unwrap_or_else(|| self.registrations_directory())
    }

    /// The folder where the registrations of bundled bridges are.
    pub fn registrations_directory(&self) -> PathBuf {
        self.server.data.join("registrations")
    }

    /// The address people use. `port` is the one that was really bound.
    pub fn public_url(&self, port: u16) -> String {
        match &self.server.public_url {
            Some(url) => url.as_str().to_owned(),
            None => format!("http://localhost:{port}"),
        }
    }

    /// A file in the data folder.
    pub fn data_file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.server.data.join(name)
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
