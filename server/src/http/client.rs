//! The client-server API: one file an endpoint or a small family of them, named as in ruma.

pub mod capabilities;
pub mod login;
pub mod logout;
pub mod refresh_token;
pub mod register;
pub mod register_available;
pub mod versions;
pub mod well_known;
pub mod whoami;

#[cfg(test)]
#[path = "client/accounts_tests.rs"]
mod accounts_tests;
