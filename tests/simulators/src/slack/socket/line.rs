//! One WebSocket: frames in, frames out.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason};
use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{MOST, Out};
use crate::slack::{server::Line, state::Shared};

#[derive(Deserialize)]
pub(crate) struct Ticket {
    #[serde(default)]
    ticket: String,
}

/// `GET /link/?ticket=…`: upgrades, says hello, and converses until one side leaves.
pub(crate) async fn open(
    request: HttpRequest,
    body: web::Payload,
    query: web::Query<Ticket>,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, actix_web::Error> {
    let (out, orders) = unbounded_channel();
    let number = shared.with(|state| {
        let number = state.hub.open(&query.ticket, out)?;
        let too_many = state.hub.connected() > MOST;
        let frame = match too_many {
            true => serde_json::json!({ "type": "disconnect", "reason": "too_many_websockets",
                "debug_info": { "host": "applink-simulated" } }),
            false => state.hello(),
        };
        state.hub.send(number, Out::Send(frame.to_string()));
        if too_many {
            state.hub.send(number, Out::Close);
        }
        Some(number)
    });
    let Some(number) = number else { return Ok(HttpResponse::Forbidden().body("invalid ticket")) };
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    let line = request.conn_data::<Line>().cloned();
    let socket = Socket { shared: Arc::clone(shared.get_ref()), line, session, number, silent: false };
    actix_web::rt::spawn(socket.run(stream.max_frame_size(1 << 20).aggregate_continuations(), orders));
    Ok(response)
}

struct Socket {
    shared: Arc<Shared>,
    line: Option<Line>,
    session: actix_ws::Session,
    number: u64,
    silent: bool,
}

impl Socket {
    async fn run(mut self, mut stream: actix_ws::AggregatedMessageStream, mut orders: UnboundedReceiver<Out>) {
        let mut pings = tokio::time::interval(self.shared.settings.ping);
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => if !self.obey(order).await { break },
                    None => break,
                },
                frame = stream.next() => match frame {
                    Some(Ok(frame)) => if !self.hear(frame).await { break },
                    Some(Err(_)) | None => break,
                },
                _ = pings.tick() => if !self.silent && self.session.ping(b"Ping from the simulated Slack").await.is_err() { break },
            }
        }
        self.shared.with(|state| state.hub.close(self.number));
    }

    /// False: the conversation is over.
    async fn obey(&mut self, order: Out) -> bool {
        match order {
            Out::Send(_) if self.silent => true,
            Out::Send(frame) => self.session.text(frame).await.is_ok(),
            Out::Silence => {
                self.silent = true;
                true
            }
            Out::Close => {
                let reason = CloseReason { code: CloseCode::Normal, description: None };
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

    async fn hear(&mut self, frame: AggregatedMessage) -> bool {
        match frame {
            AggregatedMessage::Text(text) if !self.silent => {
                self.shared.with(|state| state.hear(&text));
                true
            }
            AggregatedMessage::Ping(bytes) if !self.silent => self.session.pong(&bytes).await.is_ok(),
            AggregatedMessage::Close(reason) => {
                let _ = self.session.clone().close(reason).await;
                false
            }
            _ => true,
        }
    }
}
