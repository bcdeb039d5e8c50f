//! Who asks: a person by access token, or an application service by its `as_token`, perhaps on behalf of a ghost.
//! Specified in the client-server API, «Client authentication», and the application-service API, «Identity assertion».

use std::{net::IpAddr, sync::Arc, time::Instant};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header::AUTHORIZATION};
use futures_util::{FutureExt, future::LocalBoxFuture};
use registrations::Registration;
use ruma::{
    OwnedDeviceId, OwnedUserId, UserId,
    api::auth_scheme::{
        AccessToken, AccessTokenOptional, AppserviceToken, AppserviceTokenOptional, AuthScheme, NoAccessToken,
        NoAuthentication,
    },
};

use super::{limits::Asker, router::Matched};
use crate::{
    app::App,
    error::{MatrixError, Result},
    store::{Atom, DeviceNid},
    users,
};

/// Whoever a request speaks for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user acted as: a person, an application service's own user, or the ghost it asserted.
    pub user: OwnedUserId,
    /// The number of that user.
    pub nid: Atom,
    /// The device of the token, or the one an application service asserted.
    pub device: Option<OwnedDeviceId>,
    /// The number of that device; [`DeviceNid::NONE`] without one.
    pub device_nid: DeviceNid,
    /// The application service that asks.
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
    pub fn must_be(&self, user: &UserId) -> Result<()> {
        if self.user == user { Ok(()) } else { Err(MatrixError::forbidden("You may only do this for yourself.")) }
    }

    /// 403 unless the caller administers the server.
    pub fn must_be_admin(&self) -> Result<()> {
        if self.admin { Ok(()) } else { Err(MatrixError::forbidden("Only administrators may do this.")) }
    }

    /// Whether rate limits count this caller.
    fn is_limited(&self) -> bool {
        self.appservice.as_ref().is_none_or(|service| service.rate_limited)
    }
}

/// An application service that asks in its own name, before any user is looked at (registering and signing in ghosts).
#[derive(Clone, Debug, Default)]
pub enum ServiceToken {
    /// No token was sent.
    #[default]
    Missing,
    /// A token was sent that is no application service's.
    Unknown,
    /// This one asks.
    Of(Arc<Registration>),
}

impl ServiceToken {
    /// The service, or the specified error when none can be told.
    pub fn required(self) -> Result<Arc<Registration>> {
        match self {
            Self::Of(service) => Ok(service),
            Self::Missing => Err(MatrixError::missing_token()),
            Self::Unknown => Err(MatrixError::unknown_token()),
        }
    }

    /// The service, if one asks.
    #[must_use]
    pub fn service(self) -> Option<Arc<Registration>> {
        match self {
            Self::Of(service) => Some(service),
            Self::Missing | Self::Unknown => None,
        }
    }

    /// Reads the token of a request. A service that is heard from is alive.
    pub(super) fn of(app: &App, req: &HttpRequest) -> Self {
        match token(req) {
            Ok(Some(token)) => match app.services.current().by_token(&token) {
                Some(service) => {
                    app.delivery.heard_from(&service.id);
                    Self::Of(Arc::clone(service))
                }
                None => Self::Unknown,
            },
            _ => Self::Missing,
        }
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

    /// Whether this request is not counted, though no user is known.
    fn is_exempt(&self) -> bool {
        false
    }
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

impl Who for ServiceToken {
    fn caller(&self) -> Option<&Caller> {
        None
    }

    fn is_exempt(&self) -> bool {
        matches!(self, Self::Of(service) if !service.rate_limited)
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
        let caller = caller(app, req).await?;
        // The proof asked for interactively is about a signed-in user: the specification's other proofs (an address by
        // mail) are not offered here.
        let interactive = req.extensions().get::<Matched>().is_some_and(|matched| matched.interactive);
        if caller.is_none() && interactive { Err(MatrixError::missing_token()) } else { Ok(caller) }
    }
}

impl Authenticate for AppserviceToken {
    type Who = Caller;

    async fn authenticate(app: &App, req: &HttpRequest) -> Result<Caller> {
        let caller = caller(app, req).await?.ok_or_else(MatrixError::missing_token)?;
        match caller.appservice {
            Some(_) => Ok(caller),
            None => Err(MatrixError::forbidden("Only application services may do this.")),
        }
    }
}

impl Authenticate for AppserviceTokenOptional {
    type Who = ServiceToken;

    async fn authenticate(app: &App, req: &HttpRequest) -> Result<ServiceToken> {
        Ok(ServiceToken::of(app, req))
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
            check_limit(&app, &req, &caller)?;
            Ok(caller)
        }
        .boxed_local()
    }
}

/// For plain handlers that ask for no token: counts the request by the address it comes from, application services
/// that are exempt aside, and tells which service it is.
pub struct Counted(pub ServiceToken);

impl FromRequest for Counted {
    type Error = MatrixError;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let counted = super::ruma::app(req).and_then(|app| {
            let service = ServiceToken::of(&app, req);
            check_limit(&app, req, &service)?;
            Ok(Self(service))
        });
        std::future::ready(counted)
    }
}

/// Counts the request against the limit its route names.
pub(super) fn check_limit(app: &App, req: &HttpRequest, who: &impl Who) -> Result<()> {
    let Some(limit) = req.extensions().get::<Matched>().and_then(|matched| matched.limit) else { return Ok(()) };
    let asker = match who.caller() {
        _ if who.is_exempt() => return Ok(()),
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
pub(crate) fn query(req: &HttpRequest, name: &str) -> Option<String> {
    url::form_urlencoded::parse(req.query_string().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

async fn caller(app: &App, req: &HttpRequest) -> Result<Option<Caller>> {
    let Some(token) = token(req)? else { return Ok(None) };
    let service = app.services.current().by_token(&token).cloned();
    if let Some(service) = service {
        app.delivery.heard_from(&service.id);
        return of_service(app, req, service).await.map(Some);
    }
    let session = users::sessions::session(app, &token).await?;
    users::sessions::saw(app, &session, peer(req));
    Ok(Some(Caller {
        user: session.user_id.clone(),
        nid: session.user,
        device: Some(session.device_id.clone()),
        device_nid: session.device,
        appservice: None,
        admin: session.admin,
        guest: session.guest,
    }))
}

/// An application service speaks as its own user, or as the one named by `?user_id=`, with the device of that user
/// named by `?device_id=`.
async fn of_service(app: &App, req: &HttpRequest, service: Arc<Registration>) -> Result<Caller> {
    let server = app.server_name();
    let own = service.sender(server.as_str());
    let user = UserId::parse(query(req, "user_id").unwrap_or_else(|| own.clone()))?;
    let covered = user.server_name() == server && service.covers_user(user.as_str(), server.as_str());
    if !covered {
        return Err(MatrixError::forbidden(format!("The application service may not speak as {user}.")));
    }
    let person = match users::person(app, &user).await? {
        Some(person) => person,
        None if user == own => users::create_service_user(app, &service).await?,
        None => return Err(MatrixError::forbidden(format!("The application service has not registered {user}."))),
    };
    let device: Option<OwnedDeviceId> =
        query(req, "device_id").or_else(|| query(req, "org.matrix.msc3202.device_id")).map(Into::into);
    let device_nid = match &device {
        None => DeviceNid::NONE,
        Some(device) => users::device(app, person.id, device.clone()).await?.ok_or_else(MatrixError::unknown_device)?,
    };
    let (nid, appservice) = (person.id, Some(service));
    Ok(Caller { user, nid, device, device_nid, appservice, admin: false, guest: false })
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
