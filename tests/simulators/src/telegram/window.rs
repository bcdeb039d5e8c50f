//! A window into a chat for a page in the browser: what a member sees there, and a way to say something.
//! Nothing of this exists at Telegram; it stands in for Telegram's own app.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Draft, Telegram, control::watch::lines, state::Shared};

/// How long a look waits for something new.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub(crate) struct Since {
    #[serde(default)]
    version: u64,
}

#[derive(Deserialize)]
pub(crate) struct Said {
    user: String,
    text: String,
}

/// `GET /`: the page itself.
pub(crate) async fn page(shared: web::Data<Arc<Shared>>) -> HttpResponse {
    match shared.look(|state| state.page.clone()) {
        Some(page) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page),
        None => HttpResponse::NotFound().body("There is no page here."),
    }
}

/// `GET /window/{chat}?version=N`: the messages of a chat, as soon as the version is another one.
pub(crate) async fn look(
    shared: web::Data<Arc<Shared>>,
    chat: web::Path<i64>,
    since: web::Query<Since>,
) -> HttpResponse {
    let mut version = shared.version.subscribe();
    let changed = version.wait_for(|version| *version != since.version);
    let _ = tokio::time::timeout(PATIENCE, changed).await;
    let version = *shared.version.borrow();
    open(HttpResponse::Ok(), json!({"version": version, "messages": shared.look(|state| lines(state, *chat))}))
}

/// `POST /window/{chat}` with `{"user", "text"}` as JSON of any content type: somebody says something.
pub(crate) async fn say(shared: web::Data<Arc<Shared>>, chat: web::Path<i64>, said: web::Bytes) -> HttpResponse {
    let said = serde_json::from_slice::<Said>(&said).ok();
    let Some((user, text)) = said.and_then(|said| Some((said.user.parse().ok()?, said.text))) else {
        return open(HttpResponse::BadRequest(), json!({"error": "who says what?"}));
    };
    match shared.with(|state| state.world.post(Draft::text(*chat, user, &text))) {
        Ok(id) => open(HttpResponse::Ok(), json!({"id": id})),
        Err(refusal) => open(HttpResponse::BadRequest(), json!({"error": refusal.to_string()})),
    }
}

/// An answer that a page from another address may read: one page shows the windows of several networks.
fn open(mut response: HttpResponseBuilder, body: Value) -> HttpResponse {
    response.insert_header(("access-control-allow-origin", "*")).json(body)
}

impl Telegram {
    /// What `GET /` shows from now on.
    pub fn set_page(&self, html: String) {
        self.shared.with(|state| state.page = Some(html));
    }
}
