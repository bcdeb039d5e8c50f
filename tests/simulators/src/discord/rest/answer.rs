//! One request from its arrival to its answer: route, token, faults, limits, handler, record.

use std::time::Duration;

use serde_json::Value;

use super::{
    Access, Route,
    ask::{Answer, Ask, Reply, Request},
    find,
};
use crate::discord::{
    calls::Call,
    error::{Refusal, plain},
    faults::Fault,
    limits::{Counted, Hidden, Scope, TooMany},
    model::channel_type,
    snowflake::Snowflake,
    state::State,
};

/// The page that a proxy in front of Discord answers with.
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>\
    </center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n";

/// What goes back.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) then: Then,
}

#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    Html(&'static str),
    Nothing,
}

/// How it goes back.
#[derive(Debug, PartialEq)]
pub(crate) enum Then {
    Send,
    Wait(Duration),
    Cut,
}

impl Outcome {
    fn new(status: u16, body: Body) -> Self {
        Self { status, headers: vec![], body, then: Then::Send }
    }

    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self::new(refusal.status, Body::Json(refusal.body()))
    }

    fn too_many(too_many: &TooMany) -> Self {
        Self { headers: too_many.headers(), ..Self::new(429, Body::Json(too_many.body())) }
    }

    fn cut() -> Self {
        Self { then: Then::Cut, ..Self::new(502, Body::Nothing) }
    }
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        match answer {
            Ok(Reply::Json(status, value)) => Self::new(status, Body::Json(value)),
            Ok(Reply::Nothing) => Self::new(204, Body::Nothing),
            Err(refusal) => Self::refused(&refusal),
        }
    }
}

/// Answers a request and records it.
pub(crate) fn answer(state: &mut State, request: &Request) -> Outcome {
    let (name, outcome) = match find(&request.method, &request.path) {
        Ok((route, params)) => (route.name, through(state, request, route, &params)),
        Err(true) => ("", Outcome::refused(&plain(405, "Method Not Allowed"))),
        Err(false) => ("", Outcome::refused(&plain(404, "Not Found"))),
    };
    let shared = outcome.headers.contains(&("x-ratelimit-scope", "shared".to_owned()));
    state.invalid += u64::from(matches!(outcome.status, 401 | 403 | 429) && !shared);
    let cut = outcome.then == Then::Cut;
    while state.calls.len() >= state.settings.recorded.max(1) {
        state.calls.pop_front();
    }
    if state.settings.recorded == 0 {
        return outcome;
    }
    state.calls.push_back(Call {
        time: state.world.clock.now(),
        route: name,
        path: format!("{} {}", request.method, request.path),
        body: request.form.json.clone(),
        reason: request.reason.clone(),
        files: request.form.files.iter().map(|file| file.filename.clone()).collect(),
        status: if cut { 0 } else { outcome.status },
        cut,
    });
    outcome
}

fn through(state: &mut State, request: &Request, route: &'static Route, params: &[(&'static str, String)]) -> Outcome {
    if route.access == Access::Bot && !has_token(state, request) {
        return Outcome::refused(&plain(401, "Unauthorized"));
    }
    if let Some(early) = early_fault(state, route.name, params) {
        return early;
    }
    let counted = Counted {
        route: route.name,
        major: params.first().map(|(_, value)| value.as_str()).unwrap_or_default(),
        hidden: hidden_limit(state, request, route, params),
        now: state.world.clock.now(),
    };
    let (headers, outcome) = state.limits.count(&state.settings.limits, counted);
    let mut outcome = match outcome {
        Err(too_many) => Outcome::too_many(&too_many),
        Ok(()) => Outcome::from((route.handler)(&mut Ask { state: &mut *state, request, params })),
    };
    outcome.headers.extend(headers);
    if outcome.status < 400 { late_fault(state, route.name, outcome) } else { outcome }
}

fn has_token(state: &State, request: &Request) -> bool {
    request.authorization.as_deref().and_then(|value| value.strip_prefix("Bot ")) == Some(state.settings.token.as_str())
}

/// What goes wrong before anything is done.
fn early_fault(state: &mut State, route: &str, params: &[(&'static str, String)]) -> Option<Outcome> {
    let early = |fault: &Fault| {
        matches!(
            fault,
            Fault::ServerErrorBefore | Fault::CutBefore | Fault::TooManyRequests { .. } | Fault::WebhookDeleted
        )
    };
    match state.faults.strikes(route, early)? {
        Fault::ServerErrorBefore => Some(Outcome::refused(&plain(500, "Internal Server Error"))),
        Fault::CutBefore => Some(Outcome::cut()),
        Fault::TooManyRequests { retry_after, global } => {
            let wait = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
            Some(Outcome::too_many(&TooMany { wait, scope: if global { Scope::Global } else { Scope::User } }))
        }
        _ => {
            let hook = params.iter().find(|(name, _)| *name == "webhook").and_then(|(_, id)| id.parse().ok());
            if let Some(id) = hook {
                let _ = state.world.delete_webhook(id);
            }
            None
        }
    }
}

/// What goes wrong after it is done.
fn late_fault(state: &mut State, route: &str, done: Outcome) -> Outcome {
    let late = |fault: &Fault| matches!(fault, Fault::BadGatewayAfter | Fault::CutAfter | Fault::SlowAnswer(_));
    match state.faults.strikes(route, late) {
        Some(Fault::BadGatewayAfter) => Outcome::new(502, Body::Html(BAD_GATEWAY)),
        Some(Fault::CutAfter) => Outcome::cut(),
        Some(Fault::SlowAnswer(time)) => Outcome { then: Then::Wait(time), ..done },
        _ => done,
    }
}

/// The hidden limit a request counts against. A thread has its own; a new forum post counts against none.
fn hidden_limit(state: &State, request: &Request, route: &Route, params: &[(&'static str, String)]) -> Option<Hidden> {
    let id: Snowflake = params.first()?.1.parse().ok()?;
    match route.name {
        "PATCH /channels/{channel}" => {
            let renames = ["name", "topic"].iter().any(|field| request.form.json.get(field).is_some());
            renames.then_some(Hidden::Renames(id))
        }
        "POST /webhooks/{webhook}/{token}" => {
            let asked = request.query.iter().find(|(key, _)| key == "thread_id");
            let thread = asked.and_then(|(_, id)| id.parse::<Snowflake>().ok());
            let channel = state.world.webhooks.get(&id)?.channel;
            let forum = state.world.channels.get(&channel).is_some_and(|c| c.kind == channel_type::FORUM);
            thread.or((!forum).then_some(channel)).map(Hidden::Posts)
        }
        _ => None,
    }
}
