//! The listener: actix-web on one side, plain requests on the other.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    App, HttpRequest as ActixRequest, HttpResponse as ActixResponse, HttpServer, dev::ServerHandle, http::StatusCode,
    web,
};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::{ServeNetwork, answer, error};
use crate::{
    core::Core,
    network::{HttpRequest, HttpResponse},
};

/// A listener that is bound but does not answer yet.
pub(crate) struct Listener {
    socket: std::net::TcpListener,
}

impl Listener {
    /// Binds, for example to `127.0.0.1:0`.
    pub(crate) fn bind(address: &str) -> std::io::Result<Self> {
        let socket = std::net::TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers requests until stopped.
    pub(crate) fn serve(self, core: Arc<Core>, network: Arc<dyn ServeNetwork>) -> std::io::Result<Serving> {
        let tasks = core.tasks.clone();
        let state = web::Data::new(State { core, network });
        let server = HttpServer::new(move || App::new().app_data(state.clone()).default_service(web::to(handle)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(5)
            .listen(self.socket)?
            .run();
        let handle = server.handle();
        tasks.spawn(async move {
            if let Err(why) = server.await {
                tracing::error!(error = %why, "The listener ended.");
            }
        });
        Ok(Serving(handle))
    }
}

/// A listener that answers.
pub(crate) struct Serving(ServerHandle);

impl Serving {
    /// Ends it after the requests in hand.
    pub(crate) async fn stop(&self) {
        self.0.stop(true).await;
    }

    /// Ends it at once.
    pub(crate) async fn kill(&self) {
        self.0.stop(false).await;
    }
}

struct State {
    core: Arc<Core>,
    network: Arc<dyn ServeNetwork>,
}

async fn handle(request: ActixRequest, body: web::Payload, state: web::Data<State>) -> ActixResponse {
    let answer = match plain(&request, body, state.core.settings.max_body).await {
        Ok(request) => answer(&state.core, request, state.network.as_ref()).await,
        Err(refused) => refused,
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = ActixResponse::build(status);
    for (name, value) in answer.headers {
        response.append_header((name, value));
    }
    response.body(answer.body)
}

/// Reads a request whole, at most `max` bytes of body.
async fn plain(request: &ActixRequest, mut body: web::Payload, max: usize) -> Result<HttpRequest, HttpResponse> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| error(400, "M_UNKNOWN", "The request broke off."))?;
        if whole.len().saturating_add(chunk.len()) > max {
            return Err(error(413, "M_TOO_LARGE", "The request is too large."));
        }
        whole.extend_from_slice(&chunk);
    }
    let text = |value: &actix_web::http::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(HttpRequest {
        method: request.method().as_str().to_owned(),
        path: request.uri().path().to_owned(),
        query: request.query_string().to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: whole.freeze(),
        peer: request.peer_addr().map(|peer| peer.ip().to_string()),
        trusted: false,
    })
}
