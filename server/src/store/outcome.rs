//! What can go wrong with the database, named by what the caller does next.

use std::sync::Arc;

use sea_orm::{DbErr, SqlErr};

use crate::error::MatrixError;

/// A read or write that did not happen. Nothing of it is stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key is taken: the same thing is already there.
    #[error("already stored")]
    Taken,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(Arc<DbErr>),
    /// What was read cannot be understood.
    #[error("damaged row: {0}")]
    Damaged(String),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The work inside the transaction decided against it; nothing was written.
    #[error("refused: {0}")]
    Refused(&'static str),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken,
            _ => Self::Database(Arc::new(error)),
        }
    }
}

impl From<StoreError> for MatrixError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stopping => Self::new(503, "M_UNKNOWN", "The server is stopping."),
            other => Self::internal(other),
        }
    }
}
