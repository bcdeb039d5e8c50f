//! User-interactive authentication: before something weighty is done, the client proves once more who is there.
//! Specified in the client-server API, «User-interactive API in the REST API».
//!
//! A session belongs to one endpoint, one user and the first body; later requests of it may send `auth` alone.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use registrations::Token;
use ruma::OwnedUserId;
use serde_json::{Map, Value, json};

use super::caller::Caller;
use crate::{
    app::App,
    error::{MatrixError, Result},
    users,
};

/// One thing to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The password of the signed-in user.
    Password,
    /// Nothing.
    Dummy,
    /// The token of `registration.token`.
    RegistrationToken,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "m.login.password",
            Self::Dummy => "m.login.dummy",
            Self::RegistrationToken => "m.login.registration_token",
        }
    }
}

/// What an endpoint with this kind of authentication was sent.
#[derive(Clone, Debug, Default)]
pub struct Interactive {
    /// The path, as the specification writes it.
    pub template: &'static str,
    /// The body without `auth`, completed with what the session began with.
    pub body: Map<String, Value>,
    /// The `auth` object.
    pub auth: Option<Value>,
}

#[derive(Debug)]
struct Open {
    template: &'static str,
    user: Option<OwnedUserId>,
    body: Map<String, Value>,
    done: Vec<Stage>,
}

/// The sessions under way. They need not survive a restart: the client is simply asked again.
pub struct Sessions(moka::sync::Cache<String, Arc<Mutex<Open>>>);

impl Default for Sessions {
    fn default() -> Self {
        let idle = Duration::from_secs(15 * 60);
        Self(moka::sync::Cache::builder().max_capacity(10_000).time_to_idle(idle).build())
    }
}

impl Sessions {
    /// Takes `auth` out of a body and puts back what the session began with.
    pub(super) fn open(&self, template: &'static str, mut body: Map<String, Value>) -> Interactive {
        let auth = body.remove("auth");
        let open = auth.as_ref().and_then(session_of).and_then(|id| self.0.get(id));
        if let Some(open) = open {
            let open = open.lock().unwrap_or_else(PoisonError::into_inner);
            if open.template == template {
                for (key, value) in &open.body {
                    body.entry(key).or_insert_with(|| value.clone());
                }
            }
        }
        Interactive { template, body, auth }
    }

    fn begin(&self, request: &Interactive, user: Option<&Caller>) -> String {
        let id = Token::random().reveal().to_owned();
        let user = user.map(|caller| caller.user.clone());
        let open = Open { template: request.template, user, body: request.body.clone(), done: Vec::new() };
        self.0.insert(id.clone(), Arc::new(Mutex::new(open)));
        id
    }
}

fn session_of(auth: &Value) -> Option<&str> {
    auth.get("session")?.as_str()
}

/// Answers `Ok` once one of `flows` is complete, and otherwise the 401 that says what is still to be proven.
pub async fn authenticate(app: &App, request: &Interactive, user: Option<&Caller>, flows: &[&[Stage]]) -> Result<()> {
    let sessions = &app.users.interactive;
    let Some(auth) = &request.auth else {
        let id = sessions.begin(request, user);
        return Err(MatrixError::uiaa(todo(&id, &[], flows)));
    };
    let id = match session_of(auth) {
        Some(id) => id.to_owned(),
        // Clients that know the flow prove the first stage right away.
        None => sessions.begin(request, user),
    };
    let open = sessions.0.get(&id).ok_or_else(|| MatrixError::unknown("This session is over, please start again."))?;
    same_request(&open.lock().unwrap_or_else(PoisonError::into_inner), request, user)?;
    let proven = prove(app, auth, user, flows).await;
    let done = {
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(Some(stage)) = proven
            && !open.done.contains(&stage)
        {
            open.done.push(stage);
        }
        open.done.clone()
    };
    if let Err(refused) = proven {
        if refused.status() >= 500 {
            return Err(refused);
        }
        return Err(refused.into_uiaa(todo(&id, &done, flows)));
    }
    if flows.iter().any(|flow| flow.iter().all(|stage| done.contains(stage))) {
        sessions.0.invalidate(&id);
        return Ok(());
    }
    Err(MatrixError::uiaa(todo(&id, &done, flows)))
}

/// A session proves one thing about one request: it cannot be carried over to another.
fn same_request(open: &Open, request: &Interactive, user: Option<&Caller>) -> Result<()> {
    let same_user = open.user.as_ref() == user.map(|caller| &caller.user);
    // Nobody is signed in while registering, so there is nothing to be talked into; clients do change the password.
    let same_body = user.is_none() || open.body == request.body;
    if open.template == request.template && same_user && same_body {
        Ok(())
    } else {
        Err(MatrixError::forbidden("The request is not the one this session was begun for."))
    }
}

/// The stage that `auth` proves. `None` when it only asks how the session stands.
async fn prove(app: &App, auth: &Value, user: Option<&Caller>, flows: &[&[Stage]]) -> Result<Option<Stage>> {
    let Some(kind) = auth.get("type") else { return Ok(None) };
    let offered = flows.iter().flat_map(|flow| flow.iter()).find(|stage| kind == stage.name());
    let stage = *offered.ok_or_else(|| MatrixError::unknown("This way of authentication is not offered here."))?;
    match stage {
        Stage::Dummy => {}
        Stage::Password => password(app, auth, user).await?,
        Stage::RegistrationToken => registration_token(app, auth)?,
    }
    Ok(Some(stage))
}

async fn password(app: &App, auth: &Value, user: Option<&Caller>) -> Result<()> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let password = text(auth.get("password")).ok_or_else(|| MatrixError::missing_param("`password` is missing."))?;
    let named = text(auth.pointer("/identifier/user").or_else(|| auth.get("user")));
    let wrong = || MatrixError::forbidden("The password is wrong.");
    let Some(caller) = user else { return Err(wrong()) };
    let own = named.is_none_or(|named| {
        users::names::localpart(&named, app.server_name())
            .is_some_and(|name| name == caller.user.localpart() || name.to_lowercase() == caller.user.localpart())
    });
    if !own {
        return Err(wrong());
    }
    let hash = app.store.user(caller.nid).await?.and_then(|user| user.password);
    if app.users.passwords.verify(hash, password).await? { Ok(()) } else { Err(wrong()) }
}

fn registration_token(app: &App, auth: &Value) -> Result<()> {
    let offered = auth.get("token").and_then(Value::as_str).unwrap_or_default();
    let known = app.config.registration.token.as_deref();
    if known.is_some_and(|known| Token::new(known).matches(offered)) {
        Ok(())
    } else {
        Err(MatrixError::forbidden("This registration token is not valid."))
    }
}

fn todo(id: &str, done: &[Stage], flows: &[&[Stage]]) -> Map<String, Value> {
    let names = |stages: &[Stage]| stages.iter().map(|stage| stage.name()).collect::<Vec<_>>();
    let flows: Vec<Value> = flows.iter().map(|flow| json!({ "stages": names(flow) })).collect();
    Map::from_iter([
        ("session".to_owned(), json!(id)),
        ("flows".to_owned(), json!(flows)),
        ("completed".to_owned(), json!(names(done))),
        ("params".to_owned(), json!({})),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(template: &'static str, body: Value) -> Interactive {
        let Value::Object(body) = body else { panic!("an object") };
        Interactive { template, body, auth: None }
    }

    fn caller() -> Caller {
        Caller {
            user: "@a:h".try_into().unwrap(),
            nid: crate::store::Atom(1),
            device: None,
            device_nid: crate::store::DeviceNid::NONE,
            appservice: None,
            admin: false,
            guest: false,
        }
    }

    #[test]
    fn later_requests_may_send_auth_alone() {
        let sessions = Sessions::default();
        let id = sessions.begin(&request("/x", json!({"a": 1, "b": 2})), None);
        let Value::Object(later) = json!({"b": 3, "auth": {"session": id}}) else { panic!() };
        let open = sessions.open("/x", later.clone());
        assert_eq!(Value::Object(open.body), json!({"a": 1, "b": 3}));
        assert_eq!(Value::Object(sessions.open("/y", later).body), json!({"b": 3}), "another endpoint's");
    }

    #[test]
    fn a_session_is_bound_to_what_it_was_begun_for() {
        let (sessions, me) = (Sessions::default(), caller());
        let first = request("/x", json!({"a": 1}));
        let id = sessions.begin(&first, Some(&me));
        let open = sessions.0.get(&id).unwrap();
        let open = open.lock().unwrap();
        assert!(same_request(&open, &first, Some(&me)).is_ok());
        assert!(same_request(&open, &request("/x", json!({"a": 2})), Some(&me)).is_err());
        assert!(same_request(&open, &request("/y", json!({"a": 1})), Some(&me)).is_err());
        assert!(same_request(&open, &first, None).is_err());
    }
}
