//! Accounts and profiles of this server's users.

use sea_orm::{FromQueryResult, Value};

use super::{Atom, Membership, Store, StoreError};

/// A user of this server. The id is the atom of the user id.
#[derive(Clone, Debug, FromQueryResult)]
pub struct User {
    /// The atom of the user id.
    pub id: Atom,
    /// Argon2 hash; without one nobody signs in with a password.
    pub password: Option<String>,
    /// May administer the server.
    pub admin: bool,
    /// A guest account.
    pub guest: bool,
    /// The application service that made this user, by registration id.
    pub service: Option<String>,
    /// Closed for good.
    pub deactivated: bool,
    /// Milliseconds since 1970.
    pub created: i64,
    /// The name shown.
    pub displayname: Option<String>,
    /// The picture, `mxc://…`.
    pub avatar_url: Option<String>,
    /// All other profile fields, a JSON object.
    pub fields: String,
}

/// One hit of a search for people.
#[derive(Clone, Debug, FromQueryResult)]
pub struct FoundUser {
    /// `@name:server`.
    pub user_id: String,
    /// The name shown.
    pub displayname: Option<String>,
    /// The picture.
    pub avatar_url: Option<String>,
}

/// What goes with a closed account.
const CLOSED_WITH: [&str; 7] =
    ["account_data", "filters", "pushers", "cross_signing_keys", "key_signatures", "backup_keys", "backups"];

const COLUMNS: &str = "id, password, admin, guest, service, deactivated, created, displayname, avatar_url, fields";

impl Store {
    /// One hand-written statement in a write of its own; answers the rows affected.
    pub(super) async fn run(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.write(move |tx| Box::pin(async move { tx.run(sql, values).await })).await
    }

    /// The account of this user id's atom.
    pub async fn user(&self, id: Atom) -> Result<Option<User>, StoreError> {
        self.one(format!("SELECT {COLUMNS} FROM users WHERE id = $1"), [id.into()]).await
    }

    /// Whether anybody has an account who is neither a ghost nor a guest.
    pub async fn has_people(&self) -> Result<bool, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE service IS NULL AND NOT guest LIMIT 1");
        Ok(self.one::<User>(sql, []).await?.is_some())
    }

    /// The ids of those who administer the server, in the order of their names.
    pub async fn administrators(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT a.value AS user_id, u.displayname, u.avatar_url FROM users u JOIN atoms a ON a.id = u.id \
                   WHERE u.admin AND NOT u.deactivated ORDER BY a.value";
        Ok(self.all::<FoundUser>(sql, []).await?.into_iter().map(|user| user.user_id).collect())
    }

    /// Makes the account. [`StoreError::Taken`] when it is there already, deactivated or not.
    pub async fn insert_user(&self, user: User) -> Result<(), StoreError> {
        let sql = "INSERT INTO users (id, password, admin, guest, service, deactivated, created, displayname, avatar_url, \
                   fields) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let values: Vec<Value> = vec![
            user.id.into(),
            user.password.into(),
            user.admin.into(),
            user.guest.into(),
            user.service.into(),
            user.deactivated.into(),
            user.created.into(),
            user.displayname.into(),
            user.avatar_url.into(),
            user.fields.into(),
        ];
        self.run(sql, values).await.map(drop)
    }

    /// Replaces the password hash; `None` closes the way in by password.
    pub async fn set_password(&self, user: Atom, hash: Option<String>) -> Result<(), StoreError> {
        self.run("UPDATE users SET password = $1 WHERE id = $2", vec![hash.into(), user.into()]).await.map(drop)
    }

    /// Makes an administrator of a user, or not any more.
    pub async fn set_admin(&self, user: Atom, admin: bool) -> Result<(), StoreError> {
        self.run("UPDATE users SET admin = $1 WHERE id = $2", vec![admin.into(), user.into()]).await.map(drop)
    }

    /// Writes the whole profile.
    pub async fn set_profile(
        &self,
        user: Atom,
        displayname: Option<String>,
        avatar_url: Option<String>,
        fields: String,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE users SET displayname = $1, avatar_url = $2, fields = $3 WHERE id = $4";
        self.run(sql, vec![displayname.into(), avatar_url.into(), fields.into(), user.into()]).await.map(drop)
    }

    /// Closes an account for good: no password, no profile, no personal settings. Devices are deleted on their own.
    pub async fn close_user(&self, user: Atom) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE users SET deactivated = $1, password = NULL, admin = $2, displayname = NULL, \
                           avatar_url = NULL, fields = '{}' WHERE id = $3";
                tx.run(sql, [true.into(), false.into(), user.into()]).await?;
                for table in CLOSED_WITH {
                    tx.run(format!("DELETE FROM {table} WHERE owner = $1"), [user.into()]).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// People whose name or id contains `term`, as far as `asking` may know of them: who shares a room, and people (never
    /// ghosts) in listed rooms. One more than `limit` is asked for, so the caller can tell whether there are more.
    pub async fn search_users(&self, asking: Atom, term: &str, limit: u64) -> Result<Vec<FoundUser>, StoreError> {
        let sql = format!(
            r#"SELECT a.value AS user_id, u.displayname, u.avatar_url FROM users u JOIN atoms a ON a.id = u.id
            WHERE u.deactivated = $1 AND u.id <> $2
              AND (LOWER(a.value) LIKE $3 ESCAPE '\' OR LOWER(u.displayname) LIKE $3 ESCAPE '\')
              AND (EXISTS (SELECT 1 FROM members t JOIN members m ON m.room = t.room
                           WHERE t."user" = u.id AND t.membership = {join} AND m."user" = $2 AND m.membership = {join})
                OR (u.service IS NULL AND EXISTS (SELECT 1 FROM members t JOIN rooms r ON r.id = t.room
                           WHERE t."user" = u.id AND t.membership = {join} AND r.listed = $4)))
            ORDER BY a.value LIMIT $5"#,
            join = Membership::JOIN.0
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        self.all(sql, [false.into(), asking.into(), contains(term).into(), true.into(), limit.into()]).await
    }
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `term` anywhere, whatever it is made of.
fn contains(term: &str) -> String {
    let mut pattern = String::from("%");
    for c in term.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_term_is_never_a_pattern() {
        assert_eq!(contains("Al_50%\\"), "%al\\_50\\%\\\\%");
    }
}
