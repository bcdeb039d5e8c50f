//! The one door to Slack's Web API: slack-morphism's client, asked for plain JSON so that nothing Slack says is lost
//! between its answer and us.
//!
//! <https://docs.slack.dev/apis/web-api>. Reading methods are asked by POST with a form, as Slack's own libraries do and
//! everything that imitates Slack understands (several know no JSON); writing ones with JSON, through the library.

pub(crate) mod error;
pub(crate) mod files;

use std::future::Future;
use std::time::Duration;

use serde_json::Value;
use slack_morphism::api::{SlackApiAppsConnectionOpenRequest, SlackApiAppsConnectionOpenResponse};
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::{SlackClientHyperConnector, SlackHyperClient};
use slack_morphism::{ClientResult, SlackApiToken, SlackApiTokenValue, SlackClient};

pub(crate) use self::error::ApiError;
use crate::config::{Config, Secret};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most pages that are read of a list.
const PAGES: usize = 100;

pub(crate) struct Api {
    pub(crate) client: std::sync::Arc<SlackHyperClient>,
    token: SlackApiToken,
    base: String,
    web: reqwest::Client,
}

impl Api {
    /// A door that carries the bot's token.
    ///
    /// # Errors
    /// This machine has no certificates to trust, or no client can be made.
    pub(crate) fn new(config: &Config) -> Result<Self, std::io::Error> {
        let https =
            hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        let connector = SlackClientHyperConnector::with_connector(https).with_slack_api_url(config.api());
        let web = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(std::io::Error::other)?;
        Ok(Self {
            client: std::sync::Arc::new(SlackClient::new(connector)),
            token: token(&config.token),
            base: config.api().to_owned(),
            web,
        })
    }

    /// Whether the token has the form of a bot's.
    pub(crate) fn is_bots(&self) -> bool {
        self.token.token_value.0.starts_with("xoxb-")
    }

    /// Asks a reading method.
    ///
    /// # Errors
    /// Sorted by what happens next.
    pub(crate) async fn get(&self, method: &str, arguments: &[(&str, &str)]) -> Result<Value, ApiError> {
        Ok(self.ask(method, arguments).await?.0)
    }

    /// The answer to a form, and the header that tells what the token may.
    async fn ask(&self, method: &str, arguments: &[(&str, &str)]) -> Result<(Value, Option<String>), ApiError> {
        let asked = self.web.post(format!("{}/{method}", self.base)).bearer_auth(&self.token.token_value.0);
        let answer = asked.form(arguments).timeout(PATIENCE).send().await;
        let answer = answer.map_err(|error| ApiError::Unreached(plain(&error)))?;
        if let Some(limited) = error::limited(&answer) {
            return Err(limited);
        }
        let scopes = answer.headers().get("x-oauth-scopes").and_then(|scopes| scopes.to_str().ok());
        let (scopes, status) = (scopes.map(str::to_owned), answer.status());
        let Ok(said) = answer.json::<Value>().await else {
            // A page instead of an answer: an address where nothing answers to this method, or trouble on the way.
            return Err(match status.is_client_error() {
                true => ApiError::said("unknown_method"),
                false => ApiError::Unsure(format!("status {}", status.as_u16())),
            });
        };
        match said["error"].as_str() {
            Some(code) => Err(ApiError::read(code, &said)),
            None if said["ok"] == true => Ok((said, scopes)),
            None if status.is_client_error() => Err(ApiError::said("unknown_method")),
            None => Err(ApiError::Unsure(format!("status {}", status.as_u16()))),
        }
    }

    /// Asks a writing method.
    ///
    /// # Errors
    /// Sorted by what happens next.
    pub(crate) async fn post(&self, method: &str, body: &Value) -> Result<Value, ApiError> {
        let session = self.client.open_session(&self.token);
        in_time(session.http_session_api.http_post(method, body, None)).await
    }

    /// All items of a list that comes in pages.
    ///
    /// # Errors
    /// Sorted by what happens next.
    pub(crate) async fn list(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
        items: &str,
    ) -> Result<Vec<Value>, ApiError> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let mut arguments = arguments.to_vec();
            if !cursor.is_empty() {
                arguments.push(("cursor", &cursor));
            }
            let mut page = self.get(method, &arguments).await?;
            if let Value::Array(found) = page[items].take() {
                all.extend(found);
            }
            page["response_metadata"]["next_cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
            if cursor.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    /// What `auth.test` says, and the scopes of the token, which only its header tells.
    ///
    /// # Errors
    /// Sorted by what happens next.
    pub(crate) async fn whoami(&self) -> Result<(Value, Option<String>), ApiError> {
        self.ask("auth.test", &[]).await
    }

    /// Asks for a socket as the app, only to learn why there is none.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn try_socket(&self, app: &Secret) -> Result<(), ApiError> {
        let app = token(app);
        let session = self.client.open_session(&app);
        let request = SlackApiAppsConnectionOpenRequest::new();
        let asked = session.apps_connections_open(&request);
        in_time::<SlackApiAppsConnectionOpenResponse>(asked).await.map(|_| ())
    }

    /// Answers a command at the address that Slack gave along with it; only if it is one of Slack's.
    ///
    /// # Errors
    /// Not delivered.
    pub(crate) async fn respond(&self, address: &str, body: &Value) -> Result<(), ApiError> {
        let url = self.own(address).ok_or_else(|| ApiError::said("response_url_is_not_of_slack"))?;
        let asked = self.web.post(url).json(body).timeout(PATIENCE);
        let answer = asked.send().await.map_err(|error| ApiError::Unsure(plain(&error)))?;
        match error::limited(&answer) {
            Some(limited) => Err(limited),
            None if answer.status().is_success() => Ok(()),
            None => Err(ApiError::said(format!("status_{}", answer.status().as_u16()))),
        }
    }
}

pub(crate) fn token(secret: &Secret) -> SlackApiToken {
    SlackApiToken::new(SlackApiTokenValue(secret.expose().to_owned()))
}

async fn in_time<T>(asked: impl Future<Output = ClientResult<T>>) -> Result<T, ApiError> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error: SlackClientError| ApiError::from_client(error)),
        Err(_) => Err(ApiError::Unsure("no answer in time".to_owned())),
    }
}

/// An error without the address, which may hold secrets.
fn plain(error: &reqwest::Error) -> String {
    let kind = match () {
        () if error.is_timeout() => "no answer in time",
        () if error.is_connect() => "not reachable",
        () => "the connection broke off",
    };
    kind.to_owned()
}
