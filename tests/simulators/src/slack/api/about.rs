//! The workspace, its emoji, its bots.

use serde_json::{Value, json};

use super::ask::{Answer, Ask};
use crate::slack::{error::no, shape};

/// <https://docs.slack.dev/reference/methods/api.test>
pub(super) fn test(ask: &mut Ask<'_>) -> Answer {
    match ask.text("error") {
        Some(error) => Err(no(error).and("args", Value::Object(ask.args.clone()))),
        None => Ok(json!({ "args": ask.args })),
    }
}

/// <https://docs.slack.dev/reference/methods/team.info>
pub(super) fn team(ask: &mut Ask<'_>) -> Answer {
    let world = ask.world();
    let icon = |size| shape::picture(world, "team", size);
    Ok(json!({ "team": {
        "id": world.team.id,
        "name": world.team.name,
        "url": format!("{}/", world.base),
        "domain": world.team.domain,
        "email_domain": "",
        "icon": { "image_default": false, "image_34": icon(34), "image_44": icon(44), "image_68": icon(68),
            "image_88": icon(88), "image_102": icon(102), "image_132": icon(132), "image_230": icon(230) },
        "avatar_base_url": format!("{}/avatars/", world.base),
        "is_verified": false,
    } }))
}

/// <https://docs.slack.dev/reference/methods/emoji.list>
pub(super) fn emoji(ask: &mut Ask<'_>) -> Answer {
    let world = ask.world();
    Ok(json!({ "emoji": world.emoji, "cache_ts": format!("{}.000000", world.clock.seconds()) }))
}

/// <https://docs.slack.dev/reference/methods/bots.info>
pub(super) fn bot(ask: &mut Ask<'_>) -> Answer {
    let asked = ask.text("bot").map(str::to_owned);
    let world = ask.world();
    match asked {
        Some(id) if id != world.app.bot => Err(no("bot_not_found")),
        _ => Ok(json!({ "bot": shape::bot(world) })),
    }
}
