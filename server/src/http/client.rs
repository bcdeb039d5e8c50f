//! The client-server API: one file an endpoint or a small family of them, named as in ruma.

pub mod versions;
