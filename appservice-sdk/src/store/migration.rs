//! The tables, as a list of steps. A step is never changed once it has landed; the next one is added below.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, TransactionTrait};

use super::{Sql, Store};
use crate::network::StoreError;

/// Integers are 64 bits wide, truth is 0 or 1, times are milliseconds since 1970. `{id}` is a growing row id.
const STEPS: &[&[&str]] = &[FIRST, BOTH_SIDES];

const FIRST: &[&str] = &[
    // What waits to be done (done = 0) and what was done, kept for a month to recognise duplicates by key.
    "CREATE TABLE inbox (id {id}, lane TEXT NOT NULL, dedupe TEXT UNIQUE, body TEXT NOT NULL, journal TEXT, \
     received_at BIGINT NOT NULL, not_before BIGINT NOT NULL DEFAULT 0, done BIGINT NOT NULL DEFAULT 0)",
    "CREATE INDEX inbox_waiting ON inbox (lane, id) WHERE done = 0",
    "CREATE INDEX inbox_done ON inbox (received_at) WHERE done = 1",
    // Which message is which: one row for each pair of a remote part and an event.
    "CREATE TABLE message (chat TEXT NOT NULL, id TEXT NOT NULL, part BIGINT NOT NULL, event_id TEXT NOT NULL, \
     room_id TEXT NOT NULL, thread TEXT, from_matrix BIGINT NOT NULL, author TEXT NOT NULL, author_id TEXT NOT NULL, \
     excerpt TEXT NOT NULL, note TEXT, hash TEXT NOT NULL, version BIGINT NOT NULL, deleted BIGINT NOT NULL DEFAULT 0, \
     sent_at BIGINT NOT NULL, PRIMARY KEY (chat, id, part))",
    "CREATE INDEX message_event ON message (event_id)",
    "CREATE INDEX message_thread ON message (chat, thread, sent_at) WHERE thread IS NOT NULL",
    // Who reacted how. Reactions from Matrix are counted: the network sees one for all.
    "CREATE TABLE reaction (chat TEXT NOT NULL, id TEXT NOT NULL, emoji TEXT NOT NULL, sender TEXT NOT NULL, \
     from_matrix BIGINT NOT NULL, event_id TEXT NOT NULL, room_id TEXT NOT NULL, shown TEXT NOT NULL, \
     PRIMARY KEY (chat, id, emoji, sender))",
    "CREATE INDEX reaction_event ON reaction (event_id)",
    "CREATE INDEX reaction_shown ON reaction (shown) WHERE from_matrix = 0",
    // Which chat is which room, and what the bridge last made of the room's look.
    "CREATE TABLE portal (chat TEXT PRIMARY KEY, room_id TEXT UNIQUE, kind TEXT NOT NULL, ours BIGINT NOT NULL, \
     parent TEXT, name TEXT, topic TEXT, avatar TEXT, name_custom BIGINT NOT NULL, topic_custom BIGINT NOT NULL, \
     avatar_custom BIGINT NOT NULL, configured BIGINT NOT NULL, last_seen TEXT)",
    "CREATE TABLE ghost (id TEXT PRIMARY KEY, name TEXT, avatar TEXT)",
    "CREATE TABLE ghost_room (room_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (room_id, user_id))",
    // Files that were uploaded, by the network's id of them.
    "CREATE TABLE media (source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, mxc TEXT NOT NULL, mime TEXT, size BIGINT NOT NULL)",
    "CREATE INDEX media_hash ON media (sha256)",
    "CREATE INDEX media_mxc ON media (mxc)",
    // The network's own memory.
    "CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
];

/// Polls, pins, powers, packs, moved chats, requests for links, failed messages.
const BOTH_SIDES: &[&str] = &[
    // Who may come into the room as the bridge last set it, and the features it last told.
    "ALTER TABLE portal ADD COLUMN access TEXT",
    "ALTER TABLE portal ADD COLUMN features TEXT",
    // The container whose names a ghost's profile follows, and how it looks in rooms of others.
    "ALTER TABLE ghost ADD COLUMN home TEXT",
    "ALTER TABLE ghost_room ADD COLUMN looks TEXT",
    "CREATE INDEX ghost_room_user ON ghost_room (user_id) WHERE looks IS NOT NULL",
    "CREATE TABLE poll (chat TEXT NOT NULL, id TEXT NOT NULL, event_id TEXT NOT NULL, author TEXT NOT NULL, \
     poll TEXT NOT NULL, ended BIGINT NOT NULL, told BIGINT NOT NULL, PRIMARY KEY (chat, id))",
    "CREATE INDEX poll_event ON poll (event_id)",
    "CREATE TABLE vote (chat TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, answers TEXT NOT NULL, \
     sent_at BIGINT NOT NULL, PRIMARY KEY (chat, id, sender))",
    // What is pinned on both sides.
    "CREATE TABLE pin (room_id TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (room_id, event_id))",
    // The power that ghosts shall have; done when the room says so, too.
    "CREATE TABLE power (room_id TEXT NOT NULL, user_id TEXT NOT NULL, level BIGINT NOT NULL, done BIGINT NOT NULL, \
     PRIMARY KEY (room_id, user_id))",
    // Former ids of chats.
    "CREATE TABLE moved (chat TEXT PRIMARY KEY, to_chat TEXT NOT NULL)",
    // What was asked on one side and is to be accepted on the other, by the hash of its code.
    "CREATE TABLE request (code TEXT PRIMARY KEY, chat TEXT, room_id TEXT, asked_by TEXT NOT NULL, at BIGINT NOT NULL)",
    // Messages that failed for good and may be tried again by hand.
    "CREATE TABLE failed (event_id TEXT PRIMARY KEY, lane TEXT NOT NULL, sender TEXT NOT NULL, body TEXT NOT NULL, \
     journal TEXT, notice TEXT, at BIGINT NOT NULL)",
    "CREATE INDEX failed_notice ON failed (notice)",
    // Rooms that ghosts have to leave.
    "CREATE TABLE leaving (room_id TEXT PRIMARY KEY)",
];

#[derive(FromQueryResult)]
struct Version {
    version: i64,
}

/// Brings the tables up to date. Each step is one transaction with the number that marks it done.
pub(super) async fn run(store: &Store) -> Result<(), StoreError> {
    let failed = |why| StoreError::new("updating its tables", why);
    let table = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
    store.writer.execute_unprepared(table).await.map_err(failed)?;
    let query = Sql::new("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version", vec![]);
    let known = store.row::<Version>("reading its version", query).await?.map_or(0, |row| row.version);
    let id = match store.backend {
        DbBackend::Postgres => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        _ => "INTEGER PRIMARY KEY AUTOINCREMENT",
    };
    for (number, step) in (1i64..).zip(STEPS).skip(usize::try_from(known).unwrap_or(usize::MAX)) {
        let tx = store.writer.begin().await.map_err(failed)?;
        for statement in *step {
            tx.execute_unprepared(&statement.replace("{id}", id)).await.map_err(failed)?;
        }
        tx.execute_unprepared(&format!("INSERT INTO schema_version VALUES ({number})")).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
    }
    Ok(())
}
