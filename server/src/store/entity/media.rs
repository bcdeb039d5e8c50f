//! A file that was uploaded, or promised.

use sea_orm::entity::prelude::*;

use crate::store::Atom;

/// A file that was uploaded, or promised.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// The last part of `mxc://SERVER/ID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who uploaded it.
    pub user: Atom,
    /// When, in milliseconds since 1970.
    pub created: i64,
    /// SHA-256 of the content, which names the file; none while it is only promised.
    pub hash: Option<String>,
    /// Bytes.
    pub size: i64,
    /// `Content-Type` of the upload.
    pub content_type: String,
    /// The name it was given.
    pub name: Option<String>,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
