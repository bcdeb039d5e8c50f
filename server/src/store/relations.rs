//! Which events speak of which.

use sea_orm::{FromQueryResult, Value};

use super::{Atom, Pos, RoomNid, Store, StoreError, events::Direction, list};

/// The events of one type by one sender that speak in one way of one event.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Group {
    /// The event they speak of.
    pub parent: String,
    /// How.
    pub rel_type: Atom,
    /// Their type.
    pub kind: Atom,
    /// Their sender.
    pub sender: Atom,
    /// How many they are.
    pub count: i64,
    /// The newest of them.
    pub latest: Pos,
}

/// An event that speaks of another.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Child {
    /// The event it speaks of.
    pub parent: String,
    /// The event that speaks.
    pub child: Pos,
}

/// What one person says in one way of one event.
#[derive(Clone, Copy, Debug)]
pub struct Mine<'a> {
    /// The room of both events.
    pub room: RoomNid,
    /// The event it speaks of.
    pub parent: &'a str,
    /// How.
    pub rel_type: Atom,
    /// The type of the event that speaks.
    pub kind: Atom,
    /// Who speaks.
    pub sender: Atom,
}

/// Which relations to list.
#[derive(Clone, Debug)]
pub struct Which {
    /// The room of both events.
    pub room: RoomNid,
    /// How they speak of it, if that matters.
    pub rel_type: Option<Atom>,
    /// Their type, if that matters.
    pub kind: Option<Atom>,
    /// After this position …
    pub after: Pos,
    /// … and up to this one.
    pub upto: Pos,
    /// In which order.
    pub direction: Direction,
    /// At most so many.
    pub limit: usize,
    /// Also what speaks of what speaks of it, so many steps.
    pub depth: u8,
}

impl Store {
    /// What is said of these events in these ways (in any, if none are named), in groups: as many rows as there are people who speak, not as there are replies.
    pub async fn relation_groups(&self, parents: &[&str], rel_types: &[Atom]) -> Result<Vec<Group>, StoreError> {
        let mut found = Vec::new();
        for chunk in parents.chunks(1_000) {
            let kinds: Vec<String> = rel_types.iter().map(|kind| kind.0.to_string()).collect();
            let one_of =
                if kinds.is_empty() { String::new() } else { format!("AND rel_type IN ({})", kinds.join(",")) };
            let sql = format!(
                "SELECT parent, rel_type, kind, sender, COUNT(*) AS count, MAX(child) AS latest FROM relations \
                 WHERE parent IN {} {one_of} GROUP BY parent, rel_type, kind, sender",
                list(1, chunk.len()),
            );
            let rows: Vec<Group> = self.all(sql, chunk.iter().map(|&parent| Value::from(parent))).await?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// The events that speak in one way of these events, oldest first.
    pub async fn children(&self, parents: &[&str], rel_type: Atom, limit: i64) -> Result<Vec<Child>, StoreError> {
        if parents.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT parent, child FROM relations WHERE rel_type = $1 AND parent IN {} ORDER BY child LIMIT {limit}",
            list(2, parents.len())
        );
        let values = std::iter::once(Value::from(rel_type)).chain(parents.iter().map(|&parent| parent.into()));
        self.all(sql, values).await
    }

    /// The positions of what one person says in one way of one event. Events that were redacted are not among them.
    pub async fn said_by(&self, mine: &Mine<'_>) -> Result<Vec<Pos>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            child: Pos,
        }
        let sql = "SELECT child FROM relations WHERE parent = $1 AND room = $2 AND rel_type = $3 AND kind = $4 \
                   AND sender = $5";
        let values: [Value; 5] =
            [mine.parent.into(), mine.room.into(), mine.rel_type.into(), mine.kind.into(), mine.sender.into()];
        let rows: Vec<Row> = self.all(sql.to_owned(), values).await?;
        Ok(rows.into_iter().map(|row| row.child).collect())
    }

    /// The positions of the events that speak of `parent`, as asked.
    pub async fn related(&self, parent: &str, which: &Which) -> Result<Vec<Pos>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            child: Pos,
        }
        let mut fits = "t.child > $3 AND t.child <= $4".to_owned();
        for (column, atom) in [("rel_type", which.rel_type), ("kind", which.kind)] {
            if let Some(Atom(atom)) = atom {
                fits.push_str(&format!(" AND t.{column} = {atom}"));
            }
        }
        let order = if which.direction == Direction::Forwards { "ASC" } else { "DESC" };
        let sql = format!(
            "WITH RECURSIVE t(child, rel_type, kind, depth) AS (\
             SELECT child, rel_type, kind, 1 FROM relations WHERE parent = $1 AND room = $2 \
             UNION SELECT r.child, r.rel_type, r.kind, t.depth + 1 FROM t JOIN events e ON e.pos = t.child \
             JOIN relations r ON r.parent = e.event_id AND r.room = $2 WHERE t.depth < {}) \
             SELECT DISTINCT t.child FROM t WHERE {fits} ORDER BY t.child {order} LIMIT {}",
            which.depth, which.limit
        );
        let values: [Value; 4] = [parent.into(), which.room.into(), which.after.into(), which.upto.into()];
        Ok(self.all::<Row>(sql, values).await?.into_iter().map(|row| row.child).collect())
    }

    /// The roots of the threads of a room whose newest reply is before `before`, the most recently continued first, with
    /// the position of that reply. With `participant`: only threads they began or spoke in.
    pub async fn threads(
        &self,
        room: RoomNid,
        thread: Atom,
        before: Pos,
        participant: Option<Atom>,
        limit: usize,
    ) -> Result<Vec<Child>, StoreError> {
        let mine = participant.map_or_else(String::new, |Atom(user)| {
            format!(
                " AND (EXISTS (SELECT 1 FROM events e WHERE e.event_id = r.parent AND e.sender = {user}) OR EXISTS \
                 (SELECT 1 FROM relations o WHERE o.parent = r.parent AND o.rel_type = r.rel_type AND o.sender = {user}))"
            )
        });
        let sql = format!(
            "SELECT r.parent, MAX(r.child) AS child FROM relations r WHERE r.room = $1 AND r.rel_type = $2{mine} \
             GROUP BY r.parent, r.rel_type HAVING MAX(r.child) <= $3 ORDER BY child DESC LIMIT {limit}"
        );
        self.all(sql, [Value::from(room), thread.into(), before.into()]).await
    }
}
