//! Who asks: a person by access token, or an application service by its `as_token`, perhaps on behalf of a ghost.
//! Specified in the client-server API, «Client authentication», and the application-service API, «Identity assertion».

use std::{net::IpAddr, sync::Arc, time::Instant};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION};
use futures_util::{FutureExt, future::LocalBoxFuture};
use registrations::Registration;
use ruma::{
    OwnedDeviceId, OwnedUserId,
    api::auth_scheme::{
        AccessToken, AccessTokenOptional, AppserviceToken, AppserviceTokenOptional, AuthScheme, NoAccessToken,
        NoAuthentication,
    },
};

use super::{limits::Asker, router::Matched};
use crate::{
    app::App,
    error::{MatrixError, Result},
    store::DeviceNid,
};

/// Whoever a request speaks for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user acted as: a person, an application service's own user, or the ghost it asserted.
    pub user: OwnedUserId,
    /// The device of the token, or the one an application service asserted.
    pub device: Option<OwnedDeviceId>,
    /// The number of that device; [`DeviceNid::NONE`] for an application service that asserts none.
    pub device_nid: DeviceNid,
    /// The application service that speaks, for itself or for a ghost.
    pub appservice: Option<Arc<Registration>>,
    /// May use the administration endpoints. Never true for an application service.
    pub admin: bool,
    /// Signed in as a guest.
    pub guest: bool,
}

impl Caller {
    /// Refuses guests with `M_GUEST_ACCESS_FORBIDDEN`.
    pub fn not_guest(&self) -> Result<()> {
        if self.guest { Err(MatrixError::guest_forbidden()) } else { Ok(()) }
    }

    /// 403 unless the caller acts on their own account data, filters, profile and so on.
    pub fn must_be(&self, user: &ruma::UserId) -> Result<()> {
        if self.user == user { Ok(()) } else { Err(MatrixError::forbidden("You may only do this for yourself.")) }
    }

    /// Whether rate limits count this caller.
    fn is_limited(&self) -> bool {
        true
    }
}

/// How ruma's marker types for authentication become a [`Caller`].
pub trait Authenticate: AuthScheme {
    /// What the handler receives.
    type Who: Who + 'static;

    /// Looks at the headers and the query alone, never at the body.
    fn authenticate(app: &App, req: &HttpRequest) -> impl Future<Output = Result<Self::Who>>;
}

/// What came out of authentication, for the rate limits.
pub trait Who {
    /// The caller, if one is known.
    fn caller(&self) -> Option<&Caller>;
}

impl Who for Caller {
    fn caller(&self) -> Option<&Caller> {
        Some(self)
    }
}

impl Who for Option<Caller> {
    fn caller(&self) -> Option<&Caller> {
        self.as_ref()
    }
}

impl Who for () {
    fn caller(&self) -> Option<&Caller> {
        None
    }
}

impl Authenticate for NoAuthentication {
    type Who = ();

    async fn authenticate(_: &App, _: &HttpRequest) -> Result<()> {
        Ok(())
    }
}

impl Authenticate for NoAccessToken {
    type Who = ();

    async fn authenticate(_: &App, _: &HttpRequest) -> Result<()> {
        Ok(())
    }
}

impl Authenticate for AccessToken {
    type Who = Caller;

    async fn authenticate(app: &App, req: &HttpRequest) -> Result<Caller> {
        caller(app, req).await?.ok_or_else(MatrixError::missing_token)
    }
}

impl Authenticate for AccessTokenOptional {
    type Who = Option<Caller>;

    async fn authenticate(app: &App, req: &HttpRequest) -> Result<Option<Caller>> {
        caller(app, req).await
    }
}

impl Authenticate for AppserviceToken {
    type Who = Caller;

    async fn authenticate(app: &App, req: &HttpRequest) -> Result<Caller> {
        caller(app, req).await?.ok_or_else(MatrixError::missing_token)
    }
}

impl Authenticate for AppserviceTokenOptional {
    type Who = Option<Caller>;

    async fn authenticate(app: &App, req: &HttpRequest) -> Result<Option<Caller>> {
        caller(app, req).await
    }
}

/// Plain handlers take the caller as an argument too.
impl FromRequest for Caller {
    type Error = MatrixError;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        async move {
            let app = super::ruma::app(&req)?;
            let caller = AccessToken::authenticate(&app, &req).await?;
            check_limit(&app, &req, Some(&caller))?;
            Ok(caller)
        }
        .boxed_local()
    }
}

/// Counts the request against the limit its route names.
pub(super) fn check_limit(app: &App, req: &HttpRequest, caller: Option<&Caller>) -> Result<()> {
    use actix_web::HttpMessage;
    let Some(limit) = req.extensions().get::<Matched>().and_then(|matched| matched.limit) else { return Ok(()) };
    let asker = match caller {
        Some(caller) if !caller.is_limited() => return Ok(()),
        Some(caller) => Asker::User(caller.user.clone()),
        None => match peer(req) {
            Some(address) => Asker::address(address),
            None => return Ok(()),
        },
    };
    app.limits.check(limit, asker, Instant::now())
}

/// The address that asks. A proxy on this machine is believed about whom it speaks for.
pub(super) fn peer(req: &HttpRequest) -> Option<IpAddr> {
    let address = req.peer_addr()?.ip();
    if !address.is_loopback() {
        return Some(address);
    }
    let forwarded = req.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let original = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
    Some(original.unwrap_or(address))
}

/// The token of a request: `Authorization: Bearer`, or the older `?access_token=`.
pub(super) fn token(req: &HttpRequest) -> Result<Option<String>> {
    let Some(header) = req.headers().get(AUTHORIZATION) else { return Ok(query(req, "access_token")) };
    let token = header.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    match token {
        Some(token) if !token.is_empty() => Ok(Some(token)),
        _ => Err(MatrixError::missing_token()),
    }
}

/// The first value of one query parameter.
pub(super) fn query(req: &HttpRequest, name: &str) -> Option<String> {
    url::form_urlencoded::parse(req.query_string().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

async fn caller(_app: &App, req: &HttpRequest) -> Result<Option<Caller>> {
    match token(req)? {
        None => Ok(None),
        Some(_) => Err(MatrixError::unknown_token()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_token_is_found_in_header_or_query() {
        type Case = (Option<&'static str>, &'static str, Result<Option<&'static str>, &'static str>);
        let cases: [Case; 8] = [
            (Some("Bearer abc"), "/", Ok(Some("abc"))),
            (Some("bearer abc"), "/", Ok(Some("abc"))),
            (Some("Bearer abc"), "/?access_token=other", Ok(Some("abc"))),
            (None, "/?access_token=a%2Bc", Ok(Some("a+c"))),
            (None, "/", Ok(None)),
            (Some("Basic abc"), "/", Err("M_MISSING_TOKEN")),
            (Some("Bearer "), "/", Err("M_MISSING_TOKEN")),
            (Some("Bearer"), "/", Err("M_MISSING_TOKEN")),
        ];
        for (header, uri, expected) in cases {
            let mut request = TestRequest::with_uri(uri);
            if let Some(header) = header {
                request = request.insert_header((AUTHORIZATION, header));
            }
            let found = token(&request.to_http_request());
            let found = found.as_ref().map(Option::as_deref).map_err(MatrixError::errcode);
            assert_eq!(found, expected, "{header:?} {uri}");
        }
    }
}
