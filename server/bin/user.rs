//! `causeway user`: accounts, by the running server or, when none runs, straight in the database.

use clap::{Args, Subcommand};
use serde_json::json;
use server::{
    config::Loaded,
    data::{Data, Running, Taken},
    start,
    users::operator,
};

use crate::{local, terminal::say};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make an account.
    Add {
        /// The localpart, such as `alice`.
        name: String,
        /// Let the account administer the server.
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        secret: Secret,
    },
    /// Replace a password and sign the person out everywhere.
    Password {
        /// The localpart, such as `alice`.
        name: String,
        #[command(flatten)]
        secret: Secret,
    },
}

#[derive(Args)]
pub(crate) struct Secret {
    /// The password; without it a random one is made and printed.
    #[arg(long)]
    password: Option<String>,
}

pub(crate) async fn run(loaded: Loaded, command: Command) -> anyhow::Result<()> {
    let (user_id, password, told) = match Data::take(&loaded.config.server.data)? {
        Taken::Ours(_data) => here(loaded, command).await?,
        Taken::Theirs => there(&Running::find(&loaded.config.server.data)?, command).await?,
    };
    say(format_args!("name      {user_id}"));
    if !told {
        say(format_args!("password  {password}"));
    }
    Ok(())
}

/// In the database. The last answer is whether the password was given and need not be shown.
async fn here(loaded: Loaded, command: Command) -> anyhow::Result<(String, String, bool)> {
    let app = start::open(loaded.config).await?;
    let (made, told) = match command {
        Command::Add { name, admin, secret } => {
            let told = secret.password.is_some();
            (operator::add(&app, &name, secret.password, admin).await, told)
        }
        Command::Password { name, secret } => {
            let told = secret.password.is_some();
            (operator::reset_password(&app, &name, secret.password).await, told)
        }
    };
    let made = made.map_err(|error| anyhow::anyhow!("{}", error.message()))?;
    Ok((made.user_id.to_string(), made.password, told))
}

async fn there(server: &Running, command: Command) -> anyhow::Result<(String, String, bool)> {
    let (path, body) = match command {
        Command::Add { name, admin, secret } => {
            ("/_causeway/v1/users".to_owned(), json!({ "name": name, "admin": admin, "password": secret.password }))
        }
        Command::Password { name, secret } => {
            (format!("/_causeway/v1/users/{}/password", local::segment(&name)), json!({ "password": secret.password }))
        }
    };
    let told = !body["password"].is_null();
    let answer = local::post(&server.address, &path, &server.token, &body).await?;
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    Ok((text("user_id"), text("password"), told))
}
