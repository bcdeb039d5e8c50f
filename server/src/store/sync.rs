//! What `/sync` asks for many rooms at once: a fixed number of queries, whatever the number of rooms.

use std::collections::HashMap;

use sea_orm::{DbBackend, FromQueryResult, Value};

use super::{Atom, Membership, Pos, RoomNid, Store, StoreError, list};

/// What a user is to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Role {
    /// The room.
    pub room: RoomNid,
    /// What the user is to it.
    pub membership: Membership,
    /// The member event that says so.
    pub pos: Pos,
    /// The user left and does not want to see it any more.
    pub forgotten: bool,
}

/// A stretch of the stream in which an event was state.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Stretch {
    /// The room.
    pub room: RoomNid,
    /// Event type.
    pub kind: Atom,
    /// The event.
    pub since: Pos,
    /// What replaced it.
    pub upto: Option<Pos>,
}

/// A place in a room.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Place {
    /// The room.
    pub room: RoomNid,
    /// The event there.
    pub pos: Pos,
}

/// A stretch of a room's timeline to read backwards.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// The room.
    pub room: RoomNid,
    /// After this position …
    pub after: Pos,
    /// … and up to this one.
    pub upto: Pos,
}

/// How many users are what to a room.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Heads {
    /// The room.
    pub room: RoomNid,
    /// What they are.
    pub membership: Membership,
    /// How many.
    pub count: i64,
}

/// A user of a room.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Guest {
    /// The room.
    pub room: RoomNid,
    /// The user.
    pub who: Atom,
    /// What they are to it.
    pub membership: Membership,
    /// The member event that says so.
    pub pos: Pos,
}

/// Rows of values that go into one statement.
const CHUNK: usize = 1_000;

/// `($1,$2),($3,$4)…`: `rows` rows of `width` placeholders.
fn rows(rows: usize, width: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| list(1 + row * width, width)).collect();
    rows.join(",")
}

impl Store {
    /// What `user` is to every room they ever had to do with.
    pub async fn roles(&self, user: Atom) -> Result<Vec<Role>, StoreError> {
        self.all("SELECT room, membership, pos, forgotten FROM members WHERE \"user\" = $1", [user.into()]).await
    }

    /// The newest `limit` positions in each stretch, newest first.
    pub async fn tails(&self, reaches: &[Reach], limit: usize) -> Result<HashMap<RoomNid, Vec<Pos>>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut tails: HashMap<RoomNid, Vec<Pos>> = HashMap::with_capacity(reaches.len());
        for chunk in reaches.chunks(CHUNK) {
            let last = chunk.len() * 3 + 1;
            let newest = format!(
                "SELECT x.pos FROM events x WHERE x.room = v.room AND x.pos > v.low AND x.pos <= v.high \
                 ORDER BY x.pos DESC LIMIT ${last}"
            );
            // The one place where the databases want to be told differently how to go room by room.
            let join = match self.reader().get_database_backend() {
                DbBackend::Sqlite => format!("JOIN events t ON t.pos IN ({newest})"),
                _ => format!("CROSS JOIN LATERAL ({newest}) t"),
            };
            let given = rows(chunk.len(), 3);
            let sql = format!("WITH v(room, low, high) AS (VALUES {given}) SELECT v.room, t.pos FROM v {join}");
            let values = chunk.iter().flat_map(|r| [Value::from(r.room), r.after.into(), r.upto.into()]);
            let found: Vec<Place> = self.all(sql, values.chain([limit.into()])).await?;
            for place in found {
                tails.entry(place.room).or_default().push(place.pos);
            }
        }
        for tail in tails.values_mut() {
            tail.sort_unstable_by(|a, b| b.cmp(a));
        }
        Ok(tails)
    }

    /// The state of rooms right after a position each (`upto`), as far as it was set after `after`; without the events of
    /// one type, if one is named. Answers the positions of the events.
    pub async fn state_positions(&self, at: &[Reach], without: Option<Atom>) -> Result<Vec<Place>, StoreError> {
        let mut found = Vec::new();
        for chunk in at.chunks(CHUNK) {
            let given = rows(chunk.len(), 3);
            let select = "SELECT s.room, s.since AS pos FROM v JOIN state s ON s.room = v.room \
                          WHERE s.since > v.low AND s.since <= v.high AND (s.upto IS NULL OR s.upto > v.high)";
            // Two ranges of the key: the members, of whom there may be very many, are not even looked at.
            let select = match without {
                Some(Atom(kind)) => format!("{select} AND s.kind < {kind} UNION ALL {select} AND s.kind > {kind}"),
                None => select.to_owned(),
            };
            let sql = format!("WITH v(room, low, high) AS (VALUES {given}) {select}");
            let values = chunk.iter().flat_map(|r| [Value::from(r.room), r.after.into(), r.upto.into()]);
            let places: Vec<Place> = self.all(sql, values).await?;
            found.extend(places);
        }
        Ok(found)
    }

    /// The state that was set in short stretches of the stream and still held at their ends, found by the events in them:
    /// what a room was long ago, and how many members it has, costs nothing. Answers the positions of the events.
    pub async fn state_changes(&self, reaches: &[Reach]) -> Result<Vec<Place>, StoreError> {
        let mut found = Vec::new();
        for chunk in reaches.chunks(CHUNK) {
            let sql = format!(
                "WITH v(room, low, high) AS (VALUES {}) SELECT s.room, s.since AS pos FROM v \
                 JOIN events x ON x.room = v.room AND x.pos > v.low AND x.pos <= v.high AND x.state_key IS NOT NULL \
                 JOIN state s ON s.room = x.room AND s.kind = x.kind AND s.state_key = x.state_key AND s.since = x.pos \
                 WHERE s.upto IS NULL OR s.upto > v.high",
                rows(chunk.len(), 3)
            );
            let values = chunk.iter().flat_map(|r| [Value::from(r.room), r.after.into(), r.upto.into()]);
            let places: Vec<Place> = self.all(sql, values).await?;
            found.extend(places);
        }
        Ok(found)
    }

    /// The pieces of state of type `kind` with these keys, as they were right after these positions.
    pub async fn pieces_at(&self, kind: Atom, wanted: &[(RoomNid, Atom, Pos)]) -> Result<Vec<Place>, StoreError> {
        let mut found = Vec::new();
        for chunk in wanted.chunks(CHUNK) {
            let sql = format!(
                "WITH v(room, name, high) AS (VALUES {}) SELECT s.room, s.since AS pos FROM v \
                 JOIN state s ON s.room = v.room AND s.kind = {} AND s.state_key = v.name \
                 WHERE s.since <= v.high AND (s.upto IS NULL OR s.upto > v.high)",
                rows(chunk.len(), 3),
                kind.0
            );
            let values = chunk.iter().flat_map(|(room, key, at)| [Value::from(*room), (*key).into(), (*at).into()]);
            let places: Vec<Place> = self.all(sql, values).await?;
            found.extend(places);
        }
        Ok(found)
    }

    /// What each state event in these stretches replaced: pairs of the event and the one before it.
    pub async fn replaced(&self, reaches: &[Reach]) -> Result<HashMap<Pos, Pos>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            since: Pos,
            upto: Pos,
        }
        let mut found = HashMap::new();
        for chunk in reaches.chunks(CHUNK) {
            let sql = format!(
                "WITH v(room, low, high) AS (VALUES {}) SELECT s.since, s.upto FROM v \
                 JOIN state s ON s.room = v.room AND s.upto > v.low AND s.upto <= v.high",
                rows(chunk.len(), 3)
            );
            let values = chunk.iter().flat_map(|r| [Value::from(r.room), r.after.into(), r.upto.into()]);
            let rows: Vec<Row> = self.all(sql, values).await?;
            found.extend(rows.into_iter().map(|row| (row.upto, row.since)));
        }
        Ok(found)
    }

    /// Every stretch of the membership of `user` (by the atom of `m.room.member`) and, by the second kind with the empty
    /// key, of the history visibility of `rooms`; what ended at or before `after` is left out. Oldest first.
    pub async fn stretches(
        &self,
        rooms: &[RoomNid],
        (member, user): (Atom, Atom),
        visibility: Option<(Atom, Atom)>,
        after: Pos,
    ) -> Result<Vec<Stretch>, StoreError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(CHUNK) {
            let marks = list(2, chunk.len());
            let of = |(kind, key): (Atom, Atom)| {
                format!(
                    "SELECT room, kind, since, upto FROM state WHERE room IN {marks} AND kind = {} AND state_key = {} \
                     AND (upto IS NULL OR upto > $1)",
                    kind.0, key.0
                )
            };
            let mut sql = of((member, user));
            if let Some(visibility) = visibility {
                sql = format!("{sql} UNION ALL {}", of(visibility));
            }
            let values = std::iter::once(Value::from(after)).chain(chunk.iter().map(|&room| room.into()));
            let rows: Vec<Stretch> = self.all(sql, values).await?;
            found.extend(rows);
        }
        found.sort_unstable_by_key(|stretch| stretch.since);
        Ok(found)
    }

    /// How many users are in these rooms, and how many are invited.
    pub async fn heads(&self, rooms: &[RoomNid]) -> Result<Vec<Heads>, StoreError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(CHUNK) {
            let sql = format!(
                "SELECT room, membership, COUNT(*) AS count FROM members WHERE membership IN ({}, {}) AND room IN {} \
                 GROUP BY room, membership",
                Membership::JOIN.0,
                Membership::INVITE.0,
                list(1, chunk.len())
            );
            let rows: Vec<Heads> = self.all(sql, chunk.iter().map(|&room| room.into())).await?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// Those who came first to each of these rooms, at most `limit` a room, oldest first.
    pub async fn earliest(
        &self,
        rooms: &[RoomNid],
        memberships: &[Membership],
        limit: usize,
    ) -> Result<Vec<Guest>, StoreError> {
        let among: Vec<String> = memberships.iter().map(|membership| membership.0.to_string()).collect();
        // The plus keeps the databases from gathering all members of a kind first: in order of coming, few are enough.
        let first = format!(
            "SELECT x.\"user\" FROM members x WHERE x.room = v.room AND +x.membership IN ({}) \
             ORDER BY x.pos LIMIT {limit}",
            among.join(",")
        );
        let join = match self.reader().get_database_backend() {
            DbBackend::Sqlite => format!("JOIN members t ON t.room = v.room AND t.\"user\" IN ({first})"),
            _ => {
                format!("CROSS JOIN LATERAL ({first}) f JOIN members t ON t.room = v.room AND t.\"user\" = f.\"user\"")
            }
        };
        let mut found = Vec::new();
        for chunk in rooms.chunks(CHUNK) {
            let given = rows(chunk.len(), 1);
            let sql = format!(
                "WITH v(room) AS (VALUES {given}) SELECT t.room, t.\"user\" AS who, t.membership, t.pos FROM v {join}"
            );
            let rows: Vec<Guest> = self.all(sql, chunk.iter().map(|&room| room.into())).await?;
            found.extend(rows);
        }
        found.sort_unstable_by_key(|guest| guest.pos);
        Ok(found)
    }

    /// The ids of these rooms.
    pub async fn room_ids(&self, rooms: &[RoomNid]) -> Result<HashMap<RoomNid, String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            id: RoomNid,
            room_id: String,
        }
        let mut found = HashMap::with_capacity(rooms.len());
        for chunk in rooms.chunks(CHUNK) {
            let sql = format!("SELECT id, room_id FROM rooms WHERE id IN {}", list(1, chunk.len()));
            let rows: Vec<Row> = self.all(sql, chunk.iter().map(|&room| room.into())).await?;
            found.extend(rows.into_iter().map(|row| (row.id, row.room_id)));
        }
        Ok(found)
    }
}
