//! Messages, by the bot.

use serde_json::{Value, json};

use super::{
    ask::{Answer, Ask, missing},
    blocks,
};
use crate::slack::{
    error::{Refusal, no},
    model::{Kind, Whisper},
    shape::{self, View},
    world::{Draft, messages::Change},
};

/// The longest text, in characters.
const LONGEST: usize = 40_000;

/// What a message shows, checked.
struct Content {
    text: Option<String>,
    blocks: Option<Vec<Value>>,
    attachments: Option<Vec<Value>>,
    metadata: Option<Value>,
}

impl Content {
    fn asked(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let mut text = ask.text("text").map(str::to_owned);
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(no("msg_too_long"));
        }
        let mut blocks = ask.array("blocks")?;
        if let Some(markdown) = ask.text("markdown_text") {
            if text.is_some() || blocks.is_some() {
                return Err(no("markdown_text_conflict"));
            }
            text = Some(markdown.to_owned());
            blocks = Some(vec![json!({ "type": "markdown", "text": markdown })]);
        }
        blocks::check(blocks.as_deref().unwrap_or_default())?;
        let attachments = ask.array("attachments")?;
        if attachments.as_ref().is_some_and(|all| all.len() > 100) {
            return Err(no("too_many_attachments"));
        }
        let metadata = ask.json("metadata")?;
        if metadata.as_ref().is_some_and(|m| !m["event_type"].is_string() || !m["event_payload"].is_object()) {
            return Err(no("invalid_metadata_format"));
        }
        let content = Self { text, blocks, attachments, metadata };
        if content.is_empty() { Err(no("no_text")) } else { Ok(content) }
    }

    fn is_empty(&self) -> bool {
        let none = |list: &Option<Vec<Value>>| list.as_ref().is_none_or(Vec::is_empty);
        self.text.is_none() && none(&self.blocks) && none(&self.attachments)
    }
}

/// Where a message may go: a channel by id or by name, or a person.
fn target(ask: &mut Ask<'_>) -> Result<String, Refusal> {
    let asked = ask.need("channel")?;
    let me = ask.me();
    if ask.world().users.contains_key(&asked) {
        return ask.world().open_direct(&[me, asked]).map(|(id, _)| id);
    }
    let name = asked.trim_start_matches('#').to_owned();
    let named = ask.world().channels.values().find(|channel| !channel.name.is_empty() && channel.name == name);
    let id = named.map_or(asked, |channel| channel.id.clone());
    let open = ask.state.has_scope("chat:write.public");
    match ask.world().writable(&id, &me) {
        Ok(_) => Ok(id),
        Err(refusal) if refusal.error == "not_in_channel" && open => {
            let channel = ask.world().channel(&id)?;
            if channel.archived { Err(no("is_archived")) } else { Ok(id) }
        }
        Err(refusal) => Err(refusal),
    }
}

/// <https://docs.slack.dev/reference/methods/chat.postMessage>
pub(super) fn post(ask: &mut Ask<'_>) -> Answer {
    let channel = target(ask)?;
    let content = Content::asked(ask)?;
    let customize = ask.state.has_scope("chat:write.customize");
    let wanted = ["username", "icon_url", "icon_emoji"].iter().any(|name| ask.text(name).is_some());
    let chosen = |name: &str| ask.text(name).filter(|_| customize).map(str::to_owned);
    let username = chosen("username");
    let app = &ask.state.world.app;
    let draft = Draft {
        channel: channel.clone(),
        // An app under another name is nobody's user.
        user: username.is_none().then(|| app.user.clone()),
        bot: Some(app.bot.clone()),
        subtype: username.is_some().then(|| "bot_message".to_owned()),
        icon: chosen("icon_url").or_else(|| chosen("icon_emoji")),
        username,
        text: content.text.unwrap_or_default(),
        blocks: content.blocks.unwrap_or_default(),
        attachments: content.attachments.unwrap_or_default(),
        thread: ask.text("thread_ts").map(str::to_owned),
        broadcast: ask.flag("reply_broadcast"),
        metadata: content.metadata,
        ..Draft::default()
    };
    let ts = ask.world().post(broadcast_keeps_its_subtype(draft))?;
    let world = ask.world();
    let message = shape::message(world, world.message(&channel, &ts)?, View::FULL);
    let mut answer = json!({ "channel": channel, "ts": ts, "message": message });
    if wanted && !customize {
        answer["warning"] = json!("missing_scope");
        answer["response_metadata"] = json!({ "warnings": ["missing_scope: chat:write.customize"] });
    }
    Ok(answer)
}

/// A reply that is also sent to the channel tells that, whoever wrote it.
fn broadcast_keeps_its_subtype(draft: Draft) -> Draft {
    let both = draft.broadcast && draft.thread.is_some();
    Draft { subtype: draft.subtype.filter(|_| !both), ..draft }
}

/// Channel and `ts` of a message that the bot itself wrote.
fn own(ask: &mut Ask<'_>, refusal: &str) -> Result<(String, String), Refusal> {
    let channel = ask.channel()?;
    let ts = ask.text("ts").ok_or_else(|| missing("ts"))?.to_owned();
    let message = ask.state.world.message(&channel.id, &ts)?;
    if message.subtype.as_deref() == Some("tombstone") {
        return Err(no("message_not_found"));
    }
    if message.bot.as_ref() != Some(&ask.state.world.app.bot) {
        return Err(no(refusal));
    }
    Ok((channel.id, ts))
}

/// <https://docs.slack.dev/reference/methods/chat.update>
pub(super) fn update(ask: &mut Ask<'_>) -> Answer {
    let (channel, ts) = own(ask, "cant_update_message")?;
    let content = Content::asked(ask)?;
    // Text without blocks takes the old blocks away.
    let blocks = content.blocks.or_else(|| content.text.as_ref().map(|_| vec![]));
    let change = Change { text: content.text, blocks, attachments: content.attachments, metadata: content.metadata };
    let bot = ask.state.world.app.bot.clone();
    ask.world().edit((&channel, &ts), &bot, change)?;
    let world = ask.world();
    let message = shape::message(world, world.message(&channel, &ts)?, View::FULL);
    let text = message["text"].clone();
    Ok(json!({ "channel": channel, "ts": ts, "text": text, "message": message }))
}

/// <https://docs.slack.dev/reference/methods/chat.delete>
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let (channel, ts) = own(ask, "cant_delete_message")?;
    ask.world().delete(&channel, &ts)?;
    Ok(json!({ "channel": channel, "ts": ts }))
}

/// <https://docs.slack.dev/reference/methods/chat.postEphemeral>
pub(super) fn whisper(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.own_channel()?;
    let user = ask.need("user")?;
    if !channel.members.contains(&user) {
        return Err(no("user_not_in_channel"));
    }
    let content = Content::asked(ask)?;
    let (text, blocks) = (content.text.unwrap_or_default(), content.blocks.unwrap_or_default());
    ask.world().whispers.push(Whisper { channel: channel.id, user, text, blocks });
    let ts = ask.world().next_ts();
    Ok(json!({ "message_ts": ts }))
}

/// <https://docs.slack.dev/reference/methods/chat.getPermalink>
pub(super) fn permalink(ask: &mut Ask<'_>) -> Answer {
    let channel = ask.channel()?;
    let ts = ask.need("message_ts")?;
    if channel.kind == Kind::Private && !channel.members.contains(&ask.me()) {
        return Err(no("channel_not_found"));
    }
    let world = ask.world();
    world.message(&channel.id, &ts)?;
    let address = format!("{}/archives/{}/p{}", world.base, channel.id, ts.replace('.', ""));
    Ok(json!({ "channel": channel.id, "permalink": address }))
}
