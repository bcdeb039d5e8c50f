//! A whole server in a temporary folder, for tests in this crate. On PostgreSQL when `CAUSEWAY_TEST_DATABASE` names one.

mod again;
pub(crate) mod talk;
pub(crate) mod wire;

use crate::{app::App, config::Config};

/// A fresh server; lives as long as the folder does.
pub(crate) async fn app(folder: &std::path::Path) -> App {
    app_with(folder, |_| {}).await
}

/// The same, with some settings changed.
pub(crate) async fn app_with(folder: &std::path::Path, tune: impl FnOnce(&mut Config)) -> App {
    let mut config = Config::defaults().unwrap();
    config.server.name = "test".try_into().unwrap();
    config.server.data = folder.to_owned();
    config.database.url = Some(database(folder).await);
    config.limits.enabled = false;
    tune(&mut config);
    crate::start::open(config).await.unwrap()
}

/// A database of its own for each test: a file, or a new database of the given server.
async fn database(folder: &std::path::Path) -> String {
    use sea_orm::{ConnectionTrait, Database};
    let server = std::env::var(again::VARIABLE).unwrap_or_default();
    if !server.starts_with("postgres") {
        return format!("sqlite:{}", folder.join("test.db").display());
    }
    // The same folder is the same database, so that a test can open it again.
    let note = folder.join("database");
    let name = match std::fs::read_to_string(&note) {
        Ok(name) => name,
        Err(_) => {
            let name = format!("t{:x}", rand::random::<u64>());
            let admin = Database::connect(&server).await.unwrap();
            admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
            std::fs::write(note, &name).unwrap();
            name
        }
    };
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    url.to_string()
}
