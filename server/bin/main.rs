//! The command line. Each command is a file beside this one.

mod bridge;
mod config;
mod demo;
mod hook;
mod local;
mod notify;
mod registration;
mod serve;
mod terminal;
mod user;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Hashing passwords and serving many threads leaves the system's allocator with memory it does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A Matrix homeserver built around bridges.
#[derive(Parser)]
#[command(name = "causeway", version)]
struct Arguments {
    /// The configuration file; `causeway.toml` in the working folder if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the homeserver and its bridges (what happens without a command).
    Serve,
    /// Show a conversation crossing between a simulated Discord and Matrix, in a browser.
    Demo(demo::Arguments),
    /// Run one bridge; the homeserver does this for those that are switched on.
    Bridge(bridge::Arguments),
    /// Make accounts.
    #[command(subcommand)]
    User(user::Command),
    /// Make addresses that take messages for a room, look after them, and try them.
    #[command(subcommand)]
    Hook(hook::Command),
    /// Tell a room something through a hook; if the server does not answer, tell it another way or keep it.
    Notify(notify::Arguments),
    /// Make and check the registrations of application services.
    #[command(subcommand)]
    Registration(registration::Command),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(config::Command),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    terminal::finish(run(arguments))
}

#[tokio::main]
async fn run(arguments: Arguments) -> anyhow::Result<()> {
    // Two crates could bring two providers; say which one, before anything opens a connection.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let file = arguments.config;
    let loaded = config::load(file.as_deref())?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(loaded, file).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Bridge(arguments) => bridge::run(loaded, arguments).await,
        Command::User(command) => user::run(loaded, command).await,
        Command::Hook(command) => hook::run(loaded, command).await,
        Command::Notify(arguments) => notify::run(arguments).await,
        Command::Registration(command) => registration::run(&loaded, command),
        Command::Config(command) => config::run(&loaded, &command),
    }
}
