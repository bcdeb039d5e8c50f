//! The push rules of a user: the specified defaults, those for [`priority`], and what the user changed, kept as the account data
//! `m.push_rules`. Specified in the client-server API, «Push Rules».

mod priority;

use ruma::{UserId, push::Ruleset};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::{MatrixError, Result},
    store::Atom,
};

/// The type of account data the rules are kept under and synced as.
pub const KIND: &str = "m.push_rules";

#[derive(Serialize, Deserialize)]
struct Content {
    global: Ruleset,
}

/// The rules that hold for a user.
pub async fn of(app: &App, user_id: &UserId, user: Atom) -> Result<Ruleset> {
    Ok(read(app.store.account_data(user, None, KIND).await?, user_id))
}

/// The same as the content of `m.push_rules`, also for a user who never changed a rule.
pub async fn content(app: &App, user_id: &UserId, user: Atom) -> Result<String> {
    write(of(app, user_id, user).await?)
}

/// Changes the rules; nothing is written when `change` refuses.
pub async fn change(
    app: &App,
    user_id: &UserId,
    user: Atom,
    change: impl FnOnce(&mut Ruleset) -> Result<()> + Send + 'static,
) -> Result<()> {
    let user_id = user_id.to_owned();
    app.store
        .change_account_data(user, None, KIND, move |content| {
            let mut rules = read(content, &user_id);
            change(&mut rules)?;
            write(rules)
        })
        .await
}

/// What is kept may be from a time with other defaults: those of today are put beside it.
fn read(content: Option<String>, user_id: &UserId) -> Ruleset {
    let defaults = priority::added(Ruleset::server_default(user_id));
    match content.and_then(|content| serde_json::from_str::<Content>(&content).ok()) {
        Some(Content { mut global }) => {
            global.update_with_server_default(defaults);
            global
        }
        None => defaults,
    }
}

fn write(global: Ruleset) -> Result<String> {
    serde_json::to_string(&Content { global }).map_err(MatrixError::internal)
}
