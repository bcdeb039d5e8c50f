//! The simulated Discord against clients that were not written for it, and against what Discord documents.

// Clippy knows tests by their attribute, and not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cdn;
mod everything;
mod gateway;
mod kept;
mod limits;
mod refusals;
mod serenity;
mod threads;
mod wire;
