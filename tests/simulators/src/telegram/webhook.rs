//! Updates brought to the bot instead of fetched by it. <https://core.telegram.org/bots/api#setwebhook>

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::state::Shared;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where updates go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    /// What `X-Telegram-Bot-Api-Secret-Token` says.
    pub(crate) secret: String,
    pub(crate) max_connections: i64,
    /// When a delivery last failed, and why.
    pub(crate) error: Option<(i64, String)>,
}

/// Brings updates, one at a time and in order, each until it is taken. Telegram uses several connections at once.
pub(crate) async fn push(shared: Arc<Shared>) {
    let mut version = shared.version.subscribe();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap_or_default();
    let mut pause = shared.settings.webhook_retry;
    loop {
        version.mark_unchanged();
        let due = shared.look(|state| Some((state.webhook.clone()?, state.updates.head()?.clone())));
        let Some((webhook, update)) = due else {
            if version.changed().await.is_err() {
                return;
            }
            continue;
        };
        match deliver(&client, &webhook, &update.shown()).await {
            Ok(()) => {
                shared.with(|state| state.updates.confirm(update.id + 1));
                pause = shared.settings.webhook_retry;
            }
            Err(why) => {
                shared.with(|state| {
                    let date = state.world.clock.date();
                    if let Some(webhook) = &mut state.webhook {
                        webhook.error = Some((date, why));
                    }
                });
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

async fn deliver(client: &reqwest::Client, webhook: &Webhook, update: &Value) -> Result<(), String> {
    let mut request = client.post(&webhook.url).json(update);
    if !webhook.secret.is_empty() {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", &webhook.secret);
    }
    let response = request.send().await.map_err(|_| "Connection refused".to_owned())?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("Wrong response from the webhook: {status}")) }
}

/// `WebhookInfo`.
pub(crate) fn info(webhook: Option<&Webhook>, pending: usize, allowed: &[String]) -> Value {
    let mut info = json!({"url": "", "has_custom_certificate": false, "pending_update_count": pending});
    if !allowed.is_empty() {
        info["allowed_updates"] = json!(allowed);
    }
    if let Some(webhook) = webhook {
        info["url"] = json!(webhook.url);
        info["max_connections"] = json!(webhook.max_connections);
        info["ip_address"] = json!("127.0.0.1");
        if let Some((date, why)) = &webhook.error {
            info["last_error_date"] = json!(date);
            info["last_error_message"] = json!(why);
        }
    }
    info
}
