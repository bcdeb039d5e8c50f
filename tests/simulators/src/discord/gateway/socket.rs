//! One WebSocket: frames in, frames out, heartbeats watched.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::Instant,
};

use super::{Out, Pipe, commands::Conversation, zlib::ZlibStream};
use crate::discord::{server::Line, state::Shared};

/// `GET /gateway`: upgrades, says HELLO, and converses until one side leaves.
pub(crate) async fn open(
    request: HttpRequest,
    body: web::Payload,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    let (out, commands) = unbounded_channel();
    let out = Pipe(out);
    let hello =
        json!({ "op": 10, "d": { "heartbeat_interval": millis(shared.settings.heartbeat_interval), "_trace": [] } });
    out.send(Out::Send(hello.to_string()));
    let conversation = Conversation { number: shared.next_socket(), out, session: None, recent: vec![] };
    let mut socket = Socket {
        shared: Arc::clone(shared.get_ref()),
        line: request.conn_data::<Line>().cloned(),
        zlib: request.query_string().contains("compress=zlib-stream").then(ZlibStream::default),
        session,
        conversation,
    };
    let stream = stream.max_frame_size(1 << 20).aggregate_continuations();
    actix_web::rt::spawn(async move { socket.run(stream, commands).await });
    Ok(response)
}

struct Socket {
    shared: Arc<Shared>,
    line: Option<Line>,
    zlib: Option<ZlibStream>,
    session: actix_ws::Session,
    conversation: Conversation,
}

/// Why a conversation ended.
enum End {
    /// The client closed, with this code.
    Client(Option<u16>),
    /// We did, or the connection broke.
    Broken,
}

impl Socket {
    async fn run(
        &mut self,
        mut stream: actix_ws::AggregatedMessageStream,
        mut commands: UnboundedReceiver<(Instant, Out)>,
    ) {
        let patience = self.shared.settings.heartbeat_interval * self.shared.settings.heartbeat_patience;
        let mut last_heard = Instant::now();
        let end = loop {
            let silence = async {
                match patience {
                    Duration::ZERO => std::future::pending().await,
                    limit => tokio::time::sleep_until(last_heard + limit).await,
                }
            };
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some((sent, command)) => {
                        tokio::time::sleep_until(sent + self.shared.settings.gateway_delay).await;
                        if !self.obey(command).await { break End::Broken }
                    }
                    None => break End::Broken,
                },
                frame = stream.next() => match frame {
                    Some(Ok(AggregatedMessage::Text(text))) => {
                        last_heard = Instant::now();
                        let conversation = &mut self.conversation;
                        self.shared.with(|state| conversation.hear(state, &text));
                    }
                    Some(Ok(AggregatedMessage::Ping(bytes))) => { let _ = self.session.pong(&bytes).await; }
                    Some(Ok(AggregatedMessage::Close(reason))) => break End::Client(reason.map(|r| r.code.into())),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break End::Broken,
                },
                () = silence => {
                    if let Some(id) = self.conversation.session.take() {
                        self.shared.with(|state| state.gateway.end(&id));
                    }
                    self.obey(Out::Close(4009, "Session timed out.")).await;
                    break End::Broken;
                }
            }
        };
        self.leave(end).await;
    }

    /// False: the conversation is over.
    async fn obey(&mut self, command: Out) -> bool {
        match command {
            Out::Send(frame) => match &mut self.zlib {
                Some(zlib) => self.session.binary(zlib.pack(frame.as_bytes())).await.is_ok(),
                None => self.session.text(frame).await.is_ok(),
            },
            Out::Close(code, reason) => {
                let reason = CloseReason { code: CloseCode::from(code), description: Some(reason.to_owned()) };
                let _ = self.session.clone().close(Some(reason)).await;
                false
            }
            Out::Cut => {
                if let Some(line) = &self.line {
                    line.cut();
                }
                false
            }
        }
    }

    async fn leave(&mut self, end: End) {
        let clean = matches!(end, End::Client(Some(1000 | 1001)));
        if let Some(id) = self.conversation.session.take() {
            let number = self.conversation.number;
            self.shared.with(|state| {
                let now = state.world.clock.now();
                state.gateway.left(&id, number, clean, now);
            });
        }
        if let End::Client(code) = end {
            let reason = code.map(|code| CloseReason { code: CloseCode::from(code), description: None });
            let _ = self.session.clone().close(reason).await;
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
