//! From a request to its dialect: what is the same for all of them.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::{
    address::{self, Address},
    body::{self, Body},
    deliver::{self, Accepted},
    desk::Desk,
    dialect::{
        self, Dialect, Refusal, adapter, apprise, discord, gotify, healthchecks, hookshot, line, mattermost, native,
        ntfy, rocketchat, slack, slack_api, telegram,
    },
    hooks::Hook,
    post::Post,
};

/// A request at the address of a dialect.
pub(crate) struct Ask<'a> {
    pub(crate) request: &'a HttpRequest,
    pub(crate) address: Address,
    pub(crate) body: Body,
    pub(crate) remote: &'a Desk,
}

/// Answers a request of a sender.
pub(crate) async fn receive(request: &HttpRequest, remote: &Desk) -> HttpResponse {
    let Some(address) = Address::of(request) else { return HttpResponse::not_found() };
    let dialect = address.dialect;
    let body = match Body::read(request).await {
        Ok(body) => body,
        Err(why) => return refuse(dialect, why),
    };
    let ask = Ask { request, address, body, remote };
    match dialect {
        Dialect::Mattermost => mattermost::answer(&ask).await,
        Dialect::Slack => slack::answer(&ask).await,
        Dialect::SlackApi => slack_api::answer(&ask).await,
        Dialect::Discord => discord::answer(&ask).await,
        Dialect::RocketChat => rocketchat::answer(&ask).await,
        Dialect::Telegram => telegram::answer(&ask).await,
        Dialect::Line => line::answer(&ask).await,
        Dialect::Ntfy => ntfy::answer(&ask).await,
        Dialect::Gotify => gotify::answer(&ask).await,
        Dialect::Apprise => apprise::answer(&ask).await,
        Dialect::Hookshot => hookshot::answer(&ask).await,
        Dialect::Turt2live => hookshot::answer_old(&ask).await,
        Dialect::Healthchecks => healthchecks::answer(&ask).await,
        Dialect::Native => native::answer(&ask).await,
        _ => HttpResponse::not_found(),
    }
}

/// A dialect's own word for what went wrong before it was asked.
fn refuse(dialect: Dialect, why: Refusal) -> HttpResponse {
    match dialect {
        Dialect::Mattermost => mattermost::refuse(why),
        Dialect::Slack => slack::refuse(why),
        Dialect::SlackApi => slack_api::refuse(why),
        Dialect::Discord => discord::refuse(why),
        Dialect::RocketChat => rocketchat::refuse(why),
        Dialect::Telegram => telegram::refuse(why),
        Dialect::Line => line::refuse(why),
        Dialect::Ntfy => ntfy::refuse(why),
        Dialect::Gotify => gotify::refuse(why),
        Dialect::Apprise => apprise::refuse(why),
        Dialect::Hookshot => hookshot::refuse(why),
        Dialect::Turt2live => hookshot::refuse_old(why),
        Dialect::Healthchecks => healthchecks::refuse(why),
        _ => native::refuse(why),
    }
}

impl Ask<'_> {
    /// What stands behind the secret.
    pub(crate) fn rest(&self) -> &str {
        &self.address.rest
    }

    /// Only this method will do.
    pub(crate) fn only(&self, method: &'static str) -> Result<(), Refusal> {
        if self.request.method == method { Ok(()) } else { Err(Refusal::Method(method)) }
    }

    /// The hook of the secret.
    pub(crate) async fn hook(&self) -> Result<Hook, Refusal> {
        self.hook_of(&self.address.secret).await
    }

    /// The hook of another token.
    pub(crate) async fn hook_of(&self, token: &str) -> Result<Hook, Refusal> {
        Hook::find(&address::secret(token), self.remote).await.map_err(not_now)?.ok_or(Refusal::UnknownHook)
    }

    /// Takes messages for the hook's room.
    pub(crate) async fn accept(&self, hook: &Hook, posts: Vec<Post>) -> Result<Accepted, Refusal> {
        deliver::accept(hook, posts, self.remote).await
    }

    /// What a monitor or a forge sent, by its headers or shape; `None`: it is none of them.
    pub(crate) fn adapted(&self) -> Result<Option<Vec<Post>>, Refusal> {
        let Some(payload) = self.body.object() else { return Ok(None) };
        let Some(dialect) = adapter::recognise(self.request, &payload) else { return Ok(None) };
        adapter::verify(self.request, &self.address.secret)?;
        adapter::read(dialect, self.request, &self.body).map(Some)
    }

    /// A parameter, from the body or the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        dialect::text(&self.parameters(), name)
    }

    /// The parameters of the query and the body together; the body's win.
    pub(crate) fn parameters(&self) -> Map<String, Value> {
        let query = body::form(&self.request.query).into_iter().map(|(name, value)| (name, Value::String(value)));
        let mut all: Map<String, Value> = query.collect();
        all.extend(self.body.object().unwrap_or_default());
        all
    }

    /// Whether the hook said this.
    pub(crate) async fn has_said(&self, hook: &Hook, id: &str) -> Result<bool, Refusal> {
        Ok(self.remote.get::<bool>(&deliver::said(hook, id)).await.map_err(not_now)?.is_some())
    }
}

pub(crate) fn not_now(error: StoreError) -> Refusal {
    tracing::error!(error = %error, "The database of the webhooks failed.");
    Refusal::NotNow
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
