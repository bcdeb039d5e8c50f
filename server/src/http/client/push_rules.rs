//! Push rules. Specified in the client-server API, «Push Rules: API».

use ruma::{
    api::client::push::{
        RuleKind, delete_pushrule, get_pushrule, get_pushrule_actions, get_pushrule_enabled, get_pushrules_all,
        get_pushrules_global_scope, set_pushrule, set_pushrule_actions, set_pushrule_enabled,
    },
    push::{AnyPushRuleRef, InsertPushRuleError, RemovePushRuleError, Ruleset},
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    users::push_rules,
};

/// All rules.
pub async fn all(request: Ruma<get_pushrules_all::v3::Request>, app: App) -> Result<get_pushrules_all::v3::Response> {
    Ok(get_pushrules_all::v3::Response::new(rules(&app, &request.caller).await?))
}

/// All rules of the one scope there is.
pub async fn global(
    request: Ruma<get_pushrules_global_scope::v3::Request>,
    app: App,
) -> Result<get_pushrules_global_scope::v3::Response> {
    Ok(get_pushrules_global_scope::v3::Response::new(rules(&app, &request.caller).await?))
}

/// One rule.
pub async fn get(request: Ruma<get_pushrule::v3::Request>, app: App) -> Result<get_pushrule::v3::Response> {
    let rules = rules(&app, &request.caller).await?;
    let rule = find(&rules, &request.body.kind, &request.body.rule_id)?;
    Ok(get_pushrule::v3::Response::new(rule.into()))
}

/// Whether a rule is on.
pub async fn enabled(
    request: Ruma<get_pushrule_enabled::v3::Request>,
    app: App,
) -> Result<get_pushrule_enabled::v3::Response> {
    let rules = rules(&app, &request.caller).await?;
    let rule = find(&rules, &request.body.kind, &request.body.rule_id)?;
    Ok(get_pushrule_enabled::v3::Response::new(rule.enabled()))
}

/// What a rule does.
pub async fn actions(
    request: Ruma<get_pushrule_actions::v3::Request>,
    app: App,
) -> Result<get_pushrule_actions::v3::Response> {
    let rules = rules(&app, &request.caller).await?;
    let rule = find(&rules, &request.body.kind, &request.body.rule_id)?;
    Ok(get_pushrule_actions::v3::Response::new(rule.actions().to_vec()))
}

/// Adds or replaces a rule.
pub async fn set(request: Ruma<set_pushrule::v3::Request>, app: App) -> Result<set_pushrule::v3::Response> {
    request.caller.not_guest()?;
    let body = request.body;
    push_rules::change(&app, &request.caller.user, request.caller.nid, move |rules| {
        rules.insert(body.rule, body.after.as_deref(), body.before.as_deref()).map_err(|error| match error {
            InsertPushRuleError::UnknownRuleId => MatrixError::not_found("There is no rule to place this one at."),
            error => MatrixError::invalid_param(format!("The rule cannot be added: {error}.")),
        })
    })
    .await?;
    Ok(set_pushrule::v3::Response::new())
}

/// Switches a rule on or off.
pub async fn set_enabled(
    request: Ruma<set_pushrule_enabled::v3::Request>,
    app: App,
) -> Result<set_pushrule_enabled::v3::Response> {
    let body = request.body;
    push_rules::change(&app, &request.caller.user, request.caller.nid, move |rules| {
        rules.set_enabled(body.kind, body.rule_id, body.enabled).map_err(|_| no_such_rule())
    })
    .await?;
    Ok(set_pushrule_enabled::v3::Response::new())
}

/// Changes what a rule does.
pub async fn set_actions(
    request: Ruma<set_pushrule_actions::v3::Request>,
    app: App,
) -> Result<set_pushrule_actions::v3::Response> {
    let body = request.body;
    push_rules::change(&app, &request.caller.user, request.caller.nid, move |rules| {
        rules.set_actions(body.kind, body.rule_id, body.actions).map_err(|_| no_such_rule())
    })
    .await?;
    Ok(set_pushrule_actions::v3::Response::new())
}

/// Removes a rule of the user's own.
pub async fn delete(request: Ruma<delete_pushrule::v3::Request>, app: App) -> Result<delete_pushrule::v3::Response> {
    let body = request.body;
    push_rules::change(&app, &request.caller.user, request.caller.nid, move |rules| {
        rules.remove(body.kind, body.rule_id).map_err(|error| match error {
            RemovePushRuleError::NotFound => no_such_rule(),
            error => MatrixError::invalid_param(format!("The rule cannot be removed: {error}.")),
        })
    })
    .await?;
    Ok(delete_pushrule::v3::Response::new())
}

async fn rules(app: &App, caller: &Caller) -> Result<Ruleset> {
    push_rules::of(app, &caller.user, caller.nid).await
}

fn find<'a>(rules: &'a Ruleset, kind: &RuleKind, id: &str) -> Result<AnyPushRuleRef<'a>> {
    rules.get(kind.clone(), id).ok_or_else(no_such_rule)
}

fn no_such_rule() -> MatrixError {
    MatrixError::not_found("There is no such push rule.")
}
