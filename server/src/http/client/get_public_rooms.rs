//! `GET` and `POST /_matrix/client/v3/publicRooms`. Specified in the client-server API, «Published room directory».

use ruma::{
    OwnedServerName, UInt,
    api::client::directory::{get_public_rooms, get_public_rooms_filtered},
    directory::{Filter, PublicRoomsChunk, RoomNetwork},
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::directory,
};

/// The directory, a page at a time.
pub async fn get(request: Ruma<get_public_rooms::v3::Request>, app: App) -> Result<get_public_rooms::v3::Response> {
    let ask = request.body;
    let page = page(&app, ask.server, (&RoomNetwork::Matrix, &Filter::new()), ask.limit, ask.since).await?;
    let mut response = get_public_rooms::v3::Response::new(page.chunk);
    response.next_batch = page.next;
    response.prev_batch = page.prev;
    response.total_room_count_estimate = Some(page.total);
    Ok(response)
}

/// The directory, searched.
pub async fn post(
    request: Ruma<get_public_rooms_filtered::v3::Request>,
    app: App,
) -> Result<get_public_rooms_filtered::v3::Response> {
    let ask = request.body;
    let page = page(&app, ask.server, (&ask.room_network, &ask.filter), ask.limit, ask.since).await?;
    let mut response = get_public_rooms_filtered::v3::Response::new();
    response.chunk = page.chunk;
    response.next_batch = page.next;
    response.prev_batch = page.prev;
    response.total_room_count_estimate = Some(page.total);
    Ok(response)
}

struct Page {
    chunk: Vec<PublicRoomsChunk>,
    next: Option<String>,
    prev: Option<String>,
    total: UInt,
}

/// Rooms in one page, unless fewer are asked for.
const PAGE: usize = 100;

async fn page(
    app: &App,
    server: Option<OwnedServerName>,
    (network, filter): (&RoomNetwork, &Filter),
    limit: Option<UInt>,
    since: Option<String>,
) -> Result<Page> {
    if server.is_some_and(|server| server != app.server_name()) {
        return Err(MatrixError::not_found("This server does not ask other servers for their rooms."));
    }
    let all = directory::listed(app, network, filter).await?;
    let limit =
        limit.and_then(|limit| usize::try_from(u64::from(limit)).ok()).map_or(PAGE, |limit| limit.clamp(1, PAGE));
    let start = match since {
        None => 0,
        Some(since) => since.parse().map_err(|_| MatrixError::invalid_param("`since` is not from this directory."))?,
    };
    let total = UInt::try_from(all.len()).unwrap_or_default();
    let next = (start + limit < all.len()).then(|| (start + limit).to_string());
    let prev = (start > 0).then(|| start.saturating_sub(limit).to_string());
    Ok(Page { chunk: all.into_iter().skip(start).take(limit).collect(), next, prev, total })
}
