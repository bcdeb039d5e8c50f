//! The pictures of people in Matrix, for networks to fetch.
//!
//! Networks take an avatar only as a public address, and Matrix shows media only to those who are signed in. So a bridge
//! answers for exactly those pictures whose address it signed itself: `/avatar/SIGNATURE/SERVER/ID`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{HttpRequest, HttpResponse, MediaRef, MediaSource, Remote};

const PATH: &str = "/avatar/";
const PURPOSE: &str = "public pictures";
/// The largest picture that is passed on. Discord, for one, takes no larger one.
const MAX: u64 = 8 * 1024 * 1024;

/// The public address of a picture of Matrix ([`MediaSource::Matrix`]), below `base`: where the bridge's own listener can
/// be reached from outside. `None` for a picture that is not on the homeserver.
#[must_use]
pub fn address(base: &str, remote: &Remote, picture: &MediaRef) -> Option<String> {
    let MediaSource::Matrix(mxc) = &picture.source else { return None };
    let place = mxc.strip_prefix("mxc://")?;
    let (server, id) = place.split_once('/')?;
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || ".:-_[]".contains(c));
    if !plain(server) || !plain(id) {
        return None;
    }
    let signature = hex(&signature(&remote.secret(PURPOSE), place)?.finalize().into_bytes());
    Some(format!("{}{PATH}{signature}/{place}", base.trim_end_matches('/')))
}

/// Answers for a picture whose address was signed here; everything else is not found. For [`super::Network::http`].
pub async fn answer(request: &HttpRequest, remote: &Remote) -> HttpResponse {
    if request.method != "GET" {
        return HttpResponse::not_found();
    }
    let Some(mxc) = request.path.strip_prefix(PATH).and_then(|path| signed(path, &remote.secret(PURPOSE))) else {
        return HttpResponse::not_found();
    };
    let media = MediaRef::new(MediaSource::Matrix(mxc));
    let Ok(stream) = remote.download(&media).await else { return HttpResponse::not_found() };
    let mime = stream.mime.clone().unwrap_or_default();
    // Nothing that a browser would run: a picture or nothing.
    if !["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&mime.as_str()) {
        return HttpResponse::not_found();
    }
    let Ok(bytes) = stream.collect(MAX).await else { return HttpResponse::not_found() };
    let mut response = HttpResponse::new(200, &mime, bytes);
    response.headers.push(("cache-control".to_owned(), "public, max-age=604800, immutable".to_owned()));
    response.headers.push(("x-content-type-options".to_owned(), "nosniff".to_owned()));
    response
}

/// The picture behind `SIGNATURE/SERVER/ID`, compared in constant time.
fn signed(path: &str, secret: &[u8; 32]) -> Option<String> {
    let (given, place) = path.split_once('/')?;
    signature(secret, place)?.verify_slice(&unhex(given)?).ok()?;
    Some(format!("mxc://{place}"))
}

fn signature(secret: &[u8; 32], place: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(place.as_bytes());
    Some(mac)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_signed_here_is_answered() {
        let secret = [7; 32];
        let good = hex(&signature(&secret, "a.example/x").unwrap().finalize().into_bytes());
        assert_eq!(signed(&format!("{good}/a.example/x"), &secret).as_deref(), Some("mxc://a.example/x"));
        for wrong in [
            format!("{good}/a.example/y"),
            format!("{}/a.example/x", &good[2..]),
            "/a/x".into(),
            "zz/a/x".into(),
            "é/a".into(),
        ] {
            assert_eq!(signed(&wrong, &secret), None, "{wrong}");
        }
        assert_eq!(signed(&format!("{good}/a.example/x"), &[8; 32]), None);
    }
}
