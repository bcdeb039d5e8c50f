//! What tests and the demo do to a simulated Telegram: as its people, as its administrators, as bad luck.

mod people;
mod places;
mod talk;
mod trouble;
pub(crate) mod watch;
