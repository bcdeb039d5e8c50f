//! The people (and ghosts) of this server: accounts, passwords, devices and the tokens that speak for them.

pub mod account;
pub mod names;
pub mod operator;
pub mod password;
pub mod profile;
pub mod push_rules;
pub mod sessions;
mod warm;

use std::{sync::Arc, time::Duration};

use ruma::{OwnedDeviceId, OwnedUserId, UserId};

pub use self::{
    account::{NewAccount, create_account},
    sessions::Session,
};
use self::{password::Passwords, warm::Warm};
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::admin::register::NONCE_FOR,
    store::{Atom, DeviceNid, devices::TokenHash},
};

/// How long a token for third parties is good.
pub const OPENID_FOR: Duration = Duration::from_secs(60 * 60);

/// What is kept in memory about users, so that a warm request asks the database nothing.
pub struct Users {
    sessions: Warm<TokenHash, Arc<Session>>,
    people: Warm<OwnedUserId, Arc<Person>>,
    devices: Warm<(Atom, OwnedDeviceId), DeviceNid>,
    /// The one place where passwords are hashed.
    pub passwords: Passwords,
    /// Turns in changing profiles.
    pub profiles: profile::Turns,
    /// Tokens that prove to third parties who somebody is, by their hash. Lost at a restart, then asked for again.
    pub openid: moka::sync::Cache<TokenHash, OwnedUserId>,
    /// Nonces given out for registration by shared secret.
    pub nonces: moka::sync::Cache<String, ()>,
    /// User-interactive authentication under way.
    pub interactive: crate::http::uiaa::Sessions,
}

impl Default for Users {
    fn default() -> Self {
        Self {
            sessions: Warm::new(10_000),
            people: Warm::new(20_000),
            devices: Warm::new(10_000),
            passwords: Passwords::default(),
            profiles: profile::Turns::default(),
            openid: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(OPENID_FOR).build(),
            nonces: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(NONCE_FOR).build(),
            interactive: crate::http::uiaa::Sessions::default(),
        }
    }
}

/// What a request needs to know of a user of this server.
#[derive(Clone, Debug)]
pub struct Person {
    /// The number the database knows them by.
    pub id: Atom,
    /// May administer the server.
    pub admin: bool,
    /// A guest account.
    pub guest: bool,
    /// The application service that made this user, by registration id.
    pub service: Option<String>,
}

/// The user of this id, unless there is none or the account is closed. Kept in memory.
pub async fn person(app: &App, user_id: &UserId) -> Result<Option<Arc<Person>>> {
    let load = async {
        let Some(id) = app.store.find_atom(user_id.as_str()).await? else { return Ok(None) };
        let user = app.store.user(id).await?.filter(|user| !user.deactivated);
        Ok(user.map(|user| Arc::new(Person { id, admin: user.admin, guest: user.guest, service: user.service })))
    };
    app.users.people.get(user_id.to_owned(), load).await
}

/// The own user of an application service, made when it is first needed.
pub async fn create_service_user(app: &App, service: &registrations::Registration) -> Result<Arc<Person>> {
    let user_id = UserId::parse(service.sender(app.server_name().as_str()))?;
    match create_account(app, NewAccount::of_service(user_id.clone(), &service.id)).await {
        // Two requests at once: the other one made it.
        Err(error) if error.errcode() != "M_USER_IN_USE" => return Err(error),
        _ => {}
    }
    person(app, &user_id).await?.ok_or_else(|| MatrixError::forbidden("The application service's user is closed."))
}

/// The device of this id, if the user has it. Kept in memory.
pub async fn device(app: &App, user: Atom, device_id: OwnedDeviceId) -> Result<Option<DeviceNid>> {
    let key = (user, device_id.clone());
    let load = async { Ok(app.store.device(user, device_id.as_str()).await?.map(|device| device.id)) };
    app.users.devices.get(key, load).await
}
