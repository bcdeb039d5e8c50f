//! Updates brought by Telegram to the server's public port, for those who prefer that to asking.
//!
//! Telegram sends one update after the other and repeats each until it is answered with 200: so it is answered once the
//! update is stored. That it is Telegram who speaks is shown by a secret that the bridge gave it.
//! <https://core.telegram.org/bots/api#setwebhook>

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use appservice_sdk::prelude::{ConnectError, HttpRequest, HttpResponse, Remote};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::feed::Feed;
use crate::login;
use crate::rest::Rest;
use crate::wire::ALLOWED;

/// Where updates arrive, below the bridge's public address.
const PATH: &str = "/telegram/update";
const HEADER: &str = "x-telegram-bot-api-secret-token";
const PURPOSE: &str = "telegram webhook";
/// How often silence is noticed while an album comes in.
const GLANCE: Duration = Duration::from_millis(300);
/// Telegram waits about a minute for its answer.
const PATIENCE: Duration = Duration::from_secs(50);

/// An update that waits to be stored, and whom to tell.
type Arrival = (Value, oneshot::Sender<()>);

/// The way from the public port to the feed, whichever session is live.
#[derive(Clone, Default)]
pub(crate) struct Door(Arc<Mutex<Option<mpsc::Sender<Arrival>>>>);

impl Door {
    /// Opens for a new session.
    pub(crate) fn open(&self) -> mpsc::Receiver<Arrival> {
        let (sender, arrivals) = mpsc::channel(64);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        arrivals
    }

    fn feed(&self) -> Option<mpsc::Sender<Arrival>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers Telegram.
    pub(crate) async fn answer(&self, request: &HttpRequest, remote: &Remote) -> HttpResponse {
        if request.path.trim_end_matches('/') != PATH {
            return HttpResponse::not_found();
        }
        if request.method != "POST" {
            return HttpResponse::text(405, "Telegram posts its updates here.");
        }
        let given = request.header(HEADER).unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(secret(remote).as_bytes())) {
            return HttpResponse::text(401, "The secret token is missing or wrong.");
        }
        let Ok(update) = serde_json::from_slice::<Value>(&request.body) else {
            return HttpResponse::text(400, "An update is an object of JSON.");
        };
        let busy = || HttpResponse::text(503, "The bridge is not ready; send it again.");
        let Some(feed) = self.feed() else { return busy() };
        let (stored, done) = oneshot::channel();
        let arrival = async {
            feed.send((update, stored)).await.ok()?;
            done.await.ok()
        };
        match timeout(PATIENCE, arrival).await {
            Ok(Some(())) => HttpResponse::status(200),
            _ => busy(),
        }
    }
}

/// What Telegram proves itself with.
fn secret(remote: &Remote) -> String {
    remote.secret(PURPOSE).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes in what arrives until the session ends.
pub(crate) async fn run(mut feed: Feed, mut arrivals: mpsc::Receiver<Arrival>) {
    loop {
        let glance = if feed.is_waiting() { GLANCE } else { Duration::from_secs(3600) };
        match timeout(glance, arrivals.recv()).await {
            Ok(Some((update, stored))) => {
                feed.take(&[update]).await;
                let _ = stored.send(());
            }
            Ok(None) => return,
            Err(_) => {}
        }
        feed.settle(Instant::now()).await;
    }
}

/// Tells Telegram to bring updates.
///
/// # Errors
/// Telegram refuses the address or does not answer.
pub(crate) async fn set(rest: &Rest, config: &Config, remote: &Remote) -> Result<(), ConnectError> {
    let base = config.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let body = json!({
        "url": format!("{base}{PATH}"),
        "secret_token": secret(remote),
        // One after the other, so that their order is kept.
        "max_connections": 1,
        "allowed_updates": ALLOWED,
    });
    match rest.call::<bool>("setWebhook", &body).await {
        Ok(_) => Ok(()),
        Err(crate::rest::RestError::Refused { said, .. }) => Err(ConnectError::Config(format!(
            "Telegram does not take the address of bridges.telegram.public_url ({said}): it must be https and reachable \
             from outside on port 443, 80, 88 or 8443"
        ))),
        Err(error) => Err(login::sort(error)),
    }
}

/// Tells Telegram to keep updates until they are asked for. What waits is kept.
///
/// # Errors
/// Telegram does not answer.
pub(crate) async fn unset(rest: &Rest) -> Result<(), ConnectError> {
    let body = json!({ "drop_pending_updates": false });
    rest.call::<bool>("deleteWebhook", &body).await.map(drop).map_err(login::sort)
}
