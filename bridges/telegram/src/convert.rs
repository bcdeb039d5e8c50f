//! Telegram's entities ↔ the SDK's text. Pure.
//!
//! A text of Telegram is plain, with a list of what stands where, counted in units of UTF-16.
//! <https://core.telegram.org/bots/api#messageentity>

mod entities;
mod read;
mod table;
mod units;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use self::read::{Names, read};
pub(crate) use self::units::{shortened, units};
pub(crate) use self::write::{Heading, Written, harmless, write, written};

/// Most units of a message's text.
pub(crate) const MAX_TEXT: usize = 4096;
/// Most units of the words to a file.
pub(crate) const MAX_CAPTION: usize = 1024;
/// Most entities that Telegram heeds.
pub(crate) const MAX_ENTITIES: usize = 100;
