//! Being built.

pub mod content;
