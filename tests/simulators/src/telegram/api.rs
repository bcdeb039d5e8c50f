//! The Bot API: `/bot{token}/{method}`. <https://core.telegram.org/bots/api#making-requests>

mod answer;
mod ask;
mod compose;
pub(crate) mod door;
mod form;
mod listen;
mod methods;

pub(crate) use methods::Method;
