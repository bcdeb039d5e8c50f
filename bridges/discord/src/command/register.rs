//! The commands as Discord is told of them, once for each version of them.

use reqwest::Method;
use serde_json::{Value, json};
use serenity::http::Route;

use super::{INFO, MATRIX};
use crate::rest::Call;
use crate::shared::Shared;

/// Memory: which version of the commands Discord was told.
const TOLD: &str = "commands";
/// Grows with every change below.
const VERSION: u64 = 1;
/// Kinds of commands and of their options.
const MENU: u8 = 3;
const SUBCOMMAND: u8 = 1;
const TEXT: u8 = 3;

impl Shared {
    /// Tells Discord which commands there are. Without them everything else works.
    pub(crate) async fn register(&self) {
        match self.remote.get::<(u64, u64)>(TOLD).await {
            Ok(Some(told)) if told == (self.app.get(), VERSION) => return,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "whether Discord knows the commands could not be read"),
        }
        let call = Call::new(Method::PUT, Route::Commands { application_id: self.app }).json(commands());
        let told = match self.rest.done(call).await {
            Ok(()) => self.remote.put(TOLD, &(self.app.get(), VERSION)).await,
            Err(error) => return tracing::warn!(%error, "Discord did not take the command /matrix"),
        };
        if let Err(error) = told {
            tracing::warn!(%error, "that Discord knows the commands could not be remembered");
        }
    }
}

fn commands() -> Value {
    let text = |name: &str, about: &str, required: bool| json!({ "type": TEXT, "name": name, "description": about, "required": required });
    let sub = |name: &str, about: &str, options: Vec<Value>| json!({ "type": SUBCOMMAND, "name": name, "description": about, "options": options });
    let user = || text("user", "Somebody in Matrix: @name:server", true);
    let reason = || text("reason", "Why", false);
    let options = vec![
        sub(
            "link",
            "Mirror this channel into a Matrix room",
            vec![text("code", "A code that was given in Matrix", false)],
        ),
        sub("unlink", "Stop mirroring this channel", vec![]),
        sub("invite", "Invite somebody to the Matrix room of this channel", vec![user()]),
        sub("who", "Who is in the Matrix room of this channel", vec![]),
        sub("info", "Where this channel is mirrored", vec![]),
        sub("kick", "Put somebody out of the Matrix room", vec![user(), reason()]),
        sub("ban", "Put somebody out of the Matrix room for good", vec![user(), reason()]),
    ];
    // In servers only: in a private conversation there is no channel to speak of.
    json!([
        { "name": MATRIX, "type": 1, "description": "The Matrix room of this channel", "contexts": [0],
          "integration_types": [0], "options": options },
        { "name": INFO, "type": MENU, "contexts": [0], "integration_types": [0] },
    ])
}
