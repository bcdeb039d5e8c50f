//! Telegram's JSON of what is stored.

pub(crate) mod chat;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod user;
