//! What a user has set that every sync needs: push rules and whom they ignore. Kept in memory with the user's rooms.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use ruma::{UserId, push::Ruleset};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{app::App, error::Result, store::Atom, users::push_rules};

/// What a user has set.
#[derive(Debug)]
pub struct Prefs {
    /// What rings.
    pub rules: Ruleset,
    /// Tells these rules from others.
    pub fingerprint: u64,
    /// Whose words are not shown.
    pub ignored: HashSet<String>,
}

/// The preferences of `user`; two queries, none when they are in memory.
pub async fn prefs(app: &App, user_id: &UserId, user: Atom) -> Result<Arc<Prefs>> {
    let (known, edition) = app.sync.live.prefs(user);
    if let Some(prefs) = known {
        return Ok(prefs);
    }
    let rules = push_rules::of(app, user_id, user).await?;
    let ignored = app.store.account_data(user, None, "m.ignored_user_list").await?;
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(&rules).unwrap_or_default().hash(&mut hasher);
    let ignored = ignored.map(|content| ignored_users(&content)).unwrap_or_default();
    let prefs = Arc::new(Prefs { rules, fingerprint: hasher.finish(), ignored });
    app.sync.live.keep_prefs(user, Arc::clone(&prefs), edition);
    Ok(prefs)
}

fn ignored_users(content: &str) -> HashSet<String> {
    #[derive(Deserialize)]
    struct Content<'a> {
        #[serde(borrow)]
        ignored_users: std::collections::HashMap<String, &'a RawValue>,
    }
    let content: Option<Content<'_>> = serde_json::from_str(content).ok();
    content.map(|content| content.ignored_users.into_keys().collect()).unwrap_or_default()
}
