//! One request from its arrival to its answer: token, method, faults, limits, record.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Method,
    ask::{Answer, Ask},
    door::Request,
    methods,
};
use crate::telegram::{
    calls::Call,
    error::{self, Refusal},
    faults::Fault,
    limits::Sending,
    model::ChatKind,
    state::State,
};

/// Requests remembered; when there are more, the older half is forgotten.
const REMEMBERED: usize = 20_000;

/// What goes back.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) then: Then,
}

/// How it goes back.
#[derive(Debug, PartialEq)]
pub(crate) enum Then {
    Send,
    Wait(Duration),
    Cut,
}

impl Outcome {
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self { status: refusal.status, body: refusal.body(), then: Then::Send }
    }

    fn cut() -> Self {
        Self { then: Then::Cut, ..Self::refused(&error::bad_gateway()) }
    }
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        match answer {
            Ok(result) => Self { status: 200, body: json!({"ok": true, "result": result}), then: Then::Send },
            Err(refusal) => Self::refused(&refusal),
        }
    }
}

/// Answers a request and records it.
pub(crate) fn answer(state: &mut State, request: &Request) -> Outcome {
    let outcome = match admit(state, request) {
        Ok(method) => {
            let done = limited(state, request, method)
                .and_then(|()| (method.act)(&mut Ask { state: &mut *state, form: &request.form }));
            after(state, method.name, Outcome::from(done))
        }
        Err(early) => early,
    };
    record(state, request, &outcome);
    outcome
}

/// Token, method, and what goes wrong before anything is done.
pub(crate) fn admit(state: &mut State, request: &Request) -> Result<&'static Method, Outcome> {
    if request.token != state.world.token {
        return Err(Outcome::refused(&error::unauthorized()));
    }
    let method = methods::find(&request.method)
        .ok_or_else(|| Outcome::refused(&Refusal::new(404, "Not Found: method not found")))?;
    let early = |fault: &Fault| {
        matches!(
            fault,
            Fault::BadGatewayBefore | Fault::ServerErrorBefore | Fault::CutBefore | Fault::TooManyRequests { .. }
        )
    };
    match state.faults.strikes(method.name, early) {
        Some(Fault::BadGatewayBefore) => Err(Outcome::refused(&error::bad_gateway())),
        Some(Fault::ServerErrorBefore) => Err(Outcome::refused(&error::restart())),
        Some(Fault::CutBefore) => Err(Outcome::cut()),
        Some(Fault::TooManyRequests { retry_after }) => Err(Outcome::refused(&error::too_many(retry_after))),
        _ => Ok(method),
    }
}

/// What goes wrong after it is done.
pub(crate) fn after(state: &mut State, method: &str, done: Outcome) -> Outcome {
    if done.status >= 400 {
        return done;
    }
    let late = |fault: &Fault| matches!(fault, Fault::BadGatewayAfter | Fault::CutAfter | Fault::SlowAnswer(_));
    match state.faults.strikes(method, late) {
        Some(Fault::BadGatewayAfter) => Outcome::refused(&error::bad_gateway()),
        Some(Fault::CutAfter) => Outcome::cut(),
        Some(Fault::SlowAnswer(time)) => Outcome { then: Then::Wait(time), ..done },
        _ => done,
    }
}

/// Counts what the method sends against the chat's limits.
fn limited(state: &mut State, request: &Request, method: &Method) -> Result<(), Refusal> {
    if !method.sends {
        return Ok(());
    }
    let ask = Ask { state: &mut *state, form: &request.form };
    let Ok(chat) = ask.chat() else { return Ok(()) };
    let parts = ["media", "message_ids"].iter().find_map(|name| ask.list(name).ok().filter(|list| !list.is_empty()));
    let messages = parts.map_or(1, |parts| u32::try_from(parts.len()).unwrap_or(1));
    let sending =
        Sending { chat: chat.id, group: chat.kind != ChatKind::Private, messages, now: state.world.clock.now() };
    state.limits.count(&state.settings.limits, sending)
}

/// Writes down what was asked and answered.
pub(crate) fn record(state: &mut State, request: &Request, outcome: &Outcome) {
    let cut = outcome.then == Then::Cut;
    if state.calls.len() >= REMEMBERED {
        state.calls.drain(..REMEMBERED / 2);
    }
    state.calls.push(Call {
        time: state.world.clock.now(),
        method: methods::find(&request.method).map_or("", |method| method.name),
        params: Value::Object(request.form.params.clone()),
        files: request.form.files.iter().map(|file| file.name.clone()).collect(),
        status: if cut { 0 } else { outcome.status },
        cut,
        answer: outcome.body.clone(),
    });
}
