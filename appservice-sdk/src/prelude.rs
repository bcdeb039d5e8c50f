//! What a bridge imports: `use appservice_sdk::prelude::*;`

pub use bytes::Bytes;
pub use registrations::Registration;

pub use crate::{
    bridge::{Bridge, BridgeConfig, LinkConfig, Running},
    content::{Block, Doc, Inline},
    network::*,
};
