//! Message objects. <https://discord.com/developers/docs/resources/message#message-object>

use serde_json::{Map, Value, json};

use super::{channel, guild, user};
use crate::discord::{
    cdn,
    clock::iso8601,
    model::{Attachment, Author, Message, Reaction, flag, message_type},
    world::World,
};

/// As REST shows a stored message.
pub(crate) fn message(world: &World, message: &Message) -> Value {
    let mut shaped = body(world, message);
    if let Some(reference) = message.reference {
        let home = world.channels.get(&reference.channel).and_then(|c| c.guild);
        shaped["message_reference"] = json!({
            "type": 0, "message_id": reference.message, "channel_id": reference.channel, "guild_id": home,
        });
        // The line «X started a thread» names the thread alone.
        if message.kind == message_type::THREAD_CREATED
            && let Some(reference) = shaped["message_reference"].as_object_mut()
        {
            reference.remove("message_id");
        }
        if matches!(message.kind, message_type::REPLY | message_type::THREAD_STARTER) {
            let answered = world.message(reference.channel, reference.message).ok();
            shaped["referenced_message"] = answered.map_or(Value::Null, |answered| body(world, answered));
        }
    }
    if message.flags & flag::HAS_THREAD != 0
        && let Some(thread) = world.channels.get(&message.id)
    {
        shaped["thread"] = channel::channel(world, thread);
    }
    shaped
}

/// As its sender gets it back: with the nonce.
pub(crate) fn answered(world: &World, found: &Message) -> Value {
    let mut shaped = message(world, found);
    if let Some(nonce) = &found.nonce {
        shaped["nonce"] = nonce.clone();
    }
    shaped
}

/// As the gateway brings it: with nonce, guild and member.
pub(crate) fn dispatched(world: &World, found: &Message) -> Value {
    let mut shaped = answered(world, found);
    let Some(home) = world.channels.get(&found.channel).and_then(|c| c.guild) else { return shaped };
    shaped["guild_id"] = json!(home);
    if let Author::User(author) = found.author
        && world.member(home, author).is_some()
    {
        shaped["member"] = guild::partial_member(world, home, author);
    }
    for (shown, id) in shaped["mentions"].as_array_mut().into_iter().flatten().zip(&found.pings.users) {
        if world.member(home, *id).is_some() {
            shown["member"] = guild::partial_member(world, home, *id);
        }
    }
    shaped
}

fn body(world: &World, message: &Message) -> Value {
    let mut shaped = json!({
        "id": message.id,
        "channel_id": message.channel,
        "type": message.kind,
        "author": author(world, message),
        "content": message.content,
        "timestamp": iso8601(message.id.time()),
        "edited_timestamp": message.edited.map(iso8601),
        "tts": false,
        "flags": message.flags,
        "pinned": message.pinned.is_some(),
        "mention_everyone": message.pings.everyone,
        "mentions": message.pings.users.iter().map(|id| user::user(world, *id)).collect::<Vec<_>>(),
        "mention_roles": message.pings.roles,
        "attachments": message.attachments.iter().map(|file| attachment(world, message, file)).collect::<Vec<_>>(),
        "embeds": if message.flags & flag::SUPPRESS_EMBEDS == 0 { message.embeds.clone() } else { vec![] },
        "components": message.components,
    });
    if !message.reactions.is_empty() {
        shaped["reactions"] = message.reactions.iter().map(|reaction| reactions(world, reaction)).collect();
    }
    add(&mut shaped, &message.extra);
    if let Author::Webhook { id, .. } = &message.author {
        shaped["webhook_id"] = json!(id);
    }
    if let Some(application) = message.application {
        shaped["application_id"] = json!(application);
    }
    shaped
}

fn author(world: &World, message: &Message) -> Value {
    match &message.author {
        Author::User(id) => user::user(world, *id),
        Author::Webhook { id, name, avatar, .. } => json!({
            "id": id, "username": name, "avatar": avatar, "bot": true, "discriminator": "0000",
            "global_name": null, "primary_guild": null, "public_flags": 0, "flags": 0,
        }),
    }
}

fn attachment(world: &World, message: &Message, file: &Attachment) -> Value {
    let path = cdn::attachment_path(message.channel, file.id, &file.filename);
    let url = cdn::signed(world, &path);
    let mut shaped = json!({
        "id": file.id, "filename": file.filename, "size": file.size, "url": url, "proxy_url": url, "flags": 0,
        "content_scan_version": 0,
    });
    add(&mut shaped, &file.extra);
    if let Some(text) = &file.description {
        shaped["description"] = json!(text);
    }
    if let Some(kind) = &file.content_type {
        shaped["content_type"] = json!(kind);
    }
    if let Some((width, height)) = file.dimensions {
        shaped["width"] = json!(width);
        shaped["height"] = json!(height);
    }
    shaped
}

fn add(shaped: &mut Value, extra: &Map<String, Value>) {
    for (field, value) in extra {
        shaped[field] = value.clone();
    }
}

fn reactions(world: &World, reaction: &Reaction) -> Value {
    let mut emoji = json!({ "id": reaction.emoji_id, "name": reaction.emoji });
    if reaction.emoji_id.is_some() {
        emoji["animated"] = json!(reaction.animated);
    }
    let count = reaction.users.len();
    json!({
        "emoji": emoji,
        "count": count,
        "count_details": { "burst": 0, "normal": count },
        "burst_colors": [],
        "me_burst": false,
        "burst_me": false,
        "me": reaction.users.contains(&world.app.bot),
        "burst_count": 0,
    })
}
