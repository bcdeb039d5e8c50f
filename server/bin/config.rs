//! `causeway config show`, and how every command comes to its configuration.

use std::path::Path;

use clap::Subcommand;
use server::config::{Loaded, Problem};

use crate::terminal::say;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the configuration in force, with secrets masked.
    Show,
}

/// Reads the files and the environment.
pub(crate) fn load(file: Option<&Path>) -> Result<Loaded, Problem> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    server::config::load(file, std::env::vars_os().filter_map(text))
}

pub(crate) fn run(loaded: &Loaded, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Show => say(loaded.show().trim_end()),
    }
    Ok(())
}
