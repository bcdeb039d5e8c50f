//! Where actix-web (http 0.2) and ruma (http 1) meet: the extractor [`Ruma`] and the way answers and errors go out.
//! Nothing else in the server converts between the two.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture};
use ruma::api::{
    IncomingRequest, IncomingRequestExt, OutgoingResponse, OutgoingResponseExt,
    error::{DeserializationError, FromHttpRequestError},
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

use super::{
    caller::{Authenticate, check_limit},
    router::Matched,
    uiaa::Interactive,
};
use crate::{
    app::App,
    error::{MatrixError, Result},
};

/// The largest body of a request that is read into memory. Media is streamed and has its own bound.
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// A request of the Matrix API, authenticated first and then parsed.
pub struct Ruma<T: IncomingRequest>
where
    T::Authentication: Authenticate,
{
    /// The typed request.
    pub body: T,
    /// Who asks: [`Caller`](super::caller::Caller), an `Option` of it, or `()`, as the endpoint wants it.
    pub caller: <T::Authentication as Authenticate>::Who,
    /// The parts of a request with user-interactive authentication; empty on routes that are not declared so.
    pub interactive: Interactive,
    /// What was sent, byte for byte, for the few endpoints that need more than ruma keeps.
    pub raw: Bytes,
    /// The request as actix sees it.
    pub req: HttpRequest,
}

impl<T: IncomingRequest> Ruma<T>
where
    T::Authentication: Authenticate,
{
    /// One parameter of the query that ruma's type does not have (`ts`, unstable switches).
    pub fn query(&self, name: &str) -> Option<String> {
        super::caller::query(&self.req, name)
    }
}

impl<T: IncomingRequest + 'static> FromRequest for Ruma<T>
where
    T::Authentication: Authenticate,
{
    type Error = MatrixError;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        async move {
            let app = app(&req)?;
            let caller = match authenticate::<T>(&app, &req).await {
                Ok(caller) => caller,
                Err(error) => {
                    discard(&mut payload).await;
                    return Err(error);
                }
            };
            let raw = read(&mut payload).await?;
            let (interactive, body) = match interactive(&app, &req, &raw)? {
                None => (Interactive::default(), parse(&req, &raw)?),
                Some((interactive, whole)) => (interactive, parse(&req, &whole)?),
            };
            Ok(Self { body, caller, interactive, raw, req })
        }
        .boxed_local()
    }
}

/// On routes with user-interactive authentication: the parts of the body, and the body as ruma is to see it, without
/// `auth` (which ruma would take more strictly than clients write it).
fn interactive(app: &App, req: &HttpRequest, raw: &[u8]) -> Result<Option<(Interactive, Vec<u8>)>> {
    let extensions = req.extensions();
    let Some(matched) = extensions.get::<Matched>().filter(|matched| matched.interactive) else { return Ok(None) };
    must_be_an_object(raw)?;
    let body: Map<String, Value> = if raw.trim_ascii().is_empty() {
        Map::new()
    } else {
        serde_json::from_slice(raw).map_err(|error| MatrixError::not_json(format!("The body is not JSON: {error}.")))?
    };
    let interactive = app.users.interactive.open(matched.template, body);
    let whole = serde_json::to_vec(&interactive.body).map_err(MatrixError::internal)?;
    Ok(Some((interactive, whole)))
}

async fn authenticate<T: IncomingRequest>(
    app: &App,
    req: &HttpRequest,
) -> Result<<T::Authentication as Authenticate>::Who>
where
    T::Authentication: Authenticate,
{
    let who = T::Authentication::authenticate(app, req).await?;
    check_limit(app, req, &who)?;
    Ok(who)
}

/// The running server, as put into actix when it was built.
pub(super) fn app(req: &HttpRequest) -> Result<App> {
    match req.app_data::<web::Data<App>>() {
        Some(app) => Ok(app.get_ref().clone()),
        None => Err(MatrixError::internal("the server's state is not attached to this request")),
    }
}

impl FromRequest for App {
    type Error = MatrixError;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(app(req))
    }
}

/// A JSON body for plain handlers, with the same errors as [`Ruma`] gives. Put [`Caller`](super::caller::Caller) before
/// it, so that the token is looked at first.
pub struct Json<T>(pub T);

impl<T: for<'de> Deserialize<'de> + 'static> FromRequest for Json<T> {
    type Error = MatrixError;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut payload = payload.take();
        async move {
            let raw = read(&mut payload).await?;
            must_be_an_object(&raw)?;
            let raw = if raw.trim_ascii().is_empty() { Bytes::from_static(b"{}") } else { raw };
            serde_json::from_slice(&raw).map(Self).map_err(|error| refusal(FromHttpRequestError::from(error)))
        }
        .boxed_local()
    }
}

/// Reads a body of at most [`MAX_BODY`] bytes.
pub async fn read(payload: &mut Payload) -> Result<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| MatrixError::unknown(format!("The body could not be read: {error}.")))?;
        if body.len() + chunk.len() > MAX_BODY {
            return Err(MatrixError::too_large("The body of this request is too large."));
        }
        if body.is_empty() && body.capacity() == 0 {
            body = BytesMut::from(chunk);
        } else {
            body.extend_from_slice(&chunk);
        }
    }
    Ok(body.freeze())
}

/// Lets a refused body run past (a client that is still writing would otherwise miss the answer), but not forever.
async fn discard(payload: &mut Payload) {
    let mut left = MAX_BODY;
    while let Some(Ok(chunk)) = payload.next().await {
        left = left.saturating_sub(chunk.len());
        if left == 0 {
            return;
        }
    }
}

fn parse<T: IncomingRequest>(req: &HttpRequest, body: &[u8]) -> Result<T> {
    must_be_an_object(body)?;
    let mut request = http::Request::builder().method(req.method().as_str()).uri(req.uri().to_string());
    for (name, value) in req.headers() {
        request = request.header(name.as_str(), value.as_bytes());
    }
    let request = request.body(body).map_err(|_| MatrixError::unknown("This is not a valid HTTP request."))?;
    let extensions = req.extensions();
    let matched = extensions.get::<Matched>();
    let args: Vec<&str> = matched.map(|m| m.args.iter().map(String::as_str).collect()).unwrap_or_default();
    // A few of ruma's deserializers index into maps: bad input must not take a worker's connection down with it.
    let parsed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| T::try_from_http_request(request, &args)));
    parsed
        .map_err(|_| MatrixError::bad_json("Something in the body is missing or of the wrong kind."))?
        .map_err(refusal)
}

/// Every JSON body of the API is an object; serde alone would take a list for a struct.
fn must_be_an_object(body: &[u8]) -> Result<()> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None | Some(b'{') => Ok(()),
        Some(_) if serde_json::from_slice::<IgnoredAny>(body).is_ok() => {
            Err(MatrixError::bad_json("The body must be a JSON object."))
        }
        Some(_) => Err(MatrixError::not_json("The body is not JSON.")),
    }
}

/// Which of the specified errors a request deserves that ruma could not read.
fn refusal(error: FromHttpRequestError) -> MatrixError {
    let error = match error {
        FromHttpRequestError::Deserialization(error) => error,
        FromHttpRequestError::MethodMismatch { .. } => return MatrixError::method_not_allowed(),
        other => return MatrixError::unknown(format!("This request is not understood: {other}.")),
    };
    match error {
        DeserializationError::Json(error) if !error.is_data() => {
            MatrixError::not_json(format!("The body is not JSON: {error}."))
        }
        DeserializationError::Utf8(_) => MatrixError::not_json("The body is not UTF-8."),
        DeserializationError::Json(error) => by_field(&error.to_string(), MatrixError::bad_json),
        other => by_field(&other.to_string(), MatrixError::invalid_param),
    }
}

fn by_field(error: &str, otherwise: fn(String) -> MatrixError) -> MatrixError {
    if error.starts_with("missing field") {
        MatrixError::missing_param(format!("Something is missing: {error}."))
    } else {
        otherwise(format!("Something is not as specified: {error}."))
    }
}

/// Sends a typed answer.
pub fn to_actix<R: OutgoingResponse>(answer: R) -> HttpResponse {
    let (parts, body) = match answer.try_into_http_response::<Vec<u8>>() {
        Ok(response) => response.into_parts(),
        Err(error) => return MatrixError::internal(error).error_response(),
    };
    let mut response = HttpResponse::build(status(parts.status.as_u16()));
    for (name, value) in &parts.headers {
        response.insert_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}

/// Sends an answer that is written by hand.
pub fn json<T: serde::Serialize>(answer: &T) -> Result<HttpResponse> {
    let body = serde_json::to_vec(answer).map_err(MatrixError::internal)?;
    Ok(HttpResponse::Ok().content_type(header::ContentType::json()).body(body))
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl ResponseError for MatrixError {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(after) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, after.as_secs_f64().ceil().to_string()));
        }
        response.json(self.body())
    }
}

#[cfg(test)]
mod tests {
    use ruma::api::client::{account::whoami, message::send_message_event, session::login};
    use serde_json::json;

    use super::*;

    fn code<T: IncomingRequest>(uri: &str, args: &[&str], body: &str) -> Result<(), &'static str> {
        use actix_web::{http::Method, test::TestRequest};
        let method = Method::from_bytes(T::METHOD.as_str().as_bytes()).unwrap();
        let req = TestRequest::with_uri(uri).method(method).to_http_request();
        let args = args.iter().map(ToString::to_string).collect();
        req.extensions_mut().insert(Matched { template: "", limit: None, interactive: false, args });
        parse::<T>(&req, body.as_bytes()).map(|_| ()).map_err(|error| error.errcode())
    }

    #[test]
    fn a_body_that_is_wrong_gets_the_error_for_how_it_is_wrong() {
        let cases = [
            ("{", Err("M_NOT_JSON")),
            ("hello", Err("M_NOT_JSON")),
            ("[]", Err("M_BAD_JSON")),
            ("3", Err("M_BAD_JSON")),
            (
                r#"{"type":"m.login.password","identifier":{"type":"m.id.user","user":3},"password":"b"}"#,
                Err("M_BAD_JSON"),
            ),
            (r#"{"type": "m.login.token"}"#, Err("M_MISSING_PARAM")),
            ("{}", Err("M_BAD_JSON")),
            (r#"{"type":"m.login.password","identifier":{"type":"m.id.user","user":"a"},"password":"b"}"#, Ok(())),
        ];
        for (body, expected) in cases {
            assert_eq!(code::<login::v3::Request>("/_matrix/client/v3/login", &[], body), expected, "{body}");
        }
    }

    #[test]
    fn a_path_with_a_broken_room_is_an_invalid_parameter() {
        let send = |room: &str| code::<send_message_event::v3::Request>("/", &[room, "m.room.message", "1"], "{}");
        assert_eq!(send("nonsense"), Err("M_INVALID_PARAM"));
        assert_eq!(send("!room:example.org"), Ok(()));
        assert_eq!(code::<whoami::v3::Request>("/", &[], ""), Ok(()));
    }

    #[test]
    fn a_limit_is_told_in_header_and_body() {
        let response = MatrixError::limit_exceeded(std::time::Duration::from_millis(1200)).error_response();
        assert_eq!(response.headers().get("retry-after").unwrap(), "2");
        assert_eq!(MatrixError::missing_token().body()["errcode"], json!("M_MISSING_TOKEN"));
    }
}
