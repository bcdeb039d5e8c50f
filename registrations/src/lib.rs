//! The registration contract between a homeserver and its application services.
//!
//! A registration file says who an application service is, where it listens, which users, aliases and rooms are its
//! own, and which two secrets the sides know each other by:
//! <https://spec.matrix.org/v1.19/application-service-api/#registration>. This crate reads the files as Synapse does,
//! explains what is wrong with one that cannot be read, makes new ones, and watches a folder of them.
//!
//! - [`registration`]: one file as a value; [`read`] and [`write`] are its way in and out.
//! - [`namespace`]: who and what a service is interested in, or owns.
//! - [`token`]: a secret that compares in constant time and never prints itself.
//! - [`directory`]: a folder of files, read again when it changes.
//! - [`roster`]: the services of a running server, found by token, id or name.
//! - [`bundled`]: the registrations of the bridges that come with the house.

pub mod bundled;
pub mod directory;
pub mod namespace;
pub mod problem;
pub mod read;
pub mod registration;
pub mod roster;
pub mod token;
pub mod write;

pub use directory::Directory;
pub use namespace::{Namespace, Namespaces, Space};
pub use problem::{FileProblem, Problem};
pub use registration::Registration;
pub use roster::Roster;
pub use token::Token;
