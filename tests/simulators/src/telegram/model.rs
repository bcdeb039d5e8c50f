//! What the simulated Telegram is made of.

mod chat;
mod message;
mod poll;
mod user;

pub use chat::{Chat, ChatKind, Member, Status, Topic};
pub use message::{Message, Reply};
pub use poll::{Poll, PollOption};
pub use user::User;

/// The account that forwards channel posts into their discussion group.
pub const TELEGRAM: i64 = 777_000;
/// The account that stands in for anonymous administrators.
pub const GROUP_ANONYMOUS_BOT: i64 = 1_087_968_824;
/// The account that stands in for people who speak as a channel.
pub const CHANNEL_BOT: i64 = 136_817_688;
