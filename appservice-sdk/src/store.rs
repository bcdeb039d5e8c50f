//! The bridge's own database: the only place that names sea-orm.
//!
//! SQLite (one writer connection, two readers, WAL, `synchronous=NORMAL`) or PostgreSQL, with one set of statements.
//! Writing is a list of [`Sql`] values that is committed as one transaction by [`Store::commit`]: whoever decides what to
//! write needs no connection, and a transaction is never held across a network call.

pub(crate) mod failed;
pub(crate) mod ghosts;
pub(crate) mod inbox;
pub(crate) mod media;
pub(crate) mod memory;
pub(crate) mod messages;
mod migration;
pub(crate) mod pins;
pub(crate) mod polls;
pub(crate) mod portals;
pub(crate) mod powers;
pub(crate) mod reactions;
pub(crate) mod requests;

use std::{
    borrow::Cow,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, FromQueryResult, Statement,
    TransactionTrait, Value,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{Mutex, MutexGuard};

use crate::network::StoreError;

/// One statement with its values. Parameters are written `$1`, `$2` …, which both databases read.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

impl Sql {
    fn new(text: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Self {
        Self { text: text.into(), values }
    }
}

/// `($1,$2),($3,$4)`: placeholders for `rows` rows of `columns` values.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = |at: usize| {
        let names: Vec<String> = (1..=columns).map(|column| format!("${}", at * columns + column)).collect();
        format!("({})", names.join(","))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

/// `($1,$2,$3)` beginning at `first`, for `IN`.
fn list(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|at| format!("${at}")).collect();
    format!("({})", names.join(","))
}

/// The database.
#[derive(Debug)]
pub(crate) struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    backend: DbBackend,
    /// In tests: how many more commits succeed before the process «dies», that is, hangs for ever.
    pub(crate) fuse: AtomicI64,
    /// Keeps the order of rows the order of their ids: PostgreSQL would let a later id commit first.
    turn: Mutex<()>,
}

impl Store {
    /// Opens (and makes or updates) the database behind `sqlite:…` or `postgres://…`.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let opening = |why: DbErr| StoreError::new("opening it", why);
        let (writer, reader) = if url.starts_with("sqlite:") {
            claim(url).map_err(|why| StoreError::new("making its file", why))?;
            let writer = Database::connect(sqlite(&create(url), false)).await.map_err(opening)?;
            let reader = Database::connect(sqlite(url, true)).await.map_err(opening)?;
            (writer, reader)
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(6).sqlx_logging(false).connect_timeout(Duration::from_secs(5));
            let pool = Database::connect(options).await.map_err(opening)?;
            (pool.clone(), pool)
        };
        let backend = writer.get_database_backend();
        let store = Self { writer, reader, backend, turn: Mutex::new(()), fuse: AtomicI64::new(i64::MAX) };
        migration::run(&store).await?;
        Ok(store)
    }

    /// Runs the statements in one transaction, in order.
    pub(crate) async fn commit(&self, doing: &'static str, statements: Vec<Sql>) -> Result<(), StoreError> {
        if statements.is_empty() {
            return Ok(());
        }
        let _turn = self.turn().await;
        if self.fuse.fetch_sub(1, Ordering::Relaxed) <= 0 {
            std::future::pending::<()>().await;
        }
        let failed = |why: DbErr| StoreError::new(doing, why);
        let mut statements = statements;
        if statements.len() < 2 {
            if let Some(only) = statements.pop() {
                self.writer.execute_raw(self.statement(only)).await.map_err(failed)?;
            }
            return Ok(());
        }
        let tx = self.writer.begin().await.map_err(failed)?;
        for statement in statements {
            tx.execute_raw(self.statement(statement)).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)
    }

    async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    async fn rows<T: FromQueryResult>(&self, doing: &'static str, query: Sql) -> Result<Vec<T>, StoreError> {
        let failed = |why: DbErr| StoreError::new(doing, why);
        let rows = self.reader.query_all_raw(self.statement(query)).await.map_err(failed)?;
        rows.iter().map(|row| T::from_query_result(row, "").map_err(failed)).collect()
    }

    async fn row<T: FromQueryResult>(&self, doing: &'static str, query: Sql) -> Result<Option<T>, StoreError> {
        Ok(self.rows(doing, query).await?.into_iter().next())
    }

    fn statement(&self, sql: Sql) -> Statement {
        Statement::from_sql_and_values(self.backend, sql.text, sql.values)
    }

    /// Closes all connections: what follows fails.
    pub(crate) async fn close(&self) {
        let _ = self.reader.clone().close().await;
        let _ = self.writer.clone().close().await;
    }
}

/// Makes the file so that only its owner reads it: networks keep secrets in it. SQLite gives its other files the same rights.
fn claim(url: &str) -> std::io::Result<()> {
    let path = url.trim_start_matches("sqlite:").split('?').next().unwrap_or_default();
    let path = std::path::Path::new(path.strip_prefix("//").unwrap_or(path));
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" || path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn create(url: &str) -> String {
    match url.contains("mode=") {
        true => url.to_owned(),
        false => format!("{url}{}mode=rwc", if url.contains('?') { "&" } else { "?" }),
    }
}

fn sqlite(url: &str, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(if read_only { 2 } else { 1 })
        .min_connections(1)
        .idle_timeout(Duration::from_secs(365 * 86_400))
        .max_lifetime(Duration::from_secs(365 * 86_400))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite.busy_timeout(Duration::from_secs(10)).foreign_keys(true).pragma("temp_store", "memory");
            match read_only {
                true => sqlite.pragma("query_only", "on"),
                false => sqlite.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal),
            }
        });
    options
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The database of a folder: a file in it, or one of the server that `CAUSEWAY_TEST_DATABASE` names.
    pub(crate) async fn database(folder: &std::path::Path) -> String {
        let server = std::env::var("CAUSEWAY_TEST_DATABASE").unwrap_or_default();
        if !server.starts_with("postgres") {
            return format!("sqlite:{}", folder.join("bridge.db").display());
        }
        let note = folder.join("database");
        let name = match std::fs::read_to_string(&note) {
            Ok(name) => name,
            Err(_) => {
                let name = format!("b{:x}", rand::random::<u64>());
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

    /// A fresh database in a folder that lives as long as the answer.
    pub(crate) async fn fresh() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Store::open(&database(folder.path()).await).await.unwrap(), folder)
    }

    #[tokio::test]
    async fn a_transaction_that_fails_half_way_leaves_nothing() {
        let (store, _folder) = fresh().await;
        let good = memory::put("a", Some(&serde_json::json!(1)));
        let bad = Sql::new("INSERT INTO nowhere VALUES ($1)", vec![1i64.into()]);
        assert!(store.commit("testing", vec![good, bad]).await.is_err());
        assert_eq!(store.recall("a").await.unwrap(), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_read_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/bridge.db");
        let store = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
        store.commit("testing", vec![memory::put("a", None)]).await.unwrap();
        for name in ["bridge.db", "bridge.db-wal"] {
            let mode = std::fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn placeholders_count_through() {
        assert_eq!(placeholders(2, 2), "($1,$2),($3,$4)");
        assert_eq!(list(2, 2), "($2,$3)");
    }
}
