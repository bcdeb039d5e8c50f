//! Accounts that whoever runs the server makes, from the command line.

use ruma::OwnedUserId;

use super::{NewAccount, account, create_account, names};
use crate::{
    app::App,
    error::{MatrixError, Result},
};

/// An account that was made, or whose password was replaced.
#[derive(Clone, Debug)]
pub struct Made {
    /// `@name:server`.
    pub user_id: OwnedUserId,
    /// The password, to be told once.
    pub password: String,
}

/// Makes an account; without a password it gets a random one.
pub async fn add(app: &App, name: &str, password: Option<String>, admin: bool) -> Result<Made> {
    let user_id = names::user_id(name, names::Chooser::Operator, app.server_name(), &app.services.current())?;
    let password = password.unwrap_or_else(random_password);
    let account = NewAccount { admin, ..NewAccount::person(user_id.clone(), Some(password.clone())) };
    create_account(app, account).await?;
    Ok(Made { user_id, password })
}

/// Replaces a person's password and signs them out everywhere.
pub async fn reset_password(app: &App, name: &str, password: Option<String>) -> Result<Made> {
    let user_id = names::user_id(name, names::Chooser::Operator, app.server_name(), &app.services.current())?;
    let unknown = || MatrixError::not_found("There is no such account.");
    let person = super::person(app, &user_id).await?.filter(|person| person.service.is_none()).ok_or_else(unknown)?;
    let password = password.unwrap_or_else(random_password);
    account::change_password(app, person.id, password.clone(), None).await?;
    super::sessions::sign_out(app, person.id, None, None).await?;
    Ok(Made { user_id, password })
}

/// The first start makes an administrator, `admin`: when nobody has an account yet.
pub async fn first_administrator(app: &App) -> Result<Option<Made>> {
    if app.store.has_people().await? {
        return Ok(None);
    }
    add(app, "admin", None, true).await.map(Some)
}

/// Five groups of four letters and digits that are hard to mistake for one another: almost 100 bits.
fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = rand::random();
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_administrator_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        let made = first_administrator(&app).await.unwrap().unwrap();
        assert_eq!(made.user_id, "@admin:test");
        assert_eq!(made.password.len(), 24);
        assert!(super::super::person(&app, &made.user_id).await.unwrap().unwrap().admin);
        assert!(first_administrator(&app).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn ghosts_do_not_count_as_people() {
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        let ghost = OwnedUserId::try_from("@irc_bob:test").unwrap();
        create_account(&app, NewAccount::of_service(ghost, "irc")).await.unwrap();
        assert!(first_administrator(&app).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_password_is_replaced_for_people_only() {
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        add(&app, "Bob", Some("one".to_owned()), false).await.unwrap();
        assert_eq!(add(&app, "bob", None, false).await.unwrap_err().errcode(), "M_USER_IN_USE");
        assert_eq!(reset_password(&app, "bob", Some("two".to_owned())).await.unwrap().password, "two");
        assert_eq!(reset_password(&app, "eve", None).await.unwrap_err().errcode(), "M_NOT_FOUND");
    }
}
