//! Events found by time, by words, or because they may have rung.

use std::sync::Arc;

use super::{
    Atom, Membership, Pos, RoomNid, Store, StoreError,
    events::{Direction, FOUND},
};
use crate::rooms::Event;

impl Store {
    /// The events of a room on one side of a time, the closest first.
    pub async fn closest(
        &self,
        room: RoomNid,
        ts: i64,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let (side, order) = if direction == Direction::Forwards { (">=", "ASC") } else { ("<=", "DESC") };
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room WHERE e.room = $1 AND e.ts {side} $2 \
             ORDER BY e.ts {order}, e.pos {order} LIMIT {limit}"
        );
        self.found(sql, [room.into(), ts.into()]).await
    }

    /// The newest events of others up to a position, in the rooms `user` is in, since they joined.
    pub async fn heard(&self, user: Atom, upto: Pos, limit: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN members m ON m.room = e.room AND m.\"user\" = $1 \
             JOIN rooms r ON r.id = e.room WHERE m.membership = {} AND e.pos > m.pos AND e.pos <= $2 \
             AND e.sender <> $1 ORDER BY e.pos DESC LIMIT {limit}",
            Membership::JOIN.0
        );
        self.found(sql, [user.into(), upto.into()]).await
    }

    /// Messages, names and topics in `rooms` that may contain `term` (as far as the database can tell), newest first.
    pub async fn mentions(
        &self,
        rooms: &[RoomNid],
        kinds: &[Atom],
        term: &str,
        upto: Pos,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        if rooms.is_empty() || kinds.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = |numbers: Vec<i64>| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room WHERE e.room IN ({}) AND e.kind IN ({}) \
             AND e.redacted_by IS NULL AND e.pos <= $1 AND LOWER(e.json) LIKE $2 ESCAPE '!' \
             ORDER BY e.pos DESC LIMIT {limit}",
            numbers(rooms.iter().map(|room| room.0).collect()),
            numbers(kinds.iter().map(|kind| kind.0).collect()),
        );
        let mut pattern = String::from("%");
        for char in term.chars() {
            if matches!(char, '%' | '_' | '!') {
                pattern.push('!');
            }
            pattern.push(char);
        }
        pattern.push('%');
        self.found(sql, [upto.into(), pattern.into()]).await
    }
}
