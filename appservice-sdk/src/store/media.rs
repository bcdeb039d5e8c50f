//! Files that were uploaded to the homeserver.

use sea_orm::FromQueryResult;

use super::{Sql, Store, list};
use crate::network::StoreError;

/// A file on the homeserver.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Uploaded {
    /// The network's id of it.
    pub(crate) source: String,
    /// Hex.
    pub(crate) sha256: String,
    /// `mxc://…`
    pub(crate) mxc: String,
    pub(crate) mime: Option<String>,
    pub(crate) size: i64,
}

/// Remembers an upload.
pub(crate) fn remember(file: &Uploaded) -> Sql {
    Sql::new(
        "INSERT INTO media (source, sha256, mxc, mime, size) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (source) \
         DO UPDATE SET sha256 = excluded.sha256, mxc = excluded.mxc, mime = excluded.mime, size = excluded.size",
        vec![
            file.source.as_str().into(),
            file.sha256.as_str().into(),
            file.mxc.as_str().into(),
            file.mime.clone().into(),
            file.size.into(),
        ],
    )
}

impl Store {
    /// Uploads of these sources.
    pub(crate) async fn uploads(&self, sources: &[&str]) -> Result<Vec<Uploaded>, StoreError> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("SELECT * FROM media WHERE source IN {}", list(1, sources.len()));
        self.rows("looking for uploads", Sql::new(text, sources.iter().map(|source| (*source).into()).collect())).await
    }

    /// What was uploaded to these addresses.
    pub(crate) async fn uploads_at(&self, addresses: &[&str]) -> Result<Vec<Uploaded>, StoreError> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("SELECT * FROM media WHERE mxc IN {}", list(1, addresses.len()));
        self.rows("looking for uploads", Sql::new(text, addresses.iter().map(|at| (*at).into()).collect())).await
    }

    /// An upload of the same bytes.
    pub(crate) async fn upload_by_hash(&self, sha256: &str) -> Result<Option<Uploaded>, StoreError> {
        let query = Sql::new("SELECT * FROM media WHERE sha256 = $1 LIMIT 1", vec![sha256.into()]);
        self.row("looking for an upload", query).await
    }
}
