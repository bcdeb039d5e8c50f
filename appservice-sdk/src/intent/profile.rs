//! Being somebody: registration and profile.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Homeserver, Intent, MatrixError,
    client::{Call, encode},
};

/// How somebody looks in Matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Display name.
    pub name: Option<String>,
    /// `mxc://…`
    pub avatar: Option<String>,
}

impl Intent<'_> {
    /// Registers the user; one that exists is fine.
    ///
    /// # Errors
    /// A lasting refusal (a name outside the namespace, for example).
    pub async fn register(&self) -> Result<(), MatrixError> {
        let localpart = self.user_id().trim_start_matches('@').split(':').next().unwrap_or_default();
        let body = json!({ "type": "m.login.application_service", "username": localpart, "inhibit_login": true });
        let call = Call::new(Method::POST, "/_matrix/client/v3/register".to_owned()).body(body);
        match self.homeserver.call(None, call).await {
            Ok(_) => Ok(()),
            Err(error) if error.is("M_USER_IN_USE") => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// `PUT /_matrix/client/v3/profile/{userId}/displayname`.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn set_name(&self, name: &str) -> Result<(), MatrixError> {
        self.set_profile("displayname", json!({ "displayname": name })).await
    }

    /// `PUT /_matrix/client/v3/profile/{userId}/avatar_url`; an empty address takes it away.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn set_avatar(&self, mxc: &str) -> Result<(), MatrixError> {
        self.set_profile("avatar_url", json!({ "avatar_url": mxc })).await
    }

    async fn set_profile(&self, field: &str, body: Value) -> Result<(), MatrixError> {
        let path = format!("/_matrix/client/v3/profile/{}/{field}", encode(self.user_id()));
        self.homeserver.call(self.user, Call::new(Method::PUT, path).body(body)).await.map(drop)
    }
}

impl Homeserver {
    /// `GET /_matrix/client/v3/profile/{userId}`.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn profile(&self, user_id: &str) -> Result<Profile, MatrixError> {
        let path = format!("/_matrix/client/v3/profile/{}", encode(user_id));
        let answer = self.call(None, Call::new(Method::GET, path)).await?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Profile { name: text("displayname"), avatar: text("avatar_url") })
    }

    /// `POST /_matrix/client/v1/appservice/{id}/ping`: whether the homeserver reaches us; tried once. Answers how long
    /// it took.
    ///
    /// # Errors
    /// It does not reach us, or does not know pings.
    pub async fn ping(&self, registration_id: &str) -> Result<Duration, MatrixError> {
        let path = format!("/_matrix/client/v1/appservice/{}/ping", encode(registration_id));
        let answer = self.call_once(None, Call::new(Method::POST, path).body(json!({}))).await?;
        Ok(Duration::from_millis(answer.get("duration_ms").and_then(Value::as_u64).unwrap_or(0)))
    }

    /// `GET /_matrix/client/v3/account/whoami` of an application service whose server name is not known yet.
    ///
    /// # Errors
    /// The homeserver is not reachable or does not know the token.
    pub(crate) async fn whoami(base: &str, as_token: &registrations::Token) -> Result<String, MatrixError> {
        let probe = Self::new(base, as_token.clone(), "", "")?;
        let call = Call::new(Method::GET, "/_matrix/client/v3/account/whoami".to_owned());
        let answer = probe.call_once(None, call).await?;
        let user = answer.get("user_id").and_then(Value::as_str);
        user.map(str::to_owned).ok_or_else(|| MatrixError::local("the homeserver did not say who the token belongs to"))
    }
}
