//! The one writer. It takes whatever waits, writes it in one transaction, commits, and only then answers everybody.
//!
//! Positions are handed out here, so their order is the order of commits: who has read up to `n` will never see anything
//! new at or below `n`. They are reserved in blocks, so that a position is never used twice, not even when the newest
//! rows were deleted before a restart.

use std::{
    any::Any,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, IntoActiveModel,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use tokio::sync::{mpsc, oneshot};

use super::{
    Atom, Pos, RoomNid, StoreError,
    entity::{alias, event, member, outbox, relation, room, state},
    outbox::Frozen,
};
use crate::{
    rooms::Event,
    stream::{Change, Freezer, Stream, What},
};

/// Work of one caller inside the writer's transaction.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Events in memory, by position.
pub(super) type EventCache = moka::sync::Cache<Pos, Arc<Event>>;

type Erased = Box<dyn Any + Send>;
type Job = Box<dyn for<'a> FnOnce(&'a Tx<'a>) -> Work<'a, Erased> + Send>;

/// Rows of new events and what follows from them. Positions inside are relative: 0 is the first position this write gets.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Rooms that begin.
    pub rooms: Vec<room::Model>,
    /// Addresses that begin.
    pub aliases: Vec<alias::Model>,
    /// The events, in order; the n-th gets position n.
    pub events: Vec<event::Model>,
    /// State that begins (and, within one write, ends); `since` and `upto` relative.
    pub state: Vec<state::Model>,
    /// State that ends because something replaces it: room, type, key, relative position of what replaces it.
    pub ended: Vec<(RoomNid, Atom, Atom, i64)>,
    /// Who is what to a room now; `pos` relative.
    pub members: Vec<member::Model>,
    /// Which event speaks of which; `child` relative.
    pub relations: Vec<relation::Model>,
    /// What application services must hear; `pos` relative.
    pub outbox: Vec<outbox::Model>,
    /// Events that lose their content: absolute position, pruned JSON, relative position of the redaction.
    pub redacted: Vec<(Pos, String, i64)>,
    /// Announced after the commit; positions relative.
    pub changes: Vec<Change>,
}

enum Message {
    Rows(Box<Rows>, oneshot::Sender<Result<Pos, StoreError>>),
    Work(Job, oneshot::Sender<Result<Erased, StoreError>>),
}

/// An open transaction of the writer.
pub struct Tx<'a> {
    db: &'a DatabaseTransaction,
    next: &'a AtomicI64,
    changes: &'a std::sync::Mutex<Vec<Change>>,
}

impl Tx<'_> {
    /// The transaction, for entity queries.
    #[must_use]
    pub fn db(&self) -> &DatabaseTransaction {
        self.db
    }

    /// The next stream position.
    #[must_use]
    pub fn position(&self) -> Pos {
        Pos(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Announce `change` when this is committed.
    pub fn announce(&self, change: Change) {
        if let Ok(mut changes) = self.changes.lock() {
            changes.push(change);
        }
    }

    /// Runs a hand-written statement; answers the rows affected.
    pub async fn run(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, StoreError> {
        Ok(self.db.execute_raw(self.statement(sql, values)).await?.rows_affected())
    }

    /// All rows of a hand-written query.
    pub async fn all<T: FromQueryResult>(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(T::find_by_statement(self.statement(sql, values)).all(self.db).await?)
    }

    /// The first row of a hand-written query.
    pub async fn one<T: FromQueryResult>(
        &self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>, StoreError> {
        Ok(T::find_by_statement(self.statement(sql, values)).one(self.db).await?)
    }

    fn statement(&self, sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, values)
    }
}

/// The sending end of the writer's queue. Bounded: when the disk is slow, callers wait.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

/// Jobs in one commit, and in the queue.
const GROUP: usize = 256;
/// Positions reserved at a time.
const RESERVE: i64 = 10_000;

impl Writer {
    pub(super) fn start(db: DatabaseConnection, first: Pos, stream: Stream, events: EventCache) -> Self {
        let (queue, inbox) = mpsc::channel(GROUP);
        let desk = Desk { db, next: AtomicI64::new(first.0), reserved: first.0 + RESERVE, stream, events };
        tokio::spawn(desk.serve(inbox));
        Self { queue }
    }

    pub(super) async fn append(&self, rows: Rows) -> Result<Pos, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Message::Rows(Box::new(rows), answer)).await.map_err(|_| StoreError::Stopping)?;
        answered.await.map_err(|_| StoreError::Stopping)?
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Tx<'a>) -> Work<'a, T> + Send + 'static,
    {
        let job: Job = Box::new(move |tx| {
            let work = work(tx);
            Box::pin(async move { work.await.map(|value| Box::new(value) as Erased) })
        });
        let (answer, answered) = oneshot::channel();
        self.queue.send(Message::Work(job, answer)).await.map_err(|_| StoreError::Stopping)?;
        let value = answered.await.map_err(|_| StoreError::Stopping)??;
        value.downcast::<T>().map(|value| *value).map_err(|_| StoreError::Stopping)
    }
}

#[derive(FromQueryResult)]
struct Reserved {
    upto: i64,
}

/// The first position of this run: above everything handed out in earlier runs. Reserves the first block.
pub(super) async fn reserve_first(db: &DatabaseConnection) -> Result<Pos, DbErr> {
    let read = Statement::from_string(db.get_database_backend(), "SELECT upto FROM reserved");
    let first = Reserved::find_by_statement(read).one(db).await?.map_or(1, |row| row.upto);
    write_reserved(db, first + RESERVE).await?;
    Ok(Pos(first))
}

async fn write_reserved(db: &impl ConnectionTrait, upto: i64) -> Result<(), DbErr> {
    let sql = "UPDATE reserved SET upto = $1";
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [upto.into()])).await?;
    Ok(())
}

struct Desk {
    db: DatabaseConnection,
    next: AtomicI64,
    reserved: i64,
    stream: Stream,
    events: EventCache,
}

impl Desk {
    async fn serve(mut self, mut inbox: mpsc::Receiver<Message>) {
        let mut waiting = Vec::with_capacity(GROUP);
        while inbox.recv_many(&mut waiting, GROUP).await > 0 {
            let (mut rows, mut answers) = (Vec::new(), Vec::new());
            for message in waiting.drain(..) {
                match message {
                    Message::Rows(one, answer) => {
                        rows.push(*one);
                        answers.push(answer);
                    }
                    Message::Work(job, answer) => {
                        // What came before is written before; a job sees the rows of those who came first.
                        self.write_group(std::mem::take(&mut rows), std::mem::take(&mut answers)).await;
                        let _ = answer.send(self.work(job).await);
                    }
                }
            }
            self.write_group(rows, answers).await;
        }
    }

    /// Writes all groups in one transaction. If the database refuses, each is tried alone, so that one caller's conflict is
    /// not another caller's failure.
    async fn write_group(&mut self, rows: Vec<Rows>, answers: Vec<oneshot::Sender<Result<Pos, StoreError>>>) {
        if rows.is_empty() {
            return;
        }
        match self.write_rows(&rows).await {
            Ok(first) => {
                for (answer, pos) in answers.into_iter().zip(first) {
                    let _ = answer.send(Ok(pos));
                }
            }
            Err(error) if rows.len() == 1 => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
            Err(_) => {
                for (one, answer) in rows.into_iter().zip(answers) {
                    let written = self.write_rows(&[one]).await;
                    let _ = answer.send(written.map(|first| first.first().copied().unwrap_or_default()));
                }
            }
        }
    }

    async fn begin(&mut self) -> Result<DatabaseTransaction, DbErr> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let tx = self.db.begin_with_options(immediate).await?;
        // Room for the largest group there can be, before any of it is used.
        let next = self.next.load(Ordering::Relaxed);
        if next + RESERVE / 2 > self.reserved {
            write_reserved(&tx, next + RESERVE).await?;
        }
        Ok(tx)
    }

    fn committed(&mut self, changes: Vec<Change>) {
        let next = self.next.load(Ordering::Relaxed);
        if next + RESERVE / 2 > self.reserved {
            self.reserved = next + RESERVE / 2;
        }
        for change in &changes {
            if let What::Event { event, .. } = &change.what {
                self.events.insert(change.pos, Arc::clone(event));
            }
        }
        self.stream.publish(Pos(next - 1), changes);
    }

    async fn write_rows(&mut self, groups: &[Rows]) -> Result<Vec<Pos>, StoreError> {
        let tx = self.begin().await?;
        let mut first = Vec::with_capacity(groups.len());
        let mut all = Rows::default();
        let start = self.next.load(Ordering::Relaxed);
        let mut base = start;
        for rows in groups {
            first.push(Pos(base));
            base += place(rows, base, &mut all);
        }
        let freezer = self.stream.freezer();
        let frozen = freezer.map(|freezer| freezer.freeze(&all.changes)).unwrap_or_default();
        match commit(tx, &mut all, frozen).await {
            Ok(()) => {
                self.next.store(base, Ordering::Relaxed);
                self.committed(std::mem::take(&mut all.changes));
                Ok(first)
            }
            Err(error) => {
                freezer.into_iter().for_each(Freezer::undo);
                Err(error)
            }
        }
    }

    async fn work(&mut self, job: Job) -> Result<Erased, StoreError> {
        let db = self.begin().await?;
        let changes = std::sync::Mutex::new(Vec::new());
        let outcome = job(&Tx { db: &db, next: &self.next, changes: &changes }).await;
        match outcome {
            Ok(value) => {
                db.commit().await?;
                self.committed(changes.into_inner().unwrap_or_default());
                Ok(value)
            }
            Err(error) => {
                db.rollback().await?;
                Err(error)
            }
        }
    }
}

/// Copies `rows` to `all` with absolute positions; answers how many positions they take.
fn place(rows: &Rows, base: i64, all: &mut Rows) -> i64 {
    let at = |relative: i64| base + relative;
    all.rooms.extend(rows.rooms.iter().cloned());
    all.aliases.extend(rows.aliases.iter().cloned());
    all.events.extend(rows.events.iter().enumerate().map(|(n, row)| {
        let n = i64::try_from(n).unwrap_or_default();
        event::Model { pos: Pos(at(n)), ..row.clone() }
    }));
    all.state.extend(rows.state.iter().map(|row| {
        let upto = row.upto.map(|upto| Pos(at(upto.0)));
        state::Model { since: Pos(at(row.since.0)), upto, ..row.clone() }
    }));
    all.ended.extend(rows.ended.iter().map(|&(room, kind, key, by)| (room, kind, key, at(by))));
    all.members.extend(rows.members.iter().map(|row| member::Model { pos: Pos(at(row.pos.0)), ..row.clone() }));
    all.relations
        .extend(rows.relations.iter().map(|row| relation::Model { child: Pos(at(row.child.0)), ..row.clone() }));
    all.outbox.extend(rows.outbox.iter().map(|row| outbox::Model { pos: Pos(at(row.pos.0)), ..row.clone() }));
    all.redacted.extend(rows.redacted.iter().map(|(target, json, by)| (*target, json.clone(), at(*by))));
    all.changes.extend(rows.changes.iter().map(|change| change.at(base)));
    i64::try_from(rows.events.len()).unwrap_or_default()
}

async fn commit(tx: DatabaseTransaction, rows: &mut Rows, frozen: Vec<(Atom, Frozen)>) -> Result<(), StoreError> {
    // Left early, the transaction is rolled back.
    insert(&tx, rows).await?;
    for (service, frozen) in frozen {
        super::outbox::freeze(&tx, service, frozen).await?;
    }
    Ok(tx.commit().await?)
}

/// A fixed number of statements, whatever the number of rows, but for redactions and replaced state.
async fn insert(tx: &DatabaseTransaction, rows: &mut Rows) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    for (room, kind, key, by) in rows.ended.drain(..) {
        let sql = "UPDATE state SET upto = $1 WHERE room = $2 AND kind = $3 AND state_key = $4 AND upto IS NULL";
        let values = [by.into(), room.into(), kind.into(), key.into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    for (target, json, by) in rows.redacted.drain(..) {
        let sql = "UPDATE events SET json = $1, redacted_by = $2 WHERE pos = $3 AND redacted_by IS NULL";
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, [json.into(), by.into(), target.into()])).await?;
        tx.execute_raw(Statement::from_sql_and_values(
            backend,
            "DELETE FROM relations WHERE child = $1",
            [target.into()],
        ))
        .await?;
    }
    insert_many::<room::Entity>(tx, std::mem::take(&mut rows.rooms)).await?;
    insert_many::<alias::Entity>(tx, std::mem::take(&mut rows.aliases)).await?;
    insert_many::<event::Entity>(tx, std::mem::take(&mut rows.events)).await?;
    insert_many::<state::Entity>(tx, std::mem::take(&mut rows.state)).await?;
    insert_many::<relation::Entity>(tx, std::mem::take(&mut rows.relations)).await?;
    insert_many::<outbox::Entity>(tx, std::mem::take(&mut rows.outbox)).await?;
    super::members::upsert(tx, std::mem::take(&mut rows.members)).await?;
    Ok(())
}

/// Rows in one statement; keeps the number of bound values below what SQLite takes.
const CHUNK: usize = 500;

async fn insert_many<E>(tx: &DatabaseTransaction, models: Vec<E::Model>) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let mut models = models.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while models.peek().is_some() {
        E::insert_many(models.by_ref().take(CHUNK)).exec_without_returning(tx).await?;
    }
    Ok(())
}
