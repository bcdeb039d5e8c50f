//! A whole server in a temporary folder, for tests in this crate. On PostgreSQL when `CAUSEWAY_TEST_DATABASE` names one.

pub(crate) mod wire;

use ruma::signatures::Ed25519KeyPair;

use crate::{
    app::{App, Parts},
    clock::Clock,
    config::Config,
    delivery::Delivery,
    http::{gateway::Gateway, limits::Limits},
    rooms::Rooms,
    services::Services,
    store::{Durability, Store},
    stream::Stream,
    users::Users,
};

/// A fresh server; lives as long as the folder does.
pub(crate) async fn app(folder: &std::path::Path) -> App {
    app_with(folder, |_| {}).await
}

/// The same, with some settings changed.
pub(crate) async fn app_with(folder: &std::path::Path, tune: impl FnOnce(&mut Config)) -> App {
    let stream = Stream::default();
    let store = Store::open(&database(folder).await, Durability::Process, stream.clone()).await.unwrap();
    let mut config = Config::defaults().unwrap();
    config.server.name = "test".try_into().unwrap();
    config.server.data = folder.to_owned();
    config.limits.enabled = false;
    tune(&mut config);
    let services = Services::open("test", [folder.join("registrations")]);
    App::new(Parts {
        gateway: Gateway::new(services.clone(), 1 << 20).unwrap(),
        config,
        services,
        key: Ed25519KeyPair::from_der(&Ed25519KeyPair::generate(), "a".to_owned()).unwrap(),
        store,
        stream,
        rooms: Rooms::default(),
        delivery: Delivery::default(),
        users: Users::default(),
        limits: Limits::new(false),
        clock: Clock::default(),
    })
}

/// A database of its own for each test: a file, or a new database of the given server.
async fn database(folder: &std::path::Path) -> String {
    use sea_orm::{ConnectionTrait, Database};
    let Ok(server) = std::env::var("CAUSEWAY_TEST_DATABASE") else {
        return format!("sqlite:{}", folder.join("test.db").display());
    };
    let name = format!("t{:x}", rand::random::<u64>());
    let admin = Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    url.to_string()
}
