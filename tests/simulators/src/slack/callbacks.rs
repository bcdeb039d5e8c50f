//! The other transport: HTTP callbacks, signed, and repeated when they are not answered with 200 in time.
//! <https://docs.slack.dev/apis/events-api/using-http-request-urls>

use std::{sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    socket::envelope::{Envelope, Sort},
    state::{Shared, State},
};

/// Where callbacks go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Events.
    pub(crate) events: String,
    /// Buttons and menus.
    pub(crate) interactions: String,
    /// Slash commands.
    pub(crate) commands: String,
}

/// One callback on its way.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) url: String,
    pub(crate) envelope: Envelope,
}

impl State {
    /// Queues a callback.
    pub(crate) fn post_callback(&mut self, sort: Sort, payload: Value) {
        let Some(target) = &self.hub.target else { return };
        let url = match sort {
            Sort::Event => &target.events,
            Sort::Interaction => &target.interactions,
            Sort::Command => &target.commands,
        };
        let post = Post { url: url.clone(), envelope: Envelope::new(sort, payload) };
        self.hub.told.sent += 1;
        self.posts.push(post);
    }
}

/// `v0=…` over time and body. <https://docs.slack.dev/authentication/verifying-requests-from-slack>
pub(crate) fn signature(secret: &str, time: u64, body: &str) -> String {
    // Every length of key is a key for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("v0:{time}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends callbacks for ever: the first try of each in order, repetitions beside.
pub(crate) async fn run(shared: Arc<Shared>, mut posts: UnboundedReceiver<Post>) {
    let client = reqwest::Client::builder().timeout(shared.settings.ack_patience).no_proxy().build();
    let Ok(client) = client else { return };
    while let Some(post) = posts.recv().await {
        if let Err(reason) = attempt(&shared, &client, &post, None).await
            && post.envelope.sort == Sort::Event
        {
            actix_web::rt::spawn(repeat(Arc::clone(&shared), client.clone(), post, reason));
        }
    }
}

async fn repeat(shared: Arc<Shared>, client: reqwest::Client, post: Post, mut reason: &'static str) {
    for (n, wait) in shared.settings.retries.iter().enumerate() {
        tokio::time::sleep(*wait).await;
        shared.with(|state| state.hub.told.again += 1);
        match attempt(&shared, &client, &post, Some((n + 1, reason))).await {
            Ok(()) => return,
            Err(next) => reason = next,
        }
    }
    shared.with(|state| state.hub.told.given_up += 1);
}

/// One try: done, or why it has to be repeated.
async fn attempt(
    shared: &Shared,
    client: &reqwest::Client,
    post: &Post,
    again: Option<(usize, &'static str)>,
) -> Result<(), &'static str> {
    let (kind, body) = encoded(&post.envelope);
    let time = shared.look(|state| state.world.clock.seconds());
    let mut request = client
        .post(&post.url)
        .header("content-type", kind)
        .header("x-slack-request-timestamp", time)
        .header("x-slack-signature", signature(&shared.settings.signing_secret, time, &body));
    if let Some((n, reason)) = again {
        request = request.header("x-slack-retry-num", n).header("x-slack-retry-reason", reason);
    }
    let response = request.body(body).send().await.map_err(|error| match error.is_timeout() {
        true => "http_timeout",
        false => "connection_failed",
    })?;
    let no_more = response.headers().contains_key("x-slack-no-retry");
    if !response.status().is_success() && !no_more {
        return Err("http_error");
    }
    let answer = response.json::<Value>().await.unwrap_or_default();
    shared.with(|state| {
        state.hub.told.acknowledged += 1;
        state.answered(&post.envelope, &answer);
    });
    Ok(())
}

/// Events are JSON, interactions a form with `payload`, commands a form.
fn encoded(envelope: &Envelope) -> (&'static str, String) {
    const FORM: &str = "application/x-www-form-urlencoded";
    let mut form = url_form::Form::default();
    match envelope.sort {
        Sort::Event => return ("application/json", envelope.payload.to_string()),
        Sort::Interaction => form.add("payload", &envelope.payload.to_string()),
        Sort::Command => {
            for (name, value) in envelope.payload.as_object().into_iter().flatten() {
                form.add(name, value.as_str().unwrap_or_default());
            }
        }
    }
    (FORM, form.0)
}

/// Asks an address whether it is a Slack app. <https://docs.slack.dev/reference/events/url_verification>
pub(crate) async fn verify(secret: &str, time: u64, url: &str) -> anyhow::Result<()> {
    let challenge = hex::encode(rand::random::<[u8; 16]>());
    let body = json!({ "type": "url_verification", "token": "simulated-verification-token", "challenge": challenge });
    let body = body.to_string();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build()?;
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("x-slack-request-timestamp", time)
        .header("x-slack-signature", signature(secret, time, &body));
    let response = request.body(body).send().await?;
    let status = response.status();
    let text = response.text().await?;
    let answered = serde_json::from_str::<Value>(&text).ok().and_then(|v| v["challenge"].as_str().map(str::to_owned));
    anyhow::ensure!(status.is_success(), "the request URL answered {status}");
    anyhow::ensure!(answered.unwrap_or(text).trim() == challenge, "the request URL did not answer with the challenge");
    Ok(())
}

mod url_form {
    //! `application/x-www-form-urlencoded`.

    use std::fmt::Write as _;

    #[derive(Default)]
    pub(super) struct Form(pub(super) String);

    impl Form {
        pub(super) fn add(&mut self, name: &str, value: &str) {
            if !self.0.is_empty() {
                self.0.push('&');
            }
            self.encode(name);
            self.0.push('=');
            self.encode(value);
        }

        fn encode(&mut self, text: &str) {
            for byte in text.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => self.0.push(byte as char),
                    b' ' => self.0.push('+'),
                    _ => {
                        let _ = write!(self.0, "%{byte:02X}");
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_documentation() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
            channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=\
            https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
            trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }
}
