//! Files: the three steps of an upload, and looking one up.

use serde_json::{Value, json};

use super::{
    ask::{Answer, Ask, missing},
    blocks,
};
use crate::slack::{
    error::{Refusal, no},
    shape,
    world::Draft,
};

/// 1 GB.
const LARGEST: u64 = 1 << 30;

/// <https://docs.slack.dev/reference/methods/files.getUploadURLExternal>
pub(super) fn announce(ask: &mut Ask<'_>) -> Answer {
    let name = ask.need("filename")?;
    let length = ask.number("length").ok_or_else(|| missing("length"))?;
    match length {
        0 => {
            return Err(
                no("invalid_arguments").because(&["[ERROR] must be greater than 0 [json-pointer:/length]".into()])
            );
        }
        LARGEST.. => return Err(no("file_upload_size_restricted")),
        _ => {}
    }
    let me = ask.me();
    let world = ask.world();
    let id = world.announce_file(&me, &name, length);
    Ok(json!({ "upload_url": format!("{}/upload/v1/{id}", world.base), "file_id": id }))
}

/// <https://docs.slack.dev/reference/methods/files.completeUploadExternal>
pub(super) fn complete(ask: &mut Ask<'_>) -> Answer {
    let files = ask.array("files")?.ok_or_else(|| missing("files"))?;
    let ids = titled(ask, &files)?;
    let places = match ask.text("channel_id") {
        Some(channel) => vec![channel.to_owned()],
        None => ask.list("channels"),
    };
    let me = ask.me();
    for place in &places {
        ask.world().writable(place, &me).map_err(|refusal| match refusal.error.as_str() {
            "is_archived" => refusal,
            _ => no("channel_not_found"),
        })?;
    }
    let draft = draft(ask, ids.clone())?;
    for id in &ids {
        if let Some(file) = ask.world().files.get_mut(id) {
            file.complete = true;
        }
    }
    let delay = ask.state.settings.file_delay;
    for channel in places {
        let draft = Draft { channel, ..draft.clone() };
        ask.state.after(delay, |state| {
            if let Err(refusal) = state.world.post(draft) {
                tracing::warn!("a file was not shared: {refusal}");
            }
        });
    }
    let world = ask.world();
    let shown: Vec<Value> = ids.iter().filter_map(|id| world.files.get(id)).map(|f| shape::file(world, f)).collect();
    Ok(json!({ "files": shown }))
}

/// The ids, each uploaded and not yet completed; their titles are set.
fn titled(ask: &mut Ask<'_>, files: &[Value]) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::new();
    for file in files {
        let id = file["id"].as_str().ok_or_else(|| missing("id"))?;
        let stored = ask.world().files.get_mut(id).filter(|stored| !stored.gone).ok_or_else(|| no("file_not_found"))?;
        if stored.bytes.is_none() || stored.complete {
            return Err(no("file_update_failed"));
        }
        if let Some(title) = file["title"].as_str() {
            stored.title = title.to_owned();
        }
        ids.push(id.to_owned());
    }
    if ids.is_empty() { Err(missing("files")) } else { Ok(ids) }
}

fn draft(ask: &mut Ask<'_>, files: Vec<String>) -> Result<Draft, Refusal> {
    let text = ask.text("initial_comment").unwrap_or_default().to_owned();
    let given = ask.array("blocks")?.unwrap_or_default();
    // Known of the real one: a markdown block here is an internal error, though chat.postMessage takes it.
    if given.iter().any(|block| block["type"] == "markdown") {
        return Err(no("internal_error"));
    }
    blocks::check(&given)?;
    let thread = match (ask.text("thread_ts"), ask.text("channel_id")) {
        (Some(ts), Some(channel)) => {
            let (ts, channel) = (ts.to_owned(), channel.to_owned());
            Some(ask.world().root_of(&channel, &ts)?)
        }
        _ => None,
    };
    let customize = ask.state.has_scope("chat:write.customize");
    let chosen = |name: &str| ask.text(name).filter(|_| customize).map(str::to_owned);
    let app = &ask.state.world.app;
    Ok(Draft {
        user: Some(app.user.clone()),
        bot: Some(app.bot.clone()),
        username: chosen("username"),
        icon: chosen("icon_url").or_else(|| chosen("icon_emoji")),
        subtype: Some("file_share".to_owned()),
        blocks: if text.is_empty() { given } else { vec![] },
        text,
        files,
        thread,
        ..Draft::default()
    })
}

/// <https://docs.slack.dev/reference/methods/files.info>
pub(super) fn info(ask: &mut Ask<'_>) -> Answer {
    let id = ask.text("file").ok_or_else(|| no("file_not_found"))?.to_owned();
    let me = ask.me();
    let world = ask.world();
    let file = world.file(&id)?;
    let seen = file.user == me
        || file.shares.iter().any(|(channel, _)| {
            world.is_member(channel, &me) || world.channel(channel).is_ok_and(|c| c.kind.name() == "channel")
        });
    if !seen {
        return Err(no("file_not_found"));
    }
    Ok(json!({ "file": shape::file(world, file), "comments": [], "response_metadata": { "next_cursor": "" } }))
}

/// <https://docs.slack.dev/reference/methods/files.delete>
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let id = ask.text("file").ok_or_else(|| no("file_not_found"))?.to_owned();
    let me = ask.me();
    if ask.world().file(&id)?.user != me {
        return Err(no("cant_delete_file"));
    }
    ask.world().delete_file(&id)?;
    Ok(json!({}))
}
