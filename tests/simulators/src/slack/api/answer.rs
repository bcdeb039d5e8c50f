//! One request from its arrival to its answer: method, token, scope, faults, limits, handler, record.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Method, Needs,
    ask::{Ask, Request},
    find,
};
use crate::slack::{
    calls::Call,
    error::{Refusal, no},
    faults::Fault,
    model::Kind,
    state::State,
};

/// The page of a server that is out of order.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head><body><h1>Server Error</h1>\
    <p>It seems like there’s a problem connecting to our servers.</p></body></html>";

/// What goes back.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) then: Then,
    /// Whether it was done, whatever is answered.
    done: bool,
}

#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    Page(&'static str),
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
        Self { status, headers: vec![], body, then: Then::Send, done: false }
    }

    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self::new(200, Body::Json(refusal.body()))
    }

    fn done(mut answer: Value) -> Self {
        answer["ok"] = Value::Bool(true);
        Self { done: true, ..Self::new(200, Body::Json(answer)) }
    }

    fn too_many(seconds: u64) -> Self {
        let body = Body::Json(no("ratelimited").body());
        Self { headers: vec![("retry-after", seconds.to_string())], ..Self::new(429, body) }
    }

    fn error(&self) -> Option<String> {
        match &self.body {
            Body::Json(body) => body["error"].as_str().map(str::to_owned),
            Body::Page(_) => None,
        }
    }
}

/// Answers a request and records it.
pub(crate) fn answer(state: &mut State, request: &Request) -> Outcome {
    let mut outcome = match find(&request.method) {
        Some(method) => through(state, request, method),
        None => Outcome::refused(&no("unknown_method").and("req_method", json!(request.method))),
    };
    if request.token.is_some() {
        let app = request.token.as_deref() == Some(state.settings.app_token.as_str());
        let scopes = if app { "connections:write" } else { &state.settings.scopes };
        outcome.headers.push(("x-oauth-scopes", scopes.to_owned()));
        if let Some(Needs::Scope(scope)) = find(&request.method).map(|method| method.needs) {
            outcome.headers.push(("x-accepted-oauth-scopes", scope.to_owned()));
        }
    }
    let call = Call {
        time: state.world.clock.micros(),
        method: request.method.clone(),
        args: Value::Object(request.args.clone()),
        status: if outcome.then == Then::Cut { 0 } else { outcome.status },
        error: outcome.error(),
        done: outcome.done,
    };
    state.record(call);
    outcome
}

fn through(state: &mut State, request: &Request, method: &'static Method) -> Outcome {
    if let Err(refusal) = may(state, request, method) {
        return Outcome::refused(&refusal);
    }
    if let Some(early) = early_fault(state, method.name) {
        return early;
    }
    let place = request.args.get("channel").and_then(Value::as_str).unwrap_or_default();
    let now = state.world.clock.micros();
    if let Err(wait) = state.limits.count(&state.settings.limits, method.tier, (method.name, place), now) {
        return Outcome::too_many(wait);
    }
    match (method.handler)(&mut Ask { state: &mut *state, args: &request.args }) {
        Ok(answer) => late_fault(state, method.name, Outcome::done(answer)),
        Err(refusal) => Outcome::refused(&refusal),
    }
}

/// The token, and its scopes.
fn may(state: &State, request: &Request, method: &Method) -> Result<(), Refusal> {
    let token = request.token.as_deref().ok_or_else(|| no("not_authed"))?;
    let (bot, app) = (token == state.settings.token, token == state.settings.app_token);
    match (bot, app, method.needs) {
        (false, false, _) => return Err(no("invalid_auth")),
        (true, _, _) if state.revoked => return Err(no("token_revoked")),
        (true, _, Needs::App) => return Err(no("not_allowed_token_type")),
        (true, ..) | (_, _, Needs::App) => {}
        _ => return Err(no("not_allowed_token_type")),
    }
    let needed = match method.needs {
        Needs::App | Needs::Token => return Ok(()),
        Needs::Scope(scope) => vec![scope.to_owned()],
        Needs::Channel(sort) => channel_scopes(sort, kind_asked(state, request)),
    };
    if needed.iter().any(|scope| state.has_scope(scope)) {
        return Ok(());
    }
    Err(no("missing_scope").and("needed", json!(needed[0])).and("provided", json!(state.settings.scopes)))
}

/// The kind of the channel that is meant.
fn kind_asked(state: &State, request: &Request) -> Kind {
    let text = |name: &str| request.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let private =
        matches!(request.args.get("is_private"), Some(Value::Bool(true))) || matches!(text("is_private"), "true" | "1");
    match state.world.channels.get(text("channel")) {
        Some(channel) => channel.kind,
        None if private => Kind::Private,
        None => match text("types").split(',').next().unwrap_or_default().trim() {
            "private_channel" => Kind::Private,
            "im" => Kind::Direct,
            "mpim" => Kind::Group,
            _ => Kind::Public,
        },
    }
}

/// One of these is enough.
fn channel_scopes(sort: &str, kind: Kind) -> Vec<String> {
    let manage = match kind {
        Kind::Public => "channels:manage".to_owned(),
        other => format!("{}:write", other.scope()),
    };
    match sort {
        "history" | "read" => vec![format!("{}:{sort}", kind.scope())],
        "manage" => vec![manage],
        other => vec![manage, format!("{}:write.{other}", kind.scope())],
    }
}

/// What goes wrong before anything is done.
fn early_fault(state: &mut State, method: &str) -> Option<Outcome> {
    let early = |fault: &Fault| {
        matches!(
            fault,
            Fault::InternalError
                | Fault::Refused(_)
                | Fault::ServerErrorBefore
                | Fault::CutBefore
                | Fault::RateLimited { .. }
        )
    };
    Some(match state.faults.strikes(method, early)? {
        Fault::Refused(error) => Outcome::refused(&no(error)),
        Fault::ServerErrorBefore => Outcome::new(503, Body::Page(PAGE)),
        Fault::CutBefore => Outcome { then: Then::Cut, ..Outcome::new(502, Body::Page("")) },
        Fault::RateLimited { retry_after } => Outcome::too_many(retry_after),
        _ => Outcome::refused(&no("internal_error")),
    })
}

/// What goes wrong after it is done.
fn late_fault(state: &mut State, method: &str, done: Outcome) -> Outcome {
    let late = |fault: &Fault| {
        matches!(fault, Fault::InternalErrorAfter | Fault::BadGatewayAfter | Fault::CutAfter | Fault::SlowAnswer(_))
    };
    match state.faults.strikes(method, late) {
        Some(Fault::InternalErrorAfter) => Outcome { done: true, ..Outcome::refused(&no("internal_error")) },
        Some(Fault::BadGatewayAfter) => Outcome { done: true, ..Outcome::new(502, Body::Page(PAGE)) },
        Some(Fault::CutAfter) => Outcome { then: Then::Cut, done: true, ..Outcome::new(502, Body::Page("")) },
        Some(Fault::SlowAnswer(time)) => Outcome { then: Then::Wait(time), ..done },
        _ => done,
    }
}
