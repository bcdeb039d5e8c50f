//! A server on a real port and a client that speaks plain JSON to it.

use registrations::Registration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::App,
    http::{self, Listening},
};

/// A running server. Its data are gone with it.
pub(crate) struct Wire {
    pub(crate) app: App,
    base: String,
    http: reqwest::Client,
    _listening: Listening,
    _delivery: crate::delivery::Running,
    _push: crate::push::Running,
    _folder: tempfile::TempDir,
}

/// An answer: status and JSON.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) Value);

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.0, 200, "{}", self.1);
        self.1
    }

    /// Status and error code of a refusal.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.0, self.1["errcode"].as_str().unwrap_or_default())
    }
}

impl Wire {
    /// With `tune` to change the configuration, and application services by their registrations.
    pub(crate) async fn start(tune: impl FnOnce(&mut crate::config::Config), services: &[Registration]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("registrations");
        std::fs::create_dir_all(&directory).unwrap();
        for service in services {
            service.save(&directory.join(format!("{}.yaml", service.id))).unwrap();
        }
        let app = super::app_with(folder.path(), tune).await;
        let listening = http::listen(app.clone(), &["127.0.0.1:0".to_owned()]).await.unwrap();
        let (delivery, push) = (crate::delivery::start(&app), crate::push::start(&app));
        let base = format!("http://{}", listening.addresses[0]);
        Self {
            app,
            base,
            http: reqwest::Client::new(),
            _listening: listening,
            _delivery: delivery,
            _push: push,
            _folder: folder,
        }
    }

    /// Open registration, no services.
    pub(crate) async fn open() -> Self {
        Self::start(|config| config.registration.mode = crate::config::Mode::Open, &[]).await
    }

    /// One request; `path` after `/_matrix/client/`. A null body is sent as no body.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Value) -> Answer {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/_matrix/client/{path}") };
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        Answer(status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, path, token, body).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, token, body).await
    }

    /// Posts bytes.
    pub(crate) async fn bytes(&self, path: &str, token: &str, kind: &str, bytes: Vec<u8>) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(token).header("content-type", kind);
        let answer = request.body(bytes).send().await.unwrap();
        let status = answer.status().as_u16();
        Answer(status, answer.json().await.unwrap_or_default())
    }

    /// Status, headers and bytes of what is at `path`, from the root.
    pub(crate) async fn fetch(&self, path: &str, token: &str) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
        let mut request = self.http.get(format!("{}{path}", self.base));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap().to_vec())
    }

    /// Registers a person whose password is their name, and answers their token.
    pub(crate) async fn person(&self, name: &str) -> String {
        let body = json!({"username": name, "password": name, "auth": {"type": "m.login.dummy"}});
        let answer = self.post("v3/register", "", body).await.ok();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}
