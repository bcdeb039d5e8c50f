//! Stand-ins for the networks Causeway bridges to: real sockets, the networks' own protocols, and a script of
//! everything that goes wrong with them. For tests, and for the demo, which needs no account anywhere.

pub mod discord;
pub mod slack;
pub mod telegram;
