//! Gzip for long text answers, when the client asks for it. Short ones would only grow.

use std::io::Write;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    body::{BodySize, MessageBody},
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY},
    web,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use crate::error::MatrixError;

/// Below this, in bytes, compression does not pay.
const WORTH_IT: u64 = 2048;

/// Above this, in bytes, compressing would hold up the other requests of the worker.
const LONG: usize = 128 * 1024;

/// Compresses the answer if it is long text in memory and the client takes gzip.
pub(super) async fn when_asked(req: &HttpRequest, response: HttpResponse) -> HttpResponse {
    if !is_worth_it(&response) || !takes_gzip(req) {
        return response;
    }
    let (head, body) = response.into_parts();
    let plain = match body.try_into_bytes() {
        Ok(plain) => plain,
        Err(body) => return head.set_body(body),
    };
    let packed = if plain.len() > LONG {
        match web::block(move || gzip(&plain)).await {
            Ok(packed) => packed,
            Err(error) => return MatrixError::internal(error).error_response(),
        }
    } else {
        gzip(&plain)
    };
    let packed = match packed {
        Ok(packed) => packed,
        Err(error) => return MatrixError::internal(error).error_response(),
    };
    let mut response = head.set_body(packed).map_into_boxed_body();
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

fn gzip(plain: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn is_worth_it(response: &HttpResponse) -> bool {
    let text = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let text = text.is_some_and(|kind| kind.starts_with("application/json") || kind.starts_with("text/"));
    text && !response.headers().contains_key(CONTENT_ENCODING)
        && matches!(response.body().size(), BodySize::Sized(size) if size >= WORTH_IT)
}

fn takes_gzip(req: &HttpRequest) -> bool {
    let accepted = req.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        gzip && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn gzip_is_used_only_where_it_was_asked_for() {
        for (accepted, expected) in
            [("gzip", true), ("br, gzip;q=0.5", true), ("gzip;q=0", false), ("br", false), ("", false)]
        {
            let req = TestRequest::default().insert_header((ACCEPT_ENCODING, accepted)).to_http_request();
            assert_eq!(takes_gzip(&req), expected, "{accepted}");
        }
    }

    #[actix_web::test]
    async fn long_json_shrinks_and_short_json_stays() {
        let req = TestRequest::default().insert_header((ACCEPT_ENCODING, "gzip")).to_http_request();
        for (length, packed) in [(100, false), (5000, true), (500_000, true)] {
            let response = HttpResponse::Ok().json("x".repeat(length));
            let response = when_asked(&req, response).await;
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), packed, "{length}");
        }
    }
}
