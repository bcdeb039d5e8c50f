//! Homeserver → us: the application-service API, the bridge's own API, and what the network serves itself.
//!
//! [`route`] decides from plain values what a request is; `server` is the only file that names actix-web.

pub(crate) mod provisioning;
pub(crate) mod queries;
pub(crate) mod server;
pub(crate) mod transactions;

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::{
    core::Core,
    network::{HttpRequest, HttpResponse},
};

/// What a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `PUT /_matrix/app/v1/transactions/{txnId}`
    Transaction,
    /// `POST /_matrix/app/v1/ping`
    Ping,
    /// `GET /_matrix/app/v1/users/{userId}`
    User(String),
    /// `GET /_matrix/app/v1/rooms/{roomAlias}`
    Alias(String),
    /// The bridge's own API below `/_bridge/`.
    Own(&'static str),
    /// Below `/_bridge/`, but the network's.
    Provisioning,
    /// Below `/_matrix/`, but unknown, or with the wrong method.
    Unrecognized,
    /// Anything else: the network's, without authentication.
    Public,
}

/// The bridge's own paths, with their methods.
const OWN: [(&str, &str); 4] =
    [("GET", "/_bridge/health"), ("GET", "/_bridge/links"), ("POST", "/_bridge/link"), ("POST", "/_bridge/unlink")];

/// Decides what a request is. Pure.
pub(crate) fn route(method: &str, path: &str) -> Route {
    if let Some((_, own)) = OWN.iter().find(|(m, own)| *m == method && *own == path) {
        return Route::Own(own);
    }
    if path == "/_bridge" || path.starts_with("/_bridge/") {
        return Route::Provisioning;
    }
    let decoded = |rest: &str| percent_decode_str(rest).decode_utf8_lossy().into_owned();
    let tail = path.strip_prefix("/_matrix/app/v1/").or_else(|| {
        // The paths of before the specification gave them a prefix.
        ["/transactions/", "/users/", "/rooms/"].iter().any(|old| path.starts_with(old)).then(|| &path[1..])
    });
    let legacy = !path.starts_with("/_matrix/");
    match (method, tail.and_then(|tail| tail.split_once('/')), tail) {
        ("PUT", Some(("transactions", txn)), _) if !txn.is_empty() && !txn.contains('/') => Route::Transaction,
        ("GET", Some(("users", user)), _) if user.starts_with('@') || user.starts_with("%40") => {
            Route::User(decoded(user))
        }
        ("GET", Some(("rooms", room)), _) if room.starts_with("%23") => Route::Alias(decoded(room)),
        ("POST", None, Some("ping")) => Route::Ping,
        _ if legacy => Route::Public,
        _ => Route::Unrecognized,
    }
}

/// Answers a request.
pub(crate) async fn answer(core: &Arc<Core>, mut request: HttpRequest, network: &dyn ServeNetwork) -> HttpResponse {
    let route = route(&request.method, &request.path);
    let offered = token(&request);
    request.trusted = offered.as_deref().is_some_and(|offered| core.settings.hs_token.matches(offered));
    if route != Route::Public && !request.trusted {
        return match offered {
            None => error(401, "M_UNAUTHORIZED", "The hs_token is missing."),
            Some(_) => error(403, "M_FORBIDDEN", "That is not the hs_token of this application service."),
        };
    }
    match route {
        Route::Transaction => transactions::take(core, &request.body).await,
        Route::Ping => HttpResponse::json(200, &json!({})),
        Route::User(user) => queries::user(core, &user).await,
        Route::Alias(alias) => queries::alias(core, &alias),
        Route::Own(path) => provisioning::answer(core, path, &request).await,
        Route::Unrecognized => error(404, "M_UNRECOGNIZED", "This application service does not know that request."),
        Route::Provisioning | Route::Public => network.serve(request).await,
    }
}

/// The network's own answers, with the future boxed.
pub(crate) trait ServeNetwork: Send + Sync {
    fn serve(&self, request: HttpRequest) -> std::pin::Pin<Box<dyn Future<Output = HttpResponse> + Send + '_>>;
}

/// An error in the form Matrix uses.
pub(crate) fn error(status: u16, errcode: &str, message: &str) -> HttpResponse {
    HttpResponse::json(status, &json!({ "errcode": errcode, "error": message }))
}

/// The token of the `Authorization` header, else of the query, as older homeservers send it.
fn token(request: &HttpRequest) -> Option<String> {
    let header = request.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    header.or_else(|| request.param("access_token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let cases = [
            ("PUT", "/_matrix/app/v1/transactions/1", Route::Transaction),
            ("PUT", "/transactions/abc", Route::Transaction),
            ("GET", "/_matrix/app/v1/transactions/1", Route::Unrecognized),
            ("PUT", "/_matrix/app/v1/transactions/", Route::Unrecognized),
            ("POST", "/_matrix/app/v1/ping", Route::Ping),
            ("GET", "/_matrix/app/v1/users/%40net_1%3As", Route::User("@net_1:s".into())),
            ("GET", "/users/@net_1:s", Route::User("@net_1:s".into())),
            ("GET", "/_matrix/app/v1/rooms/%23net_1%3As", Route::Alias("#net_1:s".into())),
            ("GET", "/_matrix/app/v1/thirdparty/protocol/net", Route::Unrecognized),
            ("GET", "/_bridge/health", Route::Own("/_bridge/health")),
            ("POST", "/_bridge/health", Route::Provisioning),
            ("POST", "/_bridge/hooks", Route::Provisioning),
            ("POST", "/hooks/abc", Route::Public),
            ("GET", "/rooms/abc", Route::Public),
            ("GET", "/", Route::Public),
        ];
        for (method, path, expected) in cases {
            assert_eq!(route(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_token_is_read_from_the_header_first() {
        let request = |header: Option<&str>, query: &str| HttpRequest {
            method: "GET".into(),
            path: "/".into(),
            query: query.into(),
            headers: header.map(|value| ("authorization".to_owned(), value.to_owned())).into_iter().collect(),
            body: bytes::Bytes::new(),
            peer: None,
            trusted: false,
        };
        let cases = [
            (Some("Bearer a"), "access_token=b", Some("a")),
            (Some("bearer a"), "", Some("a")),
            (None, "x=1&access_token=b%2B", Some("b+")),
            (Some("Basic a"), "", None),
            (None, "", None),
        ];
        for (header, query, expected) in cases {
            assert_eq!(token(&request(header, query)).as_deref(), expected);
        }
    }
}
