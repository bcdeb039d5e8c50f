//! The pings of healthchecks: <https://healthchecks.io/docs/http_api/>. A hook's own check is its secret; checks of a
//! project, by their slugs, stand behind it.

use appservice_sdk::prelude::*;

use super::Refusal;
use crate::{
    heartbeat::{self, Ping},
    receive::{Ask, not_now},
};

/// Bytes of a body that are taken.
const MAX_BODY: usize = 100_000;

/// `HEAD`, `GET` or `POST /ping/SECRET[/SLUG][/start|/fail|/log|/STATUS]`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    let mut answer = match take(ask).await {
        Ok(true) => HttpResponse::text(201, "Created"),
        Ok(false) => HttpResponse::text(200, "OK"),
        Err(why) => refuse(why),
    };
    answer.headers.push(("ping-body-limit".into(), MAX_BODY.to_string()));
    answer
}

/// Whether a check was made by it: one of a new name is, without `create=1`.
async fn take(ask: &Ask<'_>) -> Result<bool, Refusal> {
    if !matches!(ask.request.method.as_str(), "HEAD" | "GET" | "POST") {
        return Err(Refusal::Method("HEAD, GET, POST"));
    }
    let (slug, ping) = read(ask.rest()).ok_or(Refusal::Unsupported)?;
    let hook = ask.hook().await?;
    let slug = slug.unwrap_or_default();
    let known = slug.is_empty() || heartbeat::find(ask.remote, &hook, slug).await.map_err(not_now)?.is_some();
    let body = String::from_utf8_lossy(ask.request.body.get(..MAX_BODY).unwrap_or(&ask.request.body)).into_owned();
    heartbeat::ping(ask.remote, &hook, slug, ping, &body).await?;
    Ok(!known)
}

/// What stands behind the secret. `None`: there is no such signal.
#[must_use]
pub fn read(rest: &str) -> Option<(Option<&str>, Ping)> {
    match rest.split('/').filter(|piece| !piece.is_empty()).collect::<Vec<_>>().as_slice() {
        [] => Some((None, Ping::Success)),
        [one] => Some(signal(one).map_or((Some(*one), Ping::Success), |signal| (None, signal))),
        [slug, one] => Some((Some(*slug), signal(one)?)),
        _ => None,
    }
}

fn signal(word: &str) -> Option<Ping> {
    match word {
        "start" => Some(Ping::Start),
        "fail" => Some(Ping::Fail),
        "log" => Some(Ping::Log),
        status => status.parse().ok().map(Ping::Exit),
    }
}

/// What the sender is told when the ping was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let word = match why.status() {
        400 => "invalid url format".to_owned(),
        404 => "not found".to_owned(),
        429 => "rate limit exceeded".to_owned(),
        _ => why.to_string(),
    };
    HttpResponse::text(why.status(), word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_are_read() {
        for (rest, read_as) in [
            ("", Some((None, Ping::Success))),
            ("start", Some((None, Ping::Start))),
            ("3", Some((None, Ping::Exit(3)))),
            ("0", Some((None, Ping::Exit(0)))),
            ("backup", Some((Some("backup"), Ping::Success))),
            ("backup/fail", Some((Some("backup"), Ping::Fail))),
            ("backup/256", None),
            ("a/b/c", None),
        ] {
            assert_eq!(read(rest), read_as, "{rest}");
        }
    }
}
