//! Discord, mirrored into Matrix and back.

#![allow(dead_code, unreachable_pub)]

mod atlas;
mod config;
mod gateway;
mod ids;
mod look;
mod rest;
mod wire;
