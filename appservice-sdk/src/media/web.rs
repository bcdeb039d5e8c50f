//! Reading files of the open web without being led into the private network: addresses that strangers give us (a webhook's
//! picture) are resolved here, and private targets left out, also after a redirect.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt;
use reqwest::{
    Client, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header, redirect,
};

use crate::network::{FetchError, MediaStream};

/// Whether an address belongs to the public internet.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped().or_else(|| nat64(ip)) {
            Some(ip) => is_public_v4(ip),
            None => is_public_v6(ip),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    !(ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || (first & 0xfe00) == 0xfc00
        || (first & 0xffc0) == 0xfe80
        || (first & 0xffc0) == 0xfec0
        || (first == 0x2001 && ip.segments()[1] == 0x0db8)
        || first == 0)
}

fn nat64(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    ((a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0)).then(|| {
        let [one, two] = g.to_be_bytes();
        let [three, four] = h.to_be_bytes();
        Ipv4Addr::new(one, two, three, four)
    })
}

/// Resolves names to public addresses only.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err("the name leads into a private network".into());
            }
            let addrs: Addrs = Box::new(public.into_iter());
            Ok(addrs)
        })
    }
}

/// Whether an address may be called: web, and not a private address written as a number.
#[must_use]
pub fn may_read(url: &Url, allow_private: bool) -> bool {
    let literal = match url.host() {
        Some(url::Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(url::Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(url::Host::Domain(_)) => None,
        None => return false,
    };
    matches!(url.scheme(), "http" | "https") && (allow_private || literal.is_none_or(is_public))
}

/// A client for the open web, which is not led into a private network by names or redirects. Look at a first address
/// with [`may_read`].
///
/// # Errors
/// It cannot be built.
pub fn client(allow_private: bool) -> reqwest::Result<Client> {
    let redirects = redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > 5 {
            attempt.error("too many redirects")
        } else if may_read(attempt.url(), allow_private) {
            attempt.follow()
        } else {
            attempt.error("the redirect leads into a private network")
        }
    });
    let builder = Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(30))
        .redirect(redirects)
        .user_agent(concat!("causeway-appservice-sdk/", env!("CARGO_PKG_VERSION")));
    match allow_private {
        true => builder.build(),
        false => builder.dns_resolver(Arc::new(PublicOnly)).no_proxy().build(),
    }
}

/// Reads a file of the web.
pub(crate) async fn open(client: &Client, url: &str, allow_private: bool) -> Result<MediaStream, FetchError> {
    let url = Url::parse(url).ok().filter(|url| may_read(url, allow_private));
    let url = url.ok_or_else(|| FetchError::Refused("the file has no public address".to_owned()))?;
    let response = match client.get(url).send().await {
        Ok(response) => response,
        Err(error) if error.is_redirect() => {
            return Err(FetchError::Refused("the file's address leads nowhere".to_owned()));
        }
        Err(error) => return Err(FetchError::later(error.without_url())),
    };
    match response.status() {
        status if status.is_success() => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(FetchError::Missing),
        StatusCode::TOO_MANY_REQUESTS => return Err(FetchError::later("too many requests")),
        status if status.is_server_error() => return Err(FetchError::later(format!("HTTP {}", status.as_u16()))),
        status => return Err(FetchError::Refused(format!("the file was refused (HTTP {})", status.as_u16()))),
    }
    let mime = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let size = response.content_length();
    let body = response.bytes_stream().map(|chunk| chunk.map_err(|error| FetchError::later(error.without_url())));
    Ok(MediaStream { mime, size, body: Box::pin(body) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_targets_are_not_read() {
        let cases = [
            ("https://93.184.216.34/a.png", true),
            ("https://example.org/a.png", true),
            ("http://127.0.0.1/a", false),
            ("http://10.1.2.3/a", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("http://100.64.0.1/", false),
            ("http://[::1]/", false),
            ("http://[fd00::1]/", false),
            ("http://[::ffff:192.168.0.1]/", false),
            ("http://[64:ff9b::7f00:1]/", false),
            ("http://2130706433/", false),
            ("file:///etc/passwd", false),
        ];
        for (url, readable) in cases {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(may_read(&parsed, false), readable, "{url}");
        }
        assert!(may_read(&Url::parse("http://127.0.0.1/a").unwrap(), true));
    }
}
