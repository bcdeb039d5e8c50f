//! The one webhook a channel has for the bridge: found or made once, remembered, made anew when somebody deleted it.
//!
//! Its token lets anybody write into the channel, so it appears in no error, no log and no `{:?}`.
//! <https://discord.com/developers/docs/resources/webhook>

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::{Batch, Remote, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serenity::http::Route;
use serenity::model::id::{ApplicationId, ChannelId, UserId, WebhookId};

use crate::config::Secret;
use crate::rest::{Call, Rest, RestError};
use crate::wire::{Message, Webhook};

/// What the webhook is called in the channel's settings.
const NAME: &str = "Causeway";
/// Memory: the webhook of a channel.
const CURRENT: &str = "webhook/";
/// Memory: webhooks that were ours; what they said is an echo for ever.
const FORMER: &str = "webhook-former/";

/// A webhook we may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) id: WebhookId,
    pub(crate) token: Secret,
}

/// As it is remembered.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: WebhookId,
    token: String,
}

/// Why there is no webhook.
#[derive(Debug)]
pub(crate) enum HookError {
    Discord(RestError),
    Store(StoreError),
}

pub(crate) struct Hooks {
    rest: Arc<Rest>,
    remote: Remote,
    me: UserId,
    app: ApplicationId,
    known: Mutex<Known>,
    /// One search at a time, so that no channel gets two.
    searching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    by_channel: HashMap<ChannelId, Hook>,
    ours: HashSet<WebhookId>,
}

impl Hooks {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(
        rest: Arc<Rest>,
        remote: Remote,
        me: UserId,
        app: ApplicationId,
    ) -> Result<Self, StoreError> {
        let mut known = Known::default();
        for (key, Kept { id, token }) in remote.get_all::<Kept>(CURRENT).await? {
            known.ours.insert(id);
            if let Some(channel) = key.strip_prefix(CURRENT).and_then(|channel| channel.parse().ok()) {
                known.by_channel.insert(channel, Hook { id, token: Secret::new(token) });
            }
        }
        for (key, _) in remote.get_all::<bool>(FORMER).await? {
            known.ours.extend(key.strip_prefix(FORMER).and_then(|id| id.parse::<WebhookId>().ok()));
        }
        Ok(Self { rest, remote, me, app, known: Mutex::new(known), searching: tokio::sync::Mutex::default() })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message was written by the bridge.
    pub(crate) fn wrote(&self, message: &Message) -> bool {
        match message.webhook_id {
            Some(hook) => {
                self.known().ours.contains(&hook) || message.application_id.is_some_and(|app| self.is_me(app))
            }
            None => message.author.as_ref().is_some_and(|author| author.id == self.me),
        }
    }

    fn is_me(&self, application: ApplicationId) -> bool {
        application == self.app
    }

    /// The webhook with this id, if it can still be used.
    pub(crate) fn by_id(&self, id: WebhookId) -> Option<Hook> {
        self.known().by_channel.values().find(|hook| hook.id == id).cloned()
    }

    /// The webhook of a channel, if there is one already.
    pub(crate) fn remembered(&self, channel: ChannelId) -> Option<Hook> {
        self.known().by_channel.get(&channel).cloned()
    }

    /// The webhook of a channel: remembered, found or made.
    ///
    /// # Errors
    /// Discord refused or could not be reached, or the webhook could not be remembered.
    pub(crate) async fn of(&self, channel: ChannelId) -> Result<Hook, HookError> {
        let _one = self.searching.lock().await;
        if let Some(hook) = self.known().by_channel.get(&channel) {
            return Ok(hook.clone());
        }
        let hook = match self.find(channel).await? {
            Some(hook) => hook,
            None => self.make(channel).await?,
        };
        let kept = Kept { id: hook.id, token: hook.token.expose().to_owned() };
        self.remote.put(&format!("{CURRENT}{channel}"), &kept).await?;
        let mut known = self.known();
        known.ours.insert(hook.id);
        known.by_channel.insert(channel, hook.clone());
        Ok(hook)
    }

    /// A webhook turned out to be deleted: what it wrote stays ours, the channel needs another.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn lost(&self, channel: ChannelId, id: WebhookId) -> Result<(), StoreError> {
        if self.known().by_channel.get(&channel).is_none_or(|hook| hook.id != id) {
            return Ok(());
        }
        tracing::info!(%channel, "the channel's webhook was deleted, another is made");
        let batch = Batch::new().put(format!("{FORMER}{id}"), &true).forget(format!("{CURRENT}{channel}"));
        self.remote.store(batch).await?;
        self.known().by_channel.remove(&channel);
        Ok(())
    }

    /// The channel is no longer bridged: takes the webhook out of its settings, as far as Discord lets us.
    pub(crate) async fn remove(&self, channel: ChannelId) {
        let Some(hook) = self.known().by_channel.get(&channel).cloned() else { return };
        let route = Route::WebhookWithToken { webhook_id: hook.id, token: hook.token.expose() };
        match self.rest.done(Call::new(reqwest::Method::DELETE, route)).await {
            Ok(()) => {}
            Err(error) if error.not_found() => {}
            Err(error) => tracing::warn!(%channel, %error, "the bridge's webhook could not be removed"),
        }
        if let Err(error) = self.lost(channel, hook.id).await {
            tracing::warn!(%channel, %error, "the webhook's removal could not be remembered");
        }
    }

    async fn find(&self, channel: ChannelId) -> Result<Option<Hook>, RestError> {
        let all: Vec<Webhook> = self.rest.call(Call::get(Route::ChannelWebhooks { channel_id: channel })).await?;
        Ok(all.into_iter().filter(|hook| self.made(hook)).find_map(usable))
    }

    fn made(&self, hook: &Webhook) -> bool {
        hook.user.as_ref().is_some_and(|user| user.id == self.me)
            || hook.application_id.is_some_and(|app| self.is_me(app))
    }

    async fn make(&self, channel: ChannelId) -> Result<Hook, RestError> {
        let call = Call::post(Route::ChannelWebhooks { channel_id: channel }).json(json!({ "name": NAME }));
        usable(self.rest.call(call).await?).ok_or_else(|| RestError::Unsure("a webhook without a token".to_owned()))
    }
}

fn usable(hook: Webhook) -> Option<Hook> {
    let token = hook.token.filter(|token| !token.is_empty())?;
    Some(Hook { id: hook.id, token: Secret::new(token) })
}

impl From<RestError> for HookError {
    fn from(error: RestError) -> Self {
        Self::Discord(error)
    }
}

impl From<StoreError> for HookError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
