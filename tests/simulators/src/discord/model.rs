//! What Discord knows: plain data, without rules. Times are Unix milliseconds.

mod channel;
mod guild;
mod message;

pub use channel::{Channel, Overwrite, ThreadState, channel_type};
pub use guild::{Emoji, Guild, Member, Role, User};
pub use message::{Attachment, Author, Message, Pings, Reaction, Reference, Webhook, flag, message_type};
