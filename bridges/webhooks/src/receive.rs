//! From a request to its dialect: what is the same for all of them.

use appservice_sdk::prelude::*;

use crate::{
    address::Address,
    body::Body,
    deliver::{self, Accepted},
    dialect::{Dialect, Refusal, discord, mattermost, slack},
    hooks::Hook,
    post::Post,
};

/// A request at the address of a dialect.
pub(crate) struct Ask<'a> {
    pub(crate) request: &'a HttpRequest,
    pub(crate) address: Address,
    pub(crate) body: Body,
    pub(crate) remote: &'a Remote,
}

/// Answers a request of a sender.
pub(crate) async fn receive(request: &HttpRequest, remote: &Remote) -> HttpResponse {
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
        Dialect::Discord => discord::answer(&ask).await,
        _ => HttpResponse::not_found(),
    }
}

/// A dialect's own word for what went wrong before it was asked.
fn refuse(dialect: Dialect, why: Refusal) -> HttpResponse {
    match dialect {
        Dialect::Slack => slack::refuse(why),
        Dialect::Discord => discord::refuse(why),
        _ => mattermost::refuse(why),
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
        let found = Hook::find(&self.address.secret, self.remote).await.map_err(not_now)?;
        found.ok_or(Refusal::UnknownHook)
    }

    /// Takes messages for the hook's room.
    pub(crate) async fn accept(&self, hook: &Hook, posts: Vec<Post>) -> Result<Accepted, Refusal> {
        deliver::accept(hook, posts, self.remote).await
    }

    /// What a monitor or a forge sent, by its headers or shape; `None`: it is none of them.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the adapters come next")]
    pub(crate) fn adapted(&self) -> Result<Option<Vec<Post>>, Refusal> {
        Ok(None)
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
