//! `causeway registration new` and `causeway registration check`.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use registrations::{Directory, Namespace, Registration, Space, bundled, namespace::escape};
use server::config::Loaded;

use crate::terminal::say;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a registration for a bridge of your own and put it where the server finds it, while running too.
    New(New),
    /// Read registrations as the server would and explain what is wrong with them.
    Check {
        /// Files to check; the whole folder of the server if there are none.
        files: Vec<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct New {
    /// The name of the service, such as `irc`.
    id: String,
    /// Where the bridge listens, such as `http://localhost:29334`.
    #[arg(long)]
    url: Option<String>,
    /// The localpart of its own user; `IDbot` if not given.
    #[arg(long)]
    sender: Option<String>,
    /// A regular expression for the ids of its ghosts; `@ID_.*:SERVER` if not given.
    #[arg(long)]
    users: Option<String>,
    /// A regular expression for the aliases of its rooms; `#ID_.*:SERVER` if not given.
    #[arg(long)]
    aliases: Option<String>,
    /// Where to write the file; `ID.yaml` in the server's folder if not given.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(loaded: &Loaded, command: Command) -> anyhow::Result<()> {
    match command {
        Command::New(new) => make(loaded, new),
        Command::Check { files } => check(loaded, files),
    }
}

fn make(loaded: &Loaded, new: New) -> anyhow::Result<()> {
    let server_name = loaded.config.server.name.as_str();
    let file = new.output.unwrap_or_else(|| loaded.config.appservices_directory().join(format!("{}.yaml", new.id)));
    if file.exists() {
        bail!("{} is there already; remove it first, or choose another place with --output", file.display());
    }
    let mut registration = match bundled::registration(&new.id, server_name) {
        Some(registration) => registration?,
        None => generate(&new.id, server_name)?,
    };
    if let Some(sender) = new.sender {
        registration.sender_localpart = sender;
    }
    registration.url = new.url.or(registration.url);
    for (space, regex) in
        [(&mut registration.namespaces.users, new.users), (&mut registration.namespaces.aliases, new.aliases)]
    {
        if let Some(regex) = regex {
            *space = Space(vec![Namespace::new(&regex, true)?]);
        }
    }
    // What was just put together has to read like any other file.
    let registration = Registration::parse(&registration.to_yaml())?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    registration.save(&file)?;
    say(format_args!("{}", file.display()));
    Ok(())
}

fn generate(id: &str, server_name: &str) -> anyhow::Result<Registration> {
    let mut registration = Registration::generate(id, format!("{id}bot"));
    let (id, server) = (escape(id), escape(server_name));
    registration.namespaces.users = Space(vec![Namespace::new(&format!("@{id}_.*:{server}$"), true)?]);
    registration.namespaces.aliases = Space(vec![Namespace::new(&format!("#{id}_.*:{server}$"), true)?]);
    Ok(registration)
}

fn check(loaded: &Loaded, files: Vec<PathBuf>) -> anyhow::Result<()> {
    let (good, problems) = if files.is_empty() {
        let mut directory = Directory::new(loaded.config.appservices_directory());
        say(format_args!("{}:", directory.path().display()));
        let found = directory.look()?.unwrap_or_default();
        (found.services, found.problems)
    } else {
        let mut good = Vec::new();
        let mut problems = Vec::new();
        for file in files {
            match Registration::load(&file) {
                Ok(registration) => good.push((file, registration.into())),
                Err(problem) => problems.push(problem),
            }
        }
        (good, problems)
    };
    for (file, registration) in &good {
        let address = registration.url.as_deref().unwrap_or("no address");
        say(format_args!("{}: good ({}, {address})", file.display(), registration.id));
        for advice in registration.advice() {
            say(format_args!("{}: advice: {advice}", file.display()));
        }
    }
    for problem in &problems {
        say(problem);
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("one file cannot be used"),
        count => bail!("{count} files cannot be used"),
    }
}
