//! The sockets: one thread with one actix system, methods and files on one port of 127.0.0.1.

use std::{
    any::Any,
    net::{Shutdown, TcpListener, TcpStream},
    os::fd::AsFd as _,
    sync::Arc,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use anyhow::{Context as _, anyhow};
use tokio::sync::oneshot;

use super::{api, files, keep, state::Shared, webhook, window};

/// The largest request body: 50 MB and a little for the form around it.
const LARGEST: usize = 52 << 20;

/// The connection a request came on, so that it can be cut without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Line(Arc<TcpStream>);

impl Line {
    fn of(connection: &dyn Any) -> Option<Self> {
        let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>()?;
        let copy = stream.as_fd().try_clone_to_owned().ok()?;
        Some(Self(Arc::new(TcpStream::from(copy))))
    }

    pub(crate) fn cut(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    handle: ServerHandle,
    ended: Option<oneshot::Receiver<()>>,
}

impl Server {
    /// Serves on `listener` until stopped.
    pub(crate) async fn start(listener: TcpListener, shared: Arc<Shared>) -> anyhow::Result<Self> {
        let (started, handle) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let run = move || {
            let outcome = actix_web::rt::System::new().block_on(serve(listener, shared, started));
            if let Err(error) = outcome {
                tracing::error!("the simulated Telegram ended: {error:#}");
            }
            let _ = end.send(());
        };
        std::thread::Builder::new()
            .name("telegram".to_owned())
            .spawn(run)
            .context("no thread for the simulated Telegram")?;
        let handle = handle.await.map_err(|_| anyhow!("the simulated Telegram did not start"))?;
        Ok(Self { handle, ended: Some(ended) })
    }

    /// Ends every connection and waits until the port is free.
    pub(crate) async fn stop(mut self) {
        self.handle.stop(false).await;
        if let Some(ended) = self.ended.take() {
            let _ = ended.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The stop is sent when it is called; only its end would have to be awaited.
        drop(self.handle.stop(false));
    }
}

async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    started: oneshot::Sender<ServerHandle>,
) -> anyhow::Result<()> {
    let data = web::Data::new(Arc::clone(&shared));
    let app = move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(LARGEST))
            .route("/", web::get().to(window::page))
            .route("/window/{chat}", web::get().to(window::look))
            .route("/window/{chat}", web::post().to(window::say))
            .route("/file/bot{token}/{path:.*}", web::get().to(files::serve))
            .route("/bot{token}/{method}", web::get().to(api::door::open))
            .route("/bot{token}/{method}", web::post().to(api::door::open))
            .default_service(web::to(api::door::nowhere))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .on_connect(|connection, extensions| {
            if let Some(line) = Line::of(connection) {
                extensions.insert(line);
            }
        })
        .listen(listener)?
        .run();
    let _ = started.send(server.handle());
    let pusher = actix_web::rt::spawn(webhook::push(Arc::clone(&shared)));
    let keeper = shared.settings.state.clone().map(|path| actix_web::rt::spawn(keep::keep(Arc::clone(&shared), path)));
    server.await?;
    pusher.abort();
    if let (Some(keeper), Some(path)) = (keeper, &shared.settings.state) {
        keeper.abort();
        keep::save(&shared, path)?;
    }
    Ok(())
}
