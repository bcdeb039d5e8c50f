//! The HTTP server: binds the addresses, hands every request to the [`router`](router::Router).

pub mod admin;
pub mod appservice;
pub mod caller;
pub mod client;
mod compress;
pub mod gateway;
pub mod limits;
pub mod operator;
pub mod router;
pub mod routes;
pub mod ruma;
pub mod uiaa;

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App as Actix, HttpRequest, HttpServer, dev::ServerHandle, web};
use anyhow::Context;

use crate::app::App;

/// A server that is listening.
pub struct Listening {
    /// Where, with the real port if port 0 was asked for.
    pub addresses: Vec<SocketAddr>,
    handle: ServerHandle,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Starts serving on all these addresses (`host:port`). Fails, naming the address, if one cannot be had.
pub async fn listen(app: App, addresses: &[String]) -> anyhow::Result<Listening> {
    let router = Arc::new(routes::routes().build()?);
    let app = web::Data::new(app);
    let factory = move || {
        let router = router.clone();
        let serve = move |req: HttpRequest, payload: web::Payload| router.clone().dispatch(req, payload);
        Actix::new().app_data(app.clone()).default_service(web::to(serve))
    };
    let mut server = HttpServer::new(factory)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(30))
        .shutdown_timeout(3)
        .disable_signals();
    let mut bound = Vec::new();
    for address in addresses {
        let listener = bind(address).await?;
        bound.push(listener.local_addr()?);
        server = server.listen(listener)?;
    }
    let running = server.run();
    let handle = running.handle();
    let task = tokio::spawn(running);
    Ok(Listening { addresses: bound, handle, task })
}

async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    let listener = tokio::net::TcpListener::bind(address).await;
    let listener = listener
        .with_context(|| format!("cannot listen on {address}; stop what uses it, or set another `server.listen`"))?;
    Ok(listener.into_std()?)
}

impl Listening {
    /// Takes no more requests and waits a few seconds for those under way.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        let _ = self.task.await;
    }

    /// Waits until the server ends by itself, which it does only by failing.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        (&mut self.task).await??;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    #[tokio::test]
    async fn a_request_is_answered_on_the_bound_port() {
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        let server = listen(app, &["127.0.0.1:0".to_owned()]).await.unwrap();
        let base = format!("http://{}", server.addresses[0]);
        let client = reqwest::Client::new();
        for (method, path, expected) in [
            (Method::GET, "/_matrix/client/versions", 200),
            (Method::HEAD, "/_matrix/client/versions", 200),
            (Method::OPTIONS, "/_matrix/client/versions", 204),
            (Method::OPTIONS, "/nothing", 204),
            (Method::POST, "/_matrix/client/versions", 405),
            (Method::GET, "/nothing", 404),
        ] {
            let answer = client.request(method.clone(), format!("{base}{path}")).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{method} {path}");
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
            if expected >= 400 {
                assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["errcode"], "M_UNRECOGNIZED");
            }
        }
        server.stop().await;
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        let error = listen(app, std::slice::from_ref(&address)).await.err().unwrap();
        assert!(error.to_string().contains(&address));
    }
}
