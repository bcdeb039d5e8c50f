//! Channels, made and changed.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, missing};
use crate::slack::{
    error::no,
    model::{Channel, Kind},
    shape,
    world::channels::About,
};

fn shown(ask: &mut Ask<'_>, id: &str) -> Answer {
    let world = ask.world();
    Ok(json!({ "channel": shape::channel(world, world.channel(id)?) }))
}

/// <https://docs.slack.dev/reference/methods/conversations.create>
pub(super) fn create(ask: &mut Ask<'_>) -> Answer {
    let name = ask.text("name").ok_or_else(|| no("invalid_name_required"))?.to_owned();
    let kind = if ask.flag("is_private") { Kind::Private } else { Kind::Public };
    let me = ask.me();
    let id = ask.world().create_channel(&name, kind, &me)?;
    shown(ask, &id)
}

/// <https://docs.slack.dev/reference/methods/conversations.join>
pub(super) fn join(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel()?;
    if channel.kind != Kind::Public {
        return Err(no("method_not_supported_for_channel_type"));
    }
    let me = ask.me();
    let came = ask.world().join(&channel.id, &me, None)?;
    let mut answer = shown(ask, &channel.id)?;
    if !came {
        answer["warning"] = json!("already_in_channel");
        answer["response_metadata"] = json!({ "warnings": ["already_in_channel"] });
    }
    Ok(answer)
}

/// <https://docs.slack.dev/reference/methods/conversations.leave>
pub(super) fn leave(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel()?;
    let me = ask.me();
    let gone = ask.world().leave(&channel.id, &me, None)?;
    Ok(if gone { json!({}) } else { json!({ "not_in_channel": true }) })
}

/// <https://docs.slack.dev/reference/methods/conversations.invite>
pub(super) fn invite(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let (me, users) = (ask.me(), ask.list("users"));
    if users.is_empty() {
        return Err(no("no_user"));
    }
    let mut errors: Vec<Value> = Vec::new();
    for user in users {
        let outcome = match ask.world().user(&user) {
            Err(refusal) => Err(refusal),
            Ok(_) if user == me => Err(no("cant_invite_self")),
            Ok(_) => ask.world().join(&channel.id, &user, Some(&me)),
        };
        match outcome {
            Ok(true) => {}
            Ok(false) => errors.push(json!({ "user": user, "ok": false, "error": "already_in_channel" })),
            Err(refusal) => errors.push(json!({ "user": user, "ok": false, "error": refusal.error })),
        }
    }
    match errors.first().and_then(|first| first["error"].as_str()) {
        Some(error) => Err(no(error).and("errors", json!(errors))),
        None => shown(ask, &channel.id),
    }
}

/// <https://docs.slack.dev/reference/methods/conversations.kick>
pub(super) fn kick(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let (me, user) = (ask.me(), ask.need("user")?);
    ask.world().user(&user)?;
    if user == me {
        return Err(no("cant_kick_self"));
    }
    if ask.world().leave(&channel.id, &user, Some(&me))? { Ok(json!({})) } else { Err(no("not_in_channel")) }
}

/// <https://docs.slack.dev/reference/methods/conversations.setTopic>
pub(super) fn set_topic(ask: &mut Ask<'_>) -> Answer {
    let (channel, topic) = described(ask, About::Topic, "topic")?;
    let mut answer = shown(ask, &channel.id)?;
    answer["topic"] = json!(topic);
    Ok(answer)
}

/// <https://docs.slack.dev/reference/methods/conversations.setPurpose>
pub(super) fn set_purpose(ask: &mut Ask<'_>) -> Answer {
    let (channel, purpose) = described(ask, About::Purpose, "purpose")?;
    let mut answer = shown(ask, &channel.id)?;
    answer["purpose"] = json!(purpose);
    Ok(answer)
}

fn described(ask: &mut Ask<'_>, about: About, name: &str) -> Result<(Channel, String), crate::slack::error::Refusal> {
    let channel = ask.own_channel()?;
    let value = ask.args.get(name).and_then(Value::as_str).ok_or_else(|| missing(name))?.to_owned();
    let me = ask.me();
    ask.world().describe(&channel.id, about, &value, &me)?;
    Ok((channel, value))
}

/// <https://docs.slack.dev/reference/methods/conversations.rename>
pub(super) fn rename(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let me = ask.me();
    // An app may only rename what it made itself.
    if channel.creator != me {
        return Err(no("not_authorized"));
    }
    let name = ask.text("name").ok_or_else(|| no("invalid_name_required"))?.to_owned();
    ask.world().rename_channel(&channel.id, &name, &me)?;
    shown(ask, &channel.id)
}

/// <https://docs.slack.dev/reference/methods/conversations.archive>
pub(super) fn archive(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let me = ask.me();
    ask.world().archive(&channel.id, &me, true)?;
    Ok(json!({}))
}

/// <https://docs.slack.dev/reference/methods/conversations.unarchive>
pub(super) fn unarchive(ask: &mut Ask<'_>) -> Answer {
    // A bot is no member of an archived channel, and so cannot bring it back.
    ask.own_channel()?;
    Err(no("not_in_channel"))
}

/// <https://docs.slack.dev/reference/methods/conversations.open>
pub(super) fn open(ask: &mut Ask<'_>) -> Answer {
    let me = ask.me();
    let mut people = ask.list("users");
    if ask.text("channel").is_some() {
        let channel = ask.own_channel()?;
        return Ok(json!({ "no_op": true, "already_open": true, "channel": { "id": channel.id } }));
    }
    people.retain(|user| *user != me);
    match people.len() {
        0 => return Err(no("users_list_not_supplied")),
        1 => {}
        2..=8 if ask.state.has_scope("mpim:write") => {}
        2..=8 => return Err(no("missing_scope").and("needed", json!("mpim:write"))),
        _ => return Err(no("too_many_users")),
    }
    people.insert(0, me);
    let (id, there) = ask.world().open_direct(&people)?;
    let mut answer = match ask.flag("return_im") {
        true => shown(ask, &id)?,
        false => json!({ "channel": { "id": id } }),
    };
    if there {
        answer["no_op"] = json!(true);
        answer["already_open"] = json!(true);
    }
    Ok(answer)
}
