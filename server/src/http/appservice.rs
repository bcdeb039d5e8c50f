//! What application services, and those who run or search them, ask for.

pub mod network_rooms;
pub mod overview;
pub mod ping;
pub mod thirdparty;

#[cfg(test)]
mod tests;
