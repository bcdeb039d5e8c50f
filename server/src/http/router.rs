//! From a path to its handler: one radix tree behind actix's default service, instead of actix's own list of patterns
//! (which is searched from the top by regular expression). Unknown paths are refused here, before anyone is asked for
//! a token, and every answer leaves with its CORS headers.
//! Specified in the client-server API, «Web browser clients» and «Common error codes».

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use actix_web::{
    FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError,
    dev::Payload,
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap,
            HeaderValue,
        },
    },
    web,
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use percent_encoding::percent_decode_str;
use ruma::api::{IncomingRequest, path_builder::PathBuilder};

use super::{
    caller::Authenticate,
    compress,
    limits::Limit,
    ruma::{Ruma, to_actix},
};
use crate::error::{MatrixError, Result};

type Call = dyn Fn(HttpRequest, Payload) -> LocalBoxFuture<'static, HttpResponse> + Send + Sync;

/// What the router found out about a request; kept in its extensions.
#[derive(Clone, Debug)]
pub struct Matched {
    /// The path as the specification writes it, for logs and metrics.
    pub template: &'static str,
    /// What the request counts against.
    pub limit: Option<Limit>,
    /// Whether the endpoint has user-interactive authentication.
    pub interactive: bool,
    /// The variables of the path in order, percent-decoded once.
    pub args: Vec<String>,
}

struct Route {
    template: &'static str,
    method: Method,
    limit: Option<Limit>,
    interactive: bool,
    call: Arc<Call>,
}

/// The endpoints, while they are being listed.
#[derive(Default)]
pub struct Routes {
    paths: BTreeMap<String, Vec<Route>>,
}

/// The arguments of a handler, the first of which says which endpoint it serves.
pub trait EndpointArgs: FromRequest {
    /// The endpoint.
    type Endpoint: IncomingRequest;
}

macro_rules! endpoint_args {
    ($($more:ident)*) => {
        impl<T, $($more),*> EndpointArgs for (Ruma<T>, $($more,)*)
        where
            T: IncomingRequest + 'static,
            T::Authentication: Authenticate,
            $($more: FromRequest + 'static,)*
        {
            type Endpoint = T;
        }
    };
}
endpoint_args!();
endpoint_args!(A);
endpoint_args!(A B);

impl Routes {
    /// Serves an endpoint of ruma under all its stable and unstable paths, with its typed answer.
    pub fn serve<H, Args>(self, handler: H) -> Self
    where
        Args: EndpointArgs + 'static,
        H: Handler<Args, Output = Result<<Args::Endpoint as IncomingRequest>::OutgoingResponse>> + Send + Sync,
    {
        self.endpoint::<Args::Endpoint>(None, false, &typed(handler))
    }

    /// The same, counted against a rate limit.
    pub fn limited<H, Args>(self, limit: Limit, handler: H) -> Self
    where
        Args: EndpointArgs + 'static,
        H: Handler<Args, Output = Result<<Args::Endpoint as IncomingRequest>::OutgoingResponse>> + Send + Sync,
    {
        self.endpoint::<Args::Endpoint>(Some(limit), false, &typed(handler))
    }

    /// [`interactive`](Self::interactive), with an answer built by hand.
    pub fn interactive_raw<H, Args>(self, limit: Limit, handler: H) -> Self
    where
        Args: EndpointArgs + 'static,
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
    {
        let call = call(handler, |answer, req| answer.respond_to(req).map_into_boxed_body());
        self.endpoint::<Args::Endpoint>(Some(limit), true, &call)
    }

    /// The same, for endpoints with user-interactive authentication; see [`uiaa`](super::uiaa).
    pub fn interactive<H, Args>(self, limit: Limit, handler: H) -> Self
    where
        Args: EndpointArgs + 'static,
        H: Handler<Args, Output = Result<<Args::Endpoint as IncomingRequest>::OutgoingResponse>> + Send + Sync,
    {
        self.endpoint::<Args::Endpoint>(Some(limit), true, &typed(handler))
    }

    /// Serves an endpoint of ruma whose answer is built by hand (raw JSON, streams).
    pub fn raw<H, Args>(self, handler: H) -> Self
    where
        Args: EndpointArgs + 'static,
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
    {
        let call = call(handler, |answer, req| answer.respond_to(req).map_into_boxed_body());
        self.endpoint::<Args::Endpoint>(None, false, &call)
    }

    /// Serves a path that ruma does not have, or not in a form that fits, by an ordinary actix handler.
    /// Variables are written `{name}` and read through [`PathArgs`]; one last `{*rest}` takes all that follows.
    pub fn plain<H, Args>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        Args: FromRequest + 'static,
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
    {
        self.plain_limited(None, method, path, handler)
    }

    /// The same, counted against a rate limit; its handler checks it by taking a
    /// [`Caller`](super::caller::Caller) or [`Counted`](super::caller::Counted).
    pub fn plain_limited<H, Args>(
        self,
        limit: impl Into<Option<Limit>>,
        method: Method,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        Args: FromRequest + 'static,
        H: Handler<Args> + Send + Sync,
        H::Output: Responder + 'static,
    {
        let call = call(handler, |answer, req| answer.respond_to(req).map_into_boxed_body());
        let route = Route { template: path, method, limit: limit.into(), interactive: false, call };
        self.insert(path.to_owned(), route)
    }

    fn endpoint<E: IncomingRequest>(mut self, limit: Option<Limit>, interactive: bool, call: &Arc<Call>) -> Self {
        for template in E::PATH_BUILDER.all_paths() {
            for path in spellings(template) {
                let method = Method::from_bytes(E::METHOD.as_str().as_bytes()).unwrap_or_default();
                self = self.insert(path, Route { template, method, limit, interactive, call: call.clone() });
            }
        }
        self
    }

    fn insert(mut self, path: String, route: Route) -> Self {
        self.paths.entry(path).or_default().push(route);
        self
    }

    /// Closes the list. Fails if two paths cannot be told apart or a path has two handlers for one method.
    pub fn build(self) -> anyhow::Result<Router> {
        let mut tree = matchit::Router::new();
        for (path, routes) in self.paths {
            for (index, route) in routes.iter().enumerate() {
                let twice = routes[..index].iter().any(|other| other.method == route.method);
                anyhow::ensure!(!twice, "{} {path} is served twice", route.method);
            }
            tree.insert(path, routes)?;
        }
        Ok(Router { tree })
    }
}

/// `/state/{type}/{key}` is also written without the key, when the key is empty: with and without the slash.
fn spellings(template: &str) -> Vec<String> {
    let mut paths = vec![template.to_owned()];
    if let Some(short) = template.strip_suffix("/{state_key}") {
        paths.push(format!("{short}/"));
        paths.push(short.to_owned());
    }
    paths
}

fn typed<H, Args>(handler: H) -> Arc<Call>
where
    Args: EndpointArgs + 'static,
    H: Handler<Args, Output = Result<<Args::Endpoint as IncomingRequest>::OutgoingResponse>> + Send + Sync,
{
    call(handler, |answer, _| match answer {
        Ok(answer) => to_actix(answer),
        Err(error) => error.error_response(),
    })
}

fn call<H, Args>(handler: H, answer: fn(H::Output, &HttpRequest) -> HttpResponse) -> Arc<Call>
where
    Args: FromRequest + 'static,
    H: Handler<Args> + Send + Sync,
    H::Output: 'static,
{
    Arc::new(move |req: HttpRequest, mut payload: Payload| {
        let handler = handler.clone();
        async move {
            match Args::from_request(&req, &mut payload).await {
                Ok(args) => answer(handler.call(args).await, &req),
                Err(error) => HttpResponse::from_error(error),
            }
        }
        .boxed_local()
    })
}

/// All endpoints of the server, ready to answer. Shared by every worker.
pub struct Router {
    tree: matchit::Router<Vec<Route>>,
}

impl Router {
    /// Answers one request.
    pub async fn dispatch(self: Arc<Self>, req: HttpRequest, payload: web::Payload) -> HttpResponse {
        let started = Instant::now();
        let mut response = match self.find(&req) {
            _ if req.method() == Method::OPTIONS => HttpResponse::NoContent().finish(),
            Ok((route, matched)) => {
                req.extensions_mut().insert(matched);
                (route.call)(req.clone(), payload.into_inner()).await
            }
            Err(error) => error.error_response(),
        };
        allow_browsers(response.headers_mut());
        let response = compress::when_asked(&req, response).await;
        log(&req, &response, started);
        response
    }

    fn find(&self, req: &HttpRequest) -> Result<(&Route, Matched)> {
        let found = self.tree.at(req.uri().path()).map_err(|_| MatrixError::unrecognized())?;
        let method = if req.method() == Method::HEAD { &Method::GET } else { req.method() };
        let exact = found.value.iter().find(|route| route.method == *req.method());
        let route = exact.or_else(|| found.value.iter().find(|route| route.method == *method));
        let route = route.ok_or_else(MatrixError::method_not_allowed)?;
        let args = found.params.iter().map(|(_, value)| decode(value)).collect::<Result<_>>()?;
        let (template, limit, interactive) = (route.template, route.limit, route.interactive);
        Ok((route, Matched { template, limit, interactive, args }))
    }
}

fn decode(value: &str) -> Result<String> {
    match percent_decode_str(value).decode_utf8() {
        Ok(value) => Ok(value.into_owned()),
        Err(_) => Err(MatrixError::invalid_param("The path is not UTF-8.")),
    }
}

/// The headers the specification recommends, on every answer, errors too.
fn allow_browsers(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("X-Requested-With, Content-Type, Authorization"),
    );
}

/// One line a request, never with a token: the template, not the path.
fn log(req: &HttpRequest, response: &HttpResponse, started: Instant) {
    let extensions = req.extensions();
    let template = extensions.get::<Matched>().map_or("-", |matched| matched.template);
    let (method, status, ms) = (req.method().as_str(), response.status().as_u16(), started.elapsed().as_millis());
    tracing::debug!(target: "server::access", method, template, status, ms);
}

/// The variables of the path, for plain handlers.
#[derive(Clone, Debug)]
pub struct PathArgs(pub Vec<String>);

impl PathArgs {
    /// The variable at this place, empty if there is none.
    pub fn at(&self, index: usize) -> &str {
        self.0.get(index).map_or("", String::as_str)
    }
}

impl FromRequest for PathArgs {
    type Error = MatrixError;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let args = req.extensions().get::<Matched>().map(|matched| matched.args.clone());
        std::future::ready(Ok(Self(args.unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn router() -> Router {
        async fn handler() -> &'static str {
            ""
        }
        Routes::default()
            .plain(Method::GET, "/a/{x}", handler)
            .plain(Method::PUT, "/a/{x}/b/{y}", handler)
            .build()
            .unwrap()
    }

    #[test]
    fn unknown_paths_and_wrong_methods_are_told_apart() {
        let cases = [
            (Method::GET, "/a/1", Ok(vec!["1"])),
            (Method::HEAD, "/a/1", Ok(vec!["1"])),
            (Method::PUT, "/a/1%2F%2541%20%C3%A9+/b/%21r", Ok(vec!["1/%41 é+", "!r"])),
            (Method::POST, "/a/1", Err(405)),
            (Method::HEAD, "/a/1/b/2", Err(405)),
            (Method::GET, "/a", Err(404)),
            (Method::GET, "/a/1/", Err(404)),
            (Method::GET, "/a/%FF", Err(400)),
        ];
        let router = router();
        for (method, path, expected) in cases {
            let req = TestRequest::with_uri(path).method(method.clone()).to_http_request();
            let found = router.find(&req).map(|(_, matched)| matched.args).map_err(|error| error.status());
            assert_eq!(found, expected.map(|args| args.into_iter().map(str::to_owned).collect()), "{method} {path}");
        }
    }

    #[test]
    fn an_empty_state_key_may_be_left_out() {
        assert_eq!(
            spellings("/rooms/{room_id}/state/{event_type}/{state_key}"),
            [
                "/rooms/{room_id}/state/{event_type}/{state_key}",
                "/rooms/{room_id}/state/{event_type}/",
                "/rooms/{room_id}/state/{event_type}"
            ]
        );
        assert_eq!(spellings("/a/{b}"), ["/a/{b}"]);
    }

    #[test]
    fn one_method_has_one_handler() {
        async fn handler() -> &'static str {
            ""
        }
        let twice = Routes::default().plain(Method::GET, "/a", handler).plain(Method::GET, "/a", handler);
        assert!(twice.build().is_err());
    }
}
