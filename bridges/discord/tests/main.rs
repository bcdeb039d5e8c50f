//! The bridge between a simulated Discord and a recording stand-in for the SDK.

// The helpers of tests are tests, too: what cannot be had there is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod crossing;
mod expressing;
mod governing;
mod harness;
mod hearing;
mod places;
mod polls;
mod ranks;
mod reconnecting;
mod speaking;
mod trouble;
mod volume;
