//! Portals: a chat over there that is a room here.

pub(crate) mod create;
pub(crate) mod follow;
pub(crate) mod link;
pub(crate) mod map;
pub(crate) mod upgrade;
