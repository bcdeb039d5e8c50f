//! `GET /_matrix/client/v3/sync`. Specified in the client-server API, «Syncing».

use actix_web::HttpResponse;
use ruma::api::client::sync::sync_events::v3::Request;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::{Ruma, json},
    sync::{Ask, fields::select_fields, filter::Filter, sync, token::Token},
};

/// Answers when there is something new, or when the time the client gave is over.
pub async fn get(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let since = request.body.since.as_deref().filter(|since| !since.is_empty()).map(Token::parse).transpose()?;
    if since.is_some_and(|since| since.pos > app.stream.current()) {
        return Err(MatrixError::invalid_param("This token is from the future."));
    }
    let filter = Filter::load(&app, request.caller.nid, request.query("filter").as_deref()).await?;
    let ask = Ask {
        since,
        filter,
        timeout: request.body.timeout.unwrap_or_default(),
        full_state: request.body.full_state,
        state_after: request.body.use_state_after
            || request.query("org.matrix.msc4222.use_state_after").as_deref() == Some("true"),
        caller: request.caller,
    };
    let answer = sync(&app, &ask).await?;
    match &ask.filter.event_fields {
        None => json(&answer),
        Some(fields) => {
            let mut answer = serde_json::to_value(&answer).map_err(MatrixError::internal)?;
            select_fields(&mut answer, fields);
            json(&answer)
        }
    }
}
