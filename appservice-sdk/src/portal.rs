//! Portals: a chat over there that is a room here.

pub(crate) mod access;
pub(crate) mod create;
pub(crate) mod features;
pub(crate) mod follow;
pub(crate) mod found;
pub(crate) mod leave;
pub(crate) mod link;
pub(crate) mod map;
pub(crate) mod moved;
pub(crate) mod people;
pub(crate) mod request;
pub(crate) mod upgrade;
