//! Profiles: name, picture, and fields of the user's own. Specified in the client-server API, «Profiles».

use ruma::UserId;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{MatrixError, Result},
    rooms::membership,
    store::{Atom, users::User},
};

/// A whole profile may have this many bytes as JSON.
const LARGEST: usize = 64 * 1024;

/// The key of a field may have this many bytes.
const LONGEST_KEY: usize = 255;

/// The profile of a user of this server as a JSON object.
pub async fn of(app: &App, user_id: &UserId) -> Result<Map<String, Value>> {
    if user_id.server_name() != app.server_name() {
        return Err(MatrixError::not_found("Profiles of other servers cannot be asked for yet."));
    }
    let id = app.store.find_atom(user_id.as_str()).await?;
    let user = match id {
        Some(id) => app.store.user(id).await?,
        None => None,
    };
    user.filter(|user| !user.deactivated).map(fields).ok_or_else(|| MatrixError::not_found("There is no such user."))
}

/// Takes turns in changing a profile and telling rooms of it, so that two changes at once (bridges set name and picture
/// together) neither undo each other nor reach a room in the wrong order. Users share a lock only by chance.
pub struct Turns([tokio::sync::Mutex<()>; 64]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| tokio::sync::Mutex::new(())))
    }
}

impl Turns {
    async fn take(&self, user: Atom) -> tokio::sync::MutexGuard<'_, ()> {
        let index = usize::try_from(user.0.unsigned_abs() % 64).unwrap_or_default();
        self.0[index].lock().await
    }
}

/// Sets one field, or removes it. A new name or picture is written into every room the user is in.
pub async fn set(app: &App, user_id: &UserId, user: Atom, field: &str, value: Option<Value>) -> Result<()> {
    let _turn = app.users.profiles.take(user).await;
    if write(app, user, field, value).await? {
        membership::refresh_profile(app, user_id).await?;
    }
    Ok(())
}

/// Answers whether name or picture changed.
async fn write(app: &App, user: Atom, field: &str, value: Option<Value>) -> Result<bool> {
    check_key(field)?;
    let row = app.store.user(user).await?.ok_or_else(|| MatrixError::not_found("There is no such user."))?;
    let mut profile = fields(row);
    let before = profile.get(field).cloned();
    match value {
        Some(value) if !is_removal(field, &value) => profile.insert(field.to_owned(), checked(field, value)?),
        _ => profile.remove(field),
    };
    if profile.get(field) == before.as_ref() {
        return Ok(false);
    }
    if json!(profile).to_string().len() > LARGEST {
        return Err(MatrixError::new(400, "M_PROFILE_TOO_LARGE", "The profile would be larger than 64 KiB."));
    }
    let mut text = |key| profile.remove(key).and_then(|value| value.as_str().map(str::to_owned));
    let (displayname, avatar_url) = (text("displayname"), text("avatar_url"));
    app.store.set_profile(user, displayname, avatar_url, json!(profile).to_string()).await?;
    Ok(matches!(field, "displayname" | "avatar_url"))
}

fn fields(user: User) -> Map<String, Value> {
    let mut profile: Map<String, Value> = serde_json::from_str(&user.fields).unwrap_or_default();
    let mut insert = |key: &str, value: Option<String>| value.map(|value| profile.insert(key.to_owned(), json!(value)));
    insert("displayname", user.displayname);
    insert("avatar_url", user.avatar_url);
    profile
}

/// An empty name or picture means none.
fn is_removal(field: &str, value: &Value) -> bool {
    matches!(field, "displayname" | "avatar_url") && matches!(value.as_str(), Some(""))
}

fn check_key(field: &str) -> Result<()> {
    if field.len() > LONGEST_KEY {
        return Err(MatrixError::new(400, "M_KEY_TOO_LARGE", "The name of the field is longer than 255 bytes."));
    }
    if field.is_empty() {
        return Err(MatrixError::invalid_param("The name of the field is empty."));
    }
    Ok(())
}

fn checked(field: &str, value: Value) -> Result<Value> {
    match (field, &value) {
        ("displayname", Value::String(name)) if name.chars().count() > 256 => {
            Err(MatrixError::invalid_param("The name is longer than 256 characters."))
        }
        ("avatar_url", Value::String(url)) if url.len() > 1000 => {
            Err(MatrixError::invalid_param("The address of the picture is longer than 1000 characters."))
        }
        ("displayname" | "avatar_url", Value::String(_)) => Ok(value),
        ("displayname" | "avatar_url", _) => Err(MatrixError::bad_json(format!("`{field}` must be a string."))),
        _ => Ok(value),
    }
}
