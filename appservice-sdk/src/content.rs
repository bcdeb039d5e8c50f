//! Rich text between networks: one tree, [`Doc`], that every network's markup is read into and written from.
//!
//! Everything here is pure: names and ids are looked up through what the caller passes in, never fetched.

pub mod doc;
mod plain;
mod when;

pub use doc::{Block, CustomEmoji, Doc, Everyone, Id, Inline, Link, Mention, Place, Role, Stamp};
