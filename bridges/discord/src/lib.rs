//! Discord, mirrored into Matrix and back.

#![allow(dead_code)]

mod config;
mod gateway;
mod rest;
mod wire;
