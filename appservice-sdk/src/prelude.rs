//! What a bridge imports: `use appservice_sdk::prelude::*;`

pub use bytes::Bytes;

pub use crate::{
    content::{Block, Doc, Inline},
    network::*,
};
