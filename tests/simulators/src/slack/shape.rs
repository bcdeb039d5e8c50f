//! Slack's JSON of what there is. <https://docs.slack.dev/reference/objects>

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    model::{Channel, File, Kind, Message, User, UserGroup},
    world::World,
};

/// Who looks at a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum View {
    /// An event: files may be slim.
    Event,
    /// An answer of the Web API; with metadata if it was asked for.
    Answer {
        /// `include_all_metadata`.
        metadata: bool,
    },
}

impl View {
    /// What most answers show.
    pub(crate) const PLAIN: Self = Self::Answer { metadata: false };
    /// With everything.
    pub(crate) const FULL: Self = Self::Answer { metadata: true };
}

/// A user object; with the address only for `users:read.email`.
pub(crate) fn user(world: &World, user: &User, email: bool) -> Value {
    let avatar = user.avatar.clone().unwrap_or_else(|| "default".to_owned());
    let team = user.foreign_team.as_deref().unwrap_or(&world.team.id);
    let mut profile = json!({
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "first_name": user.real_name.split(' ').next(),
        "last_name": user.real_name.split_once(' ').map_or("", |(_, rest)| rest),
        "avatar_hash": avatar,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "title": "",
        "phone": "",
        "skype": "",
        "team": team,
    });
    for size in [24, 32, 48, 72, 192, 512] {
        profile[format!("image_{size}")] = json!(picture(world, &avatar, size));
    }
    if user.avatar.is_some() {
        profile["image_original"] = json!(picture(world, &avatar, 1024));
        profile["is_custom_image"] = json!(true);
    }
    if let Some(address) = user.email.as_ref().filter(|_| email) {
        profile["email"] = json!(address);
    }
    if user.is_bot {
        profile["api_app_id"] = json!(world.app.id);
        profile["bot_id"] = json!(world.app.bot);
    }
    json!({
        "id": user.id,
        "team_id": team,
        "name": user.name,
        "deleted": user.deleted,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": user.id == world.owner,
        "is_primary_owner": user.id == world.owner,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": false,
        "is_bot": user.is_bot,
        "is_app_user": false,
        "is_stranger": user.foreign_team.is_some(),
        "updated": user.updated,
        "is_email_confirmed": true,
    })
}

/// The address of a picture.
pub(crate) fn picture(world: &World, hash: &str, size: u32) -> String {
    format!("{}/avatars/{hash}-{size}.png", world.base)
}

/// A conversation object, as the bot sees it.
pub(crate) fn channel(world: &World, channel: &Channel) -> Value {
    let me = &world.app.user;
    let member = channel.members.contains(me);
    if channel.kind == Kind::Direct {
        let other = channel.members.iter().find(|member| *member != me);
        return json!({
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.archived,
            "is_im": true,
            "is_org_shared": false,
            "context_team_id": world.team.id,
            "updated": channel.updated,
            "user": other,
            "is_user_deleted": false,
            "priority": 0,
        });
    }
    let blurb = |blurb: &super::model::Blurb| json!({ "value": blurb.value, "creator": blurb.creator, "last_set": blurb.last_set });
    json!({
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == Kind::Public,
        "is_group": channel.kind == Kind::Private,
        "is_im": false,
        "is_mpim": channel.kind == Kind::Group,
        "is_private": channel.kind != Kind::Public,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.archived,
        "is_general": channel.general,
        "unlinked": 0,
        "is_shared": channel.external,
        "is_ext_shared": channel.external,
        "is_org_shared": false,
        "is_pending_ext_shared": false,
        "pending_shared": [],
        "context_team_id": world.team.id,
        "updated": channel.updated,
        "parent_conversation": null,
        "shared_team_ids": [world.team.id],
        "is_member": member,
        "topic": blurb(&channel.topic),
        "purpose": blurb(&channel.purpose),
        "previous_names": channel.previous_names,
    })
}

/// A message object, without its channel.
pub(crate) fn message(world: &World, message: &Message, view: View) -> Value {
    let mut body = json!({ "type": "message", "ts": message.ts, "text": message.text, "team": world.team.id });
    let mut set = |name: &str, value: Value| body[name] = value;
    for (name, value) in &message.extra {
        set(name, value.clone());
    }
    for (name, value) in [
        ("subtype", &message.subtype),
        ("user", &message.user),
        ("bot_id", &message.bot),
        ("username", &message.username),
        ("thread_ts", &message.thread),
    ] {
        if let Some(value) = value {
            set(name, json!(value));
        }
    }
    if message.bot.is_some() {
        set("app_id", json!(world.app.id));
        if message.username.is_none() {
            set("bot_profile", bot(world));
        }
    }
    match message.icon.as_deref() {
        Some(emoji) if emoji.starts_with(':') => set("icons", json!({ "emoji": emoji })),
        Some(url) => set("icons", json!({ "image_36": url, "image_48": url, "image_72": url })),
        None => {}
    }
    for (name, list) in [("blocks", &message.blocks), ("attachments", &message.attachments)] {
        if !list.is_empty() {
            set(name, json!(list));
        }
    }
    if let Some((user, ts)) = &message.edited {
        set("edited", json!({ "user": user, "ts": ts }));
    }
    if message.subtype.as_deref() == Some("tombstone") {
        set("hidden", json!(true));
    }
    with_files(world, message, view, &mut body);
    with_reactions(message, &mut body);
    with_metadata(message, view, &mut body);
    with_thread(world, message, &mut body);
    body
}

fn with_files(world: &World, message: &Message, view: View, body: &mut Value) {
    if message.files.is_empty() {
        return;
    }
    let slim = view == View::Event && world.slim_files;
    let shown = message.files.iter().filter_map(|id| world.files.get(id));
    body["files"] = shown.map(|file| if slim { slim_file(file) } else { self::file(world, file) }).collect();
    body["upload"] = json!(false);
    body["display_as_bot"] = json!(false);
}

fn with_reactions(message: &Message, body: &mut Value) {
    if !message.reactions.is_empty() {
        let one = |r: &super::model::Reaction| json!({ "name": r.name, "users": r.users, "count": r.users.len() });
        body["reactions"] = message.reactions.iter().map(one).collect();
    }
}

fn with_metadata(message: &Message, view: View, body: &mut Value) {
    let Some(metadata) = &message.metadata else { return };
    match view {
        View::Answer { metadata: false } => {}
        _ => body["metadata"] = metadata.clone(),
    }
}

/// A parent says how many replies it has.
fn with_thread(world: &World, message: &Message, body: &mut Value) {
    let mut people: Vec<&str> = Vec::new();
    let (mut count, mut latest) = (0, None);
    for reply in world.replies(&message.channel, &message.ts) {
        count += 1;
        latest = Some(&reply.ts);
        let who = reply.user.as_deref().or(reply.bot.as_deref()).unwrap_or_default();
        if !people.contains(&who) {
            people.push(who);
        }
    }
    if let Some(latest) = latest {
        body["thread_ts"] = json!(message.ts);
        body["reply_count"] = json!(count);
        body["reply_users_count"] = json!(people.len());
        body["reply_users"] = json!(people);
        body["latest_reply"] = json!(latest);
        body["is_locked"] = json!(false);
        body["subscribed"] = json!(false);
    }
}

/// The app's bot, as `bots.info` and messages show it.
pub(crate) fn bot(world: &World) -> Value {
    let icon = |size| picture(world, "bot", size);
    json!({
        "id": world.app.bot,
        "deleted": false,
        "name": world.app.name,
        "updated": 1_700_000_000,
        "app_id": world.app.id,
        "user_id": world.app.user,
        "icons": { "image_36": icon(36), "image_48": icon(48), "image_72": icon(72) },
        "team_id": world.team.id,
    })
}

/// A file object, whole.
pub(crate) fn file(world: &World, file: &File) -> Value {
    if file.gone {
        return json!({ "id": file.id, "mode": "tombstone" });
    }
    let address = |way: &str| format!("{}/files-pri/{}-{}{way}/{}", world.base, world.team.id, file.id, name(file));
    let mut shares = json!({ "public": {}, "private": {} });
    for (channel, ts) in &file.shares {
        let private = world.channels.get(channel).is_some_and(|channel| channel.kind != Kind::Public);
        let list = &mut shares[if private { "private" } else { "public" }][channel];
        let mut all = list.as_array().cloned().unwrap_or_default();
        all.push(json!({ "ts": ts, "reply_users": [], "reply_count": 0, "source": "UNKNOWN" }));
        *list = json!(all);
    }
    let channels: Vec<&String> = file.shares.iter().map(|(channel, _)| channel).collect();
    json!({
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rsplit_once('.').map_or("binary", |(_, ending)| ending),
        "pretty_type": "File",
        "user": file.user,
        "user_team": world.team.id,
        "editable": false,
        "size": file.length,
        "mode": "hosted",
        "is_external": false,
        "external_type": "",
        "is_public": !channels.is_empty(),
        "public_url_shared": false,
        "display_as_bot": false,
        "username": "",
        "url_private": address(""),
        "url_private_download": address("/download"),
        "permalink": format!("{}/files/{}/{}/{}", world.base, file.user, file.id, name(file)),
        "is_starred": false,
        "has_rich_preview": false,
        "file_access": "visible",
        "channels": channels,
        "groups": [],
        "ims": [],
        "shares": shares,
    })
}

/// A file's name in an address.
fn name(file: &File) -> String {
    file.name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-', "_")
}

/// A file that has to be looked up.
fn slim_file(file: &File) -> Value {
    json!({
        "id": file.id,
        "mode": "file_access",
        "created": file.created,
        "timestamp": file.created,
        "user": file.user,
        "file_access": "check_file_info",
    })
}

/// A user group object.
pub(crate) fn group(world: &World, group: &UserGroup, users: bool) -> Value {
    let mut body = json!({
        "id": group.id,
        "team_id": world.team.id,
        "is_usergroup": true,
        "is_subteam": true,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": false,
        "date_create": group.created,
        "date_update": group.created,
        "date_delete": 0,
        "auto_type": null,
        "created_by": world.owner,
        "updated_by": world.owner,
        "deleted_by": null,
        "prefs": { "channels": [], "groups": [] },
        "user_count": group.users.len(),
    });
    if users {
        body["users"] = json!(group.users);
    }
    body
}

/// Blocks without an id get one, as Slack gives them.
pub(crate) fn with_block_ids(mut blocks: Vec<Value>, seed: &str) -> Vec<Value> {
    for (n, block) in blocks.iter_mut().enumerate() {
        if let Some(block) = block.as_object_mut()
            && !block.contains_key("block_id")
        {
            let digest = hex::encode(Sha256::digest(format!("{seed} {n}")));
            block.insert("block_id".to_owned(), json!(digest[..5]));
        }
    }
    blocks
}
