//! The bridge between a simulated Telegram and a recording stand-in for the SDK.

// The helpers of tests are tests, too: what cannot be had there is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod crossing;
mod harness;
mod hearing;
mod store;
mod trouble;
