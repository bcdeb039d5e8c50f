//! Rich text between networks: one tree, [`Doc`], that every network's markup is read into and written from.
//!
//! ```text
//! Matrix HTML ──from_html──▶        ──toward_remote──▶        ──the bridge's writer──▶ markup
//!                            Doc                        Doc
//! Matrix HTML ◀──to_html────        ◀──toward_matrix──        ◀──the bridge's reader── markup
//! ```
//!
//! Everything here is pure: who is who is looked up in a [`Directory`] that the caller filled beforehand (from
//! [`Doc::references`]), never fetched.

pub mod directory;
pub mod doc;
mod from_html;
pub mod link;
mod plain;
pub mod split;
mod tidy;
mod to_html;
mod walk;
mod when;

pub use directory::{Directory, References};
pub use doc::{Block, CustomEmoji, Doc, Everyone, Id, Inline, Link, Mention, Place, Role, Stamp};
pub use split::{split, split_into};
pub use to_html::MatrixText;

#[cfg(test)]
pub(crate) mod tests;
