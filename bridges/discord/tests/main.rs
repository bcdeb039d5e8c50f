//! The bridge between a simulated Discord and a recording stand-in for the SDK.

mod crossing;
mod harness;
mod hearing;
mod reconnecting;
mod speaking;
mod trouble;
