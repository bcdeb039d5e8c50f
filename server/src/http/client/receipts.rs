//! Receipts and read markers. Specified in the client-server API, «Receipts» and «Fully read markers».

use ruma::{
    api::client::{
        read_marker::set_read_marker,
        receipt::create_receipt::{self, v3::ReceiptType},
    },
    events::receipt::ReceiptThread,
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    receipts::{self, Mark},
    rooms::membership,
};

/// Sets a receipt.
pub async fn post(request: Ruma<create_receipt::v3::Request>, app: App) -> Result<create_receipt::v3::Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    let thread = body.thread.as_str().unwrap_or_default().to_owned();
    if body.thread != ReceiptThread::Unthreaded && thread.is_empty() {
        return Err(MatrixError::invalid_param("`thread_id` is empty."));
    }
    let event = receipts::event(&app, &room, body.event_id.as_str()).await?;
    let private = match body.receipt_type {
        ReceiptType::Read => false,
        ReceiptType::ReadPrivate => true,
        ReceiptType::FullyRead if thread.is_empty() => {
            receipts::set_fully_read(&app, &caller, &room, &event).await?;
            return Ok(create_receipt::v3::Response::new());
        }
        ReceiptType::FullyRead => {
            return Err(MatrixError::invalid_param("A fully-read marker is not for a thread."));
        }
        _ => return Err(MatrixError::invalid_param("There is no such type of receipt.")),
    };
    receipts::set(&app, &caller, &room, vec![Mark { event, private, thread }]).await?;
    Ok(create_receipt::v3::Response::new())
}

/// Sets the fully-read marker, and receipts with it.
pub async fn markers(request: Ruma<set_read_marker::v3::Request>, app: App) -> Result<set_read_marker::v3::Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    let mut marks = Vec::new();
    for (id, private) in [(&body.read_receipt, false), (&body.private_read_receipt, true)] {
        if let Some(id) = id {
            let event = receipts::event(&app, &room, id.as_str()).await?;
            marks.push(Mark { event, private, thread: String::new() });
        }
    }
    if let Some(id) = &body.fully_read {
        let event = receipts::event(&app, &room, id.as_str()).await?;
        receipts::set_fully_read(&app, &caller, &room, &event).await?;
    }
    if !marks.is_empty() {
        receipts::set(&app, &caller, &room, marks).await?;
    }
    Ok(set_read_marker::v3::Response::new())
}
