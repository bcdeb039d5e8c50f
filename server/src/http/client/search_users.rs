//! `POST /_matrix/client/v3/user_directory/search`. Specified in the client-server API, «User Directory».

use ruma::{
    UserId,
    api::client::user_directory::search_users::v3::{Request, Response, User},
};

use crate::{app::App, error::Result, http::ruma::Ruma};

/// The most that is told at once.
const MOST: u64 = 50;

/// Finds people by name or id, as far as the one who asks may know of them.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let limit = u64::from(request.body.limit).clamp(1, MOST);
    let term = request.body.search_term.trim();
    if term.is_empty() {
        return Ok(Response::new(Vec::new(), false));
    }
    let found = app.store.search_users(request.caller.nid, term, limit).await?;
    let limited = found.len() as u64 > limit;
    let users = found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).filter_map(|row| {
        let mut user = User::new(UserId::parse(row.user_id).ok()?);
        user.display_name = row.displayname;
        user.avatar_url = row.avatar_url.map(Into::into);
        Some(user)
    });
    Ok(Response::new(users.collect(), limited))
}
