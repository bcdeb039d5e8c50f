//! Event types, state keys and user ids, each stored once and known by a number.

use std::{collections::HashMap, sync::Arc};

use sea_orm::FromQueryResult;

use super::{Atom, Store, StoreError, list};

/// Both directions, bounded.
pub(super) struct Cache {
    ids: moka::sync::Cache<Arc<str>, Atom>,
    values: moka::sync::Cache<Atom, Arc<str>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self { ids: moka::sync::Cache::new(50_000), values: moka::sync::Cache::new(50_000) }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Atom,
    value: String,
}

impl Store {
    /// The number of `value`, if it has one.
    pub async fn find_atom(&self, value: &str) -> Result<Option<Atom>, StoreError> {
        if let Some(id) = self.0.atoms.ids.get(value) {
            return Ok(Some(id));
        }
        let row: Option<Row> = self.one("SELECT id, value FROM atoms WHERE value = $1", [value.into()]).await?;
        Ok(row.map(|row| self.keep(row).0))
    }

    /// The number of `value`, given now if it has none yet.
    pub async fn atom(&self, value: &str) -> Result<Atom, StoreError> {
        if let Some(id) = self.find_atom(value).await? {
            return Ok(id);
        }
        let owned = value.to_owned();
        let row = self
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO atoms (value) VALUES ($1) ON CONFLICT (value) DO NOTHING";
                    tx.run(sql, [owned.clone().into()]).await?;
                    tx.one::<Row>("SELECT id, value FROM atoms WHERE value = $1", [owned.into()]).await
                })
            })
            .await?;
        row.map(|row| self.keep(row).0).ok_or_else(|| StoreError::Damaged(format!("no atom for {value}")))
    }

    /// What `id` stands for.
    pub async fn text(&self, id: Atom) -> Result<Arc<str>, StoreError> {
        let mut texts = self.texts(&[id]).await?;
        texts.remove(&id).ok_or_else(|| StoreError::Damaged(format!("no text for atom {}", id.0)))
    }

    /// What each of `ids` stands for, in at most one query.
    pub async fn texts(&self, ids: &[Atom]) -> Result<HashMap<Atom, Arc<str>>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for &id in ids {
            match self.0.atoms.values.get(&id) {
                Some(value) => drop(found.insert(id, value)),
                None => missing.push(id),
            }
        }
        for chunk in missing.chunks(1000) {
            let sql = format!("SELECT id, value FROM atoms WHERE id IN {}", list(1, chunk.len()));
            for row in self.all::<Row>(sql, chunk.iter().map(|&id| id.into())).await? {
                let (id, value) = self.keep(row);
                found.insert(id, value);
            }
        }
        Ok(found)
    }

    fn keep(&self, row: Row) -> (Atom, Arc<str>) {
        let value: Arc<str> = row.value.into();
        self.0.atoms.ids.insert(Arc::clone(&value), row.id);
        self.0.atoms.values.insert(row.id, Arc::clone(&value));
        (row.id, value)
    }
}
