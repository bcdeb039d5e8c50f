//! Requests to push gateways. Their addresses come from users, so machines in private networks are out of reach unless
//! `network.allow_private` is set.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use crate::app::App;

/// How long a gateway may take.
const WITHIN: Duration = Duration::from_secs(20);
/// The largest answer that is read.
const MOST: usize = 64 * 1024;

/// The connections to gateways, kept open.
#[derive(Default)]
pub(super) struct Gateways(OnceLock<Client>);

/// Why a gateway did not take a notification.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It may work later.
    #[error("{0}")]
    Later(String),
    /// It will never work.
    #[error("{0}")]
    Never(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    rejected: Vec<String>,
}

impl Gateways {
    /// Hands over a notification; answers the pushkeys that are not valid any more.
    pub(super) async fn notify(&self, app: &App, url: &str, body: &Value) -> Result<Vec<String>, Failure> {
        let private = app.config.network.allow_private;
        let url: Url = url.parse().map_err(|_| Failure::Never("its address is not a URL".to_owned()))?;
        if !private && is_private_host(&url) {
            return Err(Failure::Never("its address is in a private network (network.allow_private)".to_owned()));
        }
        let later = |error: reqwest::Error| Failure::Later(error.without_url().to_string());
        let request = self.client(app)?.post(url).timeout(WITHIN).json(body);
        let mut answer = request.send().await.map_err(later)?;
        match answer.status().as_u16() {
            200..=299 => {}
            status @ (408 | 429 | 500..) => return Err(Failure::Later(format!("it answered with status {status}"))),
            status => return Err(Failure::Never(format!("it answered with status {status}"))),
        }
        let mut read = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(later)? {
            read.extend_from_slice(&chunk);
            if read.len() > MOST {
                return Err(Failure::Later("its answer is too long".to_owned()));
            }
        }
        Ok(serde_json::from_slice::<Answer>(&read).map(|answer| answer.rejected).unwrap_or_default())
    }

    fn client(&self, app: &App) -> Result<Client, Failure> {
        if let Some(client) = self.0.get() {
            return Ok(client.clone());
        }
        let later = |error: String| Failure::Later(error);
        let mut builder = Client::builder().redirect(redirect::Policy::none()).no_proxy();
        if !app.config.network.allow_private {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        if let Some(file) = &app.config.network.extra_ca {
            let pem = std::fs::read(file).map_err(|error| later(error.to_string()))?;
            for authority in reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| later(error.to_string()))? {
                builder = builder.add_root_certificate(authority);
            }
        }
        let client = builder.build().map_err(|error| later(error.to_string()))?;
        Ok(self.0.get_or_init(|| client).clone())
    }
}

/// Whether the address itself, not a name, is a private one.
fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        Some(Host::Domain(_)) => false,
        None => true,
    }
}

/// Names that lead to public addresses only.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| !is_private(address.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is not one of the public internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                || (a == 192 && b == 0 && v4.octets()[2] == 0)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(v4.into()),
            None => {
                let first = v6.segments()[0];
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || (first & 0xfe00) == 0xfc00
                    || (first & 0xffc0) == 0xfe80
                    || first == 0x0064
                    || (first == 0x2001 && v6.segments()[1] == 0x0db8)
                    || first == 0x2002
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for (address, private) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("169.254.169.254", true),
            ("100.64.0.1", true),
            ("0.0.0.0", true),
            ("255.255.255.255", true),
            ("::1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("::ffff:127.0.0.1", true),
            ("64:ff9b::7f00:1", true),
            ("1.1.1.1", false),
            ("100.128.0.1", false),
            ("172.32.0.1", false),
            ("2606:4700::1111", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
        for (url, private) in [
            ("http://127.1/x", true),
            ("http://[::1]/x", true),
            ("http://2130706433/x", true),
            ("https://example.org/x", false),
        ] {
            assert_eq!(is_private_host(&url.parse().unwrap()), private, "{url}");
        }
    }
}
