//! The sockets: one thread with one actix system, Web API, Socket Mode and files on one port of 127.0.0.1.

use std::{
    any::Any,
    net::{Shutdown, TcpListener, TcpStream},
    os::fd::AsFd as _,
    sync::Arc,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use anyhow::{Context as _, anyhow};
use tokio::sync::{mpsc::UnboundedReceiver, oneshot};

use super::{
    api,
    callbacks::{self, Post},
    keep, socket,
    state::{Later, Shared},
    window,
};

/// The largest request body.
const LARGEST: usize = 64 << 20;

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

/// What waits to be done.
pub(crate) struct Waiting {
    pub(crate) later: UnboundedReceiver<Later>,
    pub(crate) posts: UnboundedReceiver<Post>,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    handle: ServerHandle,
    ended: Option<oneshot::Receiver<()>>,
}

impl Server {
    /// Serves on `listener` until stopped.
    pub(crate) async fn start(listener: TcpListener, shared: Arc<Shared>, waiting: Waiting) -> anyhow::Result<Self> {
        let (started, handle) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let run = move || {
            let outcome = actix_web::rt::System::new().block_on(serve(listener, shared, waiting, started));
            if let Err(error) = outcome {
                tracing::error!("the simulated Slack ended: {error:#}");
            }
            let _ = end.send(());
        };
        std::thread::Builder::new().name("slack".to_owned()).spawn(run).context("no thread for the simulated Slack")?;
        let handle = handle.await.map_err(|_| anyhow!("the simulated Slack did not start"))?;
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
    waiting: Waiting,
    started: oneshot::Sender<ServerHandle>,
) -> anyhow::Result<()> {
    let data = web::Data::new(Arc::clone(&shared));
    let app = move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(LARGEST))
            .route("/api/{method}", web::to(api::door::open))
            .route("/link/", web::get().to(socket::line::open))
            .route("/upload/v1/{file}", web::post().to(api::upload::take))
            .route("/files-pri/{path:.*}", web::get().to(api::upload::fetch))
            .route("/avatars/{path}", web::get().to(api::upload::avatar))
            .route("/respond/{channel}/{user}/{ts}", web::post().to(api::upload::respond))
            .route("/", web::get().to(window::page))
            .route("/window/{channel}", web::get().to(window::look))
            .route("/window/{channel}", web::post().to(window::say))
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
    actix_web::rt::spawn(wait(Arc::clone(&shared), waiting.later));
    actix_web::rt::spawn(callbacks::run(Arc::clone(&shared), waiting.posts));
    let keeper = shared.settings.state.clone().map(|path| actix_web::rt::spawn(keep::keep(Arc::clone(&shared), path)));
    server.await?;
    if let (Some(keeper), Some(path)) = (keeper, &shared.settings.state) {
        keeper.abort();
        keep::save(&shared, path)?;
    }
    Ok(())
}

/// Does each thing when its time has come.
async fn wait(shared: Arc<Shared>, mut later: UnboundedReceiver<Later>) {
    while let Some(Later { after, act }) = later.recv().await {
        let shared = Arc::clone(&shared);
        actix_web::rt::spawn(async move {
            tokio::time::sleep(after).await;
            shared.with(act);
        });
    }
}
