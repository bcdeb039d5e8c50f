//! What waits to be done, in order per lane, and what was done, to recognise a second copy.

use sea_orm::FromQueryResult;

use super::{Sql, Store, placeholders};
use crate::network::StoreError;

/// Something to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewItem {
    /// The queue it stands in.
    pub(crate) lane: String,
    /// Unique for ever; `None`: never a duplicate.
    pub(crate) dedupe: Option<String>,
    /// JSON.
    pub(crate) body: String,
}

/// Something that waits.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) lane: String,
    pub(crate) body: String,
    /// What was about to be done, as JSON.
    pub(crate) journal: Option<String>,
    pub(crate) received_at: i64,
    pub(crate) not_before: i64,
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub(crate) struct Waiting {
    pub(crate) count: i64,
    pub(crate) oldest: Option<i64>,
}

#[derive(FromQueryResult)]
struct Lane {
    lane: String,
}

/// Stores items; those whose key is known are left out. At most a thousand rows a statement.
pub(crate) fn accept(items: &[NewItem], now: i64) -> Vec<Sql> {
    items
        .chunks(1000)
        .map(|chunk| {
            let mut values = Vec::with_capacity(chunk.len() * 4);
            for item in chunk {
                values.extend([
                    item.lane.as_str().into(),
                    item.dedupe.clone().into(),
                    item.body.as_str().into(),
                    now.into(),
                ]);
            }
            let text = format!(
                "INSERT INTO inbox (lane, dedupe, body, received_at) VALUES {} ON CONFLICT (dedupe) DO NOTHING",
                placeholders(chunk.len(), 4)
            );
            Sql::new(text, values)
        })
        .collect()
}

/// Done: the row stays without its body.
pub(crate) fn done(id: i64) -> Sql {
    Sql::new("UPDATE inbox SET done = 1, body = '', journal = NULL WHERE id = $1", vec![id.into()])
}

/// Notes what is about to be done.
pub(crate) fn journal(id: i64, journal: &str, not_before: i64) -> Sql {
    let text = "UPDATE inbox SET journal = $2, not_before = $3 WHERE id = $1";
    Sql::new(text, vec![id.into(), journal.into(), not_before.into()])
}

/// What was about to be done is not to be done so.
pub(crate) fn unplan(id: i64) -> Sql {
    Sql::new("UPDATE inbox SET journal = NULL, not_before = 0 WHERE id = $1", vec![id.into()])
}

/// Moves an item to another lane.
pub(crate) fn move_to(id: i64, lane: &str) -> Sql {
    Sql::new("UPDATE inbox SET lane = $2 WHERE id = $1", vec![id.into(), lane.into()])
}

/// Forgets what was done before `before`. (The key goes with it; the ledger still knows messages.)
pub(crate) fn prune(before: i64) -> Sql {
    Sql::new("DELETE FROM inbox WHERE done = 1 AND received_at < $1", vec![before.into()])
}

impl Store {
    /// The first items of a lane.
    pub(crate) async fn head(&self, lane: &str, limit: i64) -> Result<Vec<Item>, StoreError> {
        let text = "SELECT id, lane, body, journal, received_at, not_before FROM inbox \
                    WHERE done = 0 AND lane = $1 ORDER BY id LIMIT $2";
        self.rows("reading a lane", Sql::new(text, vec![lane.into(), limit.into()])).await
    }

    /// The lanes in which something waits.
    pub(crate) async fn lanes(&self) -> Result<Vec<String>, StoreError> {
        let query = Sql::new("SELECT DISTINCT lane FROM inbox WHERE done = 0", vec![]);
        Ok(self.rows::<Lane>("reading the lanes", query).await?.into_iter().map(|row| row.lane).collect())
    }

    /// How much waits, and since when.
    pub(crate) async fn waiting(&self) -> Result<Waiting, StoreError> {
        let text = "SELECT COUNT(*) AS count, MIN(received_at) AS oldest FROM inbox WHERE done = 0";
        Ok(self.row("counting what waits", Sql::new(text, vec![])).await?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::fresh;

    fn item(lane: &str, dedupe: &str) -> NewItem {
        NewItem { lane: lane.into(), dedupe: Some(dedupe.into()), body: "{}".into() }
    }

    #[tokio::test]
    async fn an_item_is_stored_once_even_after_it_was_done() {
        let (store, _folder) = fresh().await;
        store.commit("testing", accept(&[item(">a", "$1"), item(">a", "$2"), item(">a", "$1")], 1)).await.unwrap();
        let head = store.head(">a", 10).await.unwrap();
        assert_eq!(head.len(), 2);
        store.commit("testing", vec![done(head[0].id)]).await.unwrap();
        store.commit("testing", accept(&[item(">a", "$1")], 2)).await.unwrap();
        assert_eq!(store.head(">a", 10).await.unwrap().len(), 1);
        assert_eq!(store.waiting().await.unwrap().count, 1);
    }

    #[tokio::test]
    async fn items_without_a_key_are_never_duplicates() {
        let (store, _folder) = fresh().await;
        let item = NewItem { lane: "<a".into(), dedupe: None, body: "{}".into() };
        store.commit("testing", accept(&[item.clone(), item], 1)).await.unwrap();
        assert_eq!(store.head("<a", 10).await.unwrap().len(), 2);
        assert_eq!(store.lanes().await.unwrap(), ["<a"]);
    }
}
