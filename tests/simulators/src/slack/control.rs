//! What tests and the demo do to a simulated Slack: as its people, as its administrators, as bad luck.

mod compose;
mod interact;
mod people;
mod places;
pub(crate) mod talk;
mod trouble;
pub(crate) mod watch;
