//! Which application services care about an event, and why. Pure.

/// Which application services have users in a room, and how many.
#[derive(Debug, Default)]
pub struct Inside {}
