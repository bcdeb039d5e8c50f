//! Making, changing and closing accounts.

use ruma::OwnedUserId;

use super::sessions;
use crate::{
    app::App,
    error::{MatrixError, Result},
    rooms::membership::{self, Change},
    store::{Atom, DeviceNid, Membership, StoreError, users::User},
};

/// An account to be made. The name was checked by [`names::user_id`](super::names::user_id).
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// `@name:server`.
    pub user_id: OwnedUserId,
    /// Without one nobody signs in with a password.
    pub password: Option<String>,
    /// May administer the server; never given to guests and ghosts.
    pub admin: bool,
    /// A guest.
    pub guest: bool,
    /// The application service the user belongs to, by registration id.
    pub service: Option<String>,
    /// The name shown; people without one are shown by their localpart.
    pub displayname: Option<String>,
}

impl NewAccount {
    /// A person with a password.
    #[must_use]
    pub fn person(user_id: OwnedUserId, password: Option<String>) -> Self {
        Self { user_id, password, admin: false, guest: false, service: None, displayname: None }
    }

    /// A ghost or the own user of an application service.
    #[must_use]
    pub fn of_service(user_id: OwnedUserId, service: &str) -> Self {
        Self { service: Some(service.to_owned()), ..Self::person(user_id, None) }
    }
}

/// Makes an account. `M_USER_IN_USE` when the name is taken, by a closed account too.
pub async fn create_account(app: &App, account: NewAccount) -> Result<Atom> {
    let password = match account.password {
        Some(password) => Some(app.users.passwords.hash(password).await?),
        None => None,
    };
    let is_person = account.service.is_none() && !account.guest;
    let localpart = || is_person.then(|| account.user_id.localpart().to_owned());
    let id = app.store.atom(account.user_id.as_str()).await?;
    let user = User {
        id,
        password,
        admin: account.admin && is_person,
        guest: account.guest,
        displayname: account.displayname.clone().or_else(localpart),
        avatar_url: None,
        fields: "{}".to_owned(),
        service: account.service,
        deactivated: false,
        created: now(app),
    };
    match app.store.insert_user(user).await {
        Ok(()) => Ok(id),
        Err(StoreError::Taken) => Err(MatrixError::user_in_use()),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a password; with `keep` given, every other device is signed out.
pub async fn change_password(app: &App, user: Atom, password: String, keep: Option<DeviceNid>) -> Result<()> {
    let hash = app.users.passwords.hash(password).await?;
    app.store.set_password(user, Some(hash)).await?;
    if keep.is_some() {
        sessions::sign_out(app, user, None, keep).await?;
    }
    Ok(())
}

/// Closes an account for good: signed out everywhere, without password and profile. The name is never free again.
pub async fn deactivate(app: &App, user_id: &OwnedUserId, user: Atom) -> Result<()> {
    app.store.close_user(user).await?;
    sessions::sign_out(app, user, None, None).await?;
    app.users.people.forget([user_id]);
    let (joined, invited, knocking) = (Membership::JOIN, Membership::INVITE, Membership::KNOCK);
    for member in app.store.rooms_of(user, &[joined, invited, knocking]).await? {
        let Some(room) = app.rooms.by_nid(&app.store, member.room).await? else { continue };
        let leave = Change::own(user_id.clone(), Membership::LEAVE);
        if let Err(error) = membership::change(app, &room, leave).await {
            tracing::warn!(room = %room.id, user = %user_id, %error, "a closed account could not leave this room");
        }
    }
    Ok(())
}

/// Milliseconds since 1970, as the database keeps them.
pub(super) fn now(app: &App) -> i64 {
    i64::try_from(app.clock.now_ms()).unwrap_or(i64::MAX)
}
