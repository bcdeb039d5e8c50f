//! The network's own memory: small values by key.

use sea_orm::FromQueryResult;
use serde_json::Value;

use super::{Sql, Store};
use crate::network::StoreError;

#[derive(FromQueryResult)]
struct Remembered {
    key: String,
    value: String,
}

/// Remembers a value; `None` forgets it.
pub(crate) fn put(key: &str, value: Option<&Value>) -> Sql {
    match value {
        Some(value) => Sql::new(
            "INSERT INTO memory (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            vec![key.into(), value.to_string().into()],
        ),
        None => Sql::new("DELETE FROM memory WHERE key = $1", vec![key.into()]),
    }
}

impl Store {
    /// One value.
    pub(crate) async fn recall(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let query = Sql::new("SELECT key, value FROM memory WHERE key = $1", vec![key.into()]);
        let row = self.row::<Remembered>("reading memory", query).await?;
        Ok(row.and_then(|row| serde_json::from_str(&row.value).ok()))
    }

    /// All values under keys that start so.
    pub(crate) async fn recall_all(&self, prefix: &str) -> Result<Vec<(String, Value)>, StoreError> {
        let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        let text = "SELECT key, value FROM memory WHERE substr(key, 1, CAST($2 AS INTEGER)) = $1 ORDER BY key";
        let rows =
            self.rows::<Remembered>("reading memory", Sql::new(text, vec![prefix.into(), length.into()])).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.key, serde_json::from_str(&row.value).ok()?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::tests::fresh;

    #[tokio::test]
    async fn memory_is_kept_replaced_listed_and_forgotten() {
        let (store, _folder) = fresh().await;
        let writes = vec![put("hook/b", Some(&json!(1))), put("hook/a", Some(&json!(2))), put("x", Some(&json!(3)))];
        store.commit("testing", writes).await.unwrap();
        store.commit("testing", vec![put("hook/b", Some(&json!({"n": 4})))]).await.unwrap();
        let all = store.recall_all("hook/").await.unwrap();
        assert_eq!(all, [("hook/a".into(), json!(2)), ("hook/b".into(), json!({"n": 4}))]);
        store.commit("testing", vec![put("hook/a", None)]).await.unwrap();
        assert_eq!(store.recall("hook/a").await.unwrap(), None);
    }
}
