//! A network with one inhabitant, who repeats what you say. A whole bridge.
//!
//! `cargo run -p appservice-sdk --example echo -- echo.yaml http://127.0.0.1:8008`, with the registration file that the
//! homeserver has, too. Then invite `@echobot:your.server` and say `bridge canyon` to it.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use appservice_sdk::prelude::*;

pub(crate) struct Echo;

impl Network for Echo {
    const INFO: NetworkInfo = NetworkInfo::new("echo", "Echo", "https://example.org/echo");
    type Session = Canyon;

    async fn connect(&self, remote: Remote) -> Result<Canyon, ConnectError> {
        remote.connected();
        Ok(Canyon { remote, clock: AtomicI64::new(Timestamp::now().0) })
    }
}

pub(crate) struct Canyon {
    remote: Remote,
    clock: AtomicI64,
}

impl Session for Canyon {
    fn features(&self, _: &ChatId) -> Features {
        Features::text_only()
    }

    async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        let said = self.clock.fetch_add(2, Relaxed);
        let parrot = Author::them("parrot", UserInfo::named("Parrot"));
        let parts = attempt.message.parts.clone();
        let reply = Incoming::message(attempt.chat().clone(), parrot, (said + 1).to_string(), parts);
        self.remote.emit(reply).await?;
        Ok(Sent::new(said.to_string()))
    }

    async fn chat(&self, _: &ChatId) -> Result<ChatInfo, FetchError> {
        Ok(ChatInfo::named("Canyon"))
    }

    async fn user(&self, _: &RemoteUserId) -> Result<UserInfo, FetchError> {
        Ok(UserInfo::named("Parrot"))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "echo.yaml".to_owned());
    let homeserver = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8008".to_owned());
    let registration = Registration::load(file.as_ref())?;
    let mut config = BridgeConfig::new(registration, homeserver, "sqlite:echo.db");
    config.listen = arguments.next().unwrap_or_else(|| "127.0.0.1:9000".to_owned());
    Bridge::new(Echo, config).run().await
}
