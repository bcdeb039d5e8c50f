//! Everything that is kept: one schema and one set of queries on SQLite (default) or PostgreSQL.
//!
//! Writes go through one [`writer`], which commits whatever waits in one database transaction (group commit) and hands out
//! stream positions in commit order. Reads use a pool beside it. Only this folder and its children name `sea_orm`.

pub mod account_data;
pub mod atoms;
pub mod device_lists;
pub mod devices;
pub mod entity;
pub mod events;
pub mod ids;
pub mod key_backup;
pub mod keys;
pub mod media;
pub mod members;
pub mod migration;
pub mod outbox;
pub mod outcome;
pub mod push;
pub mod receipts;
pub mod relations;
pub mod rooms;
pub mod search;
pub mod service_devices;
pub mod state;
pub mod sync;
pub mod to_device;
pub mod users;
pub mod writer;

use std::{
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait, FromQueryResult, Statement, Value,
};
use sea_orm_migration::MigratorTrait;

pub use self::{
    ids::{Atom, DeviceNid, Membership, Pos, RoomNid},
    outcome::StoreError,
    writer::{Rows, Tx},
};
use crate::stream::Stream;

/// When a committed write is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Survives the death of the process; a power cut may lose the last moments.
    Process,
    /// Survives a power cut: every commit waits for the disk.
    Power,
}

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    readers: DatabaseConnection,
    writer: writer::Writer,
    atoms: atoms::Cache,
    events: writer::EventCache,
    /// Events that lost their content a moment ago; see [`Store::forget`].
    emptied: moka::sync::Cache<Pos, ()>,
    next_room: AtomicI64,
}

/// Bytes of events kept in memory.
const EVENT_CACHE_BYTES: u64 = 24 << 20;

impl Store {
    /// Opens `url` (`sqlite:PATH`, `sqlite::memory:` excluded, or `postgres://…`), brings the schema up to date and starts
    /// the writer, which announces every commit on `stream`.
    pub async fn open(url: &str, durability: Durability, stream: Stream) -> Result<Self, DbErr> {
        claim(url).map_err(|error| DbErr::Custom(format!("its file cannot be made: {error}")))?;
        let url = sqlite_url(url);
        let writing = Database::connect(options(&url, durability, 1, false)).await?;
        migration::Migrator::up(&writing, None).await?;
        let readers = Database::connect(options(&url, durability, 4, true)).await?;
        let first = writer::reserve_first(&writing).await?;
        stream.start_at(first);
        let next_room = AtomicI64::new(rooms::first_free(&readers).await?);
        let events = moka::sync::Cache::builder()
            .max_capacity(EVENT_CACHE_BYTES)
            .weigher(|_, event: &Arc<crate::rooms::Event>| u32::try_from(event.weight()).unwrap_or(u32::MAX))
            .build();
        let emptied = moka::sync::Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(60)).build();
        let writer = writer::Writer::start(writing, first, stream, events.clone());
        Ok(Self(Arc::new(Inner { readers, writer, atoms: atoms::Cache::default(), events, emptied, next_room })))
    }

    /// The connections to read through. They see everything that has been acknowledged.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.0.readers
    }

    /// Writes `rows` and answers the first stream position they were given, once committed.
    pub async fn append(&self, rows: Rows) -> Result<Pos, StoreError> {
        self.0.writer.append(rows).await
    }

    /// Runs `work` inside the writer's transaction; committed when this answers. `work` must not wait for anything but
    /// the database. For a new stream position call [`Tx::position`].
    ///
    /// ```ignore
    /// store.write(move |tx| Box::pin(async move { tx.run("DELETE FROM …", [id.into()]).await })).await?;
    /// ```
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Tx<'a>) -> writer::Work<'a, T> + Send + 'static,
    {
        self.0.writer.write(work).await
    }

    /// All rows of a hand-written query. `$1`, `$2` … are the placeholders on both databases.
    pub async fn all<T: FromQueryResult>(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(T::find_by_statement(self.statement(sql, values)).all(self.reader()).await?)
    }

    /// The first row of a hand-written query.
    pub async fn one<T: FromQueryResult>(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(T::find_by_statement(self.statement(sql, values)).one(self.reader()).await?)
    }

    /// One row by primary key.
    pub async fn get<E: EntityTrait>(
        &self,
        key: <E::PrimaryKey as sea_orm::PrimaryKeyTrait>::ValueType,
    ) -> Result<Option<E::Model>, StoreError> {
        Ok(E::find_by_id(key).one(self.reader()).await?)
    }

    fn statement(&self, sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.reader().get_database_backend(), sql, values)
    }
}

/// `($n, $n+1, …)`: placeholders for a list of `count` values starting at `$first`.
#[must_use]
pub fn list(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    format!("({})", marks.join(","))
}

/// Makes the file of an SQLite database for its owner alone, if there is none: it holds what people said in private.
fn claim(url: &str) -> std::io::Result<()> {
    let path = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let Some(path) = path.filter(|path| *path != ":memory:" && !path.contains('?')) else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).append(true).open(path).map(drop)
}

/// `sqlite:PATH` in the form the driver wants, creating the file when it is not there.
fn sqlite_url(url: &str) -> String {
    match url.strip_prefix("sqlite:") {
        Some(path) if !path.contains('?') => format!("sqlite://{}?mode=rwc", path.trim_start_matches("//")),
        _ => url.to_owned(),
    }
}

fn options(url: &str, durability: Durability, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(20))
        .connect_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    if DbBackend::Sqlite.is_prefix_of(url) {
        options.map_sqlx_sqlite_opts(move |o| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            let synchronous = match durability {
                Durability::Process => SqliteSynchronous::Normal,
                Durability::Power => SqliteSynchronous::Full,
            };
            let o = o
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .foreign_keys(false)
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(200)
                .pragma("temp_store", "memory")
                .pragma("cache_size", if read_only { "-4096" } else { "-16384" });
            if read_only { o.pragma("query_only", "on").pragma("mmap_size", "268435456") } else { o }
        });
    } else if durability == Durability::Process {
        options.map_sqlx_postgres_opts(|o| o.options([("synchronous_commit", "off")]));
    }
    options
}
