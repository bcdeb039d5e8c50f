//! The content of a Matrix event from a part of a message.

use serde_json::{Value, json};

use super::{View, hash_of};
use crate::{
    content::Doc,
    engine::{poll, text},
    network::{MediaKind, MediaRef, MediaSource, Part, UserInfo},
};

/// The content of a part, without relations.
pub(super) fn content(part: &Part, profile: Option<&UserInfo>, view: &View<'_>) -> Value {
    let doc = |doc: &Doc| doc.clone().toward_matrix(view.directory);
    let mut content = match part {
        Part::Text(text) => text::write("m.text", &doc(text)),
        Part::Emote(text) => text::write("m.emote", &doc(text)),
        Part::Notice(text) => text::write("m.notice", &doc(text)),
        Part::Media { kind, file, caption } => media(*kind, file, caption.as_ref().map(doc), view),
        Part::Poll(asked) => poll::write(asked),
        Part::Location { latitude, longitude, label } => json!({
            "msgtype": "m.location", "geo_uri": format!("geo:{latitude},{longitude}"), "m.mentions": {},
            "body": label.clone().unwrap_or_else(|| format!("{latitude}, {longitude}")),
        }),
    };
    if let Some(profile) = profile {
        wear(profile, &mut content, view);
    }
    content
}

fn media(kind: MediaKind, file: &MediaRef, caption: Option<Doc>, view: &View<'_>) -> Value {
    let Some(uploaded) = view.media.get(file.cache_key()) else { return unavailable(file, caption) };
    let name = file.name.clone().unwrap_or_else(|| "file".to_owned());
    let mut info = json!({ "size": uploaded.size });
    let mime = uploaded.mime.as_ref().or(file.mime.as_ref());
    let facts = [
        ("mimetype", mime.map(|mime| json!(mime))),
        ("w", file.width.map(|w| json!(w))),
        ("h", file.height.map(|h| json!(h))),
        ("duration", file.duration.map(|d| json!(d))),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            info[key] = value;
        }
    }
    if kind == MediaKind::Sticker {
        return json!({ "body": file.alt.clone().unwrap_or(name), "url": uploaded.mxc, "info": info });
    }
    let msgtype = match kind {
        MediaKind::Image | MediaKind::Sticker => "m.image",
        MediaKind::Video => "m.video",
        MediaKind::Audio | MediaKind::Voice => "m.audio",
        MediaKind::File => "m.file",
    };
    let mut content = match caption.filter(|caption| !caption.is_empty()) {
        Some(caption) => text::write(msgtype, &caption),
        None => json!({ "msgtype": msgtype, "body": name, "m.mentions": {} }),
    };
    content["filename"] = json!(name);
    content["url"] = json!(uploaded.mxc);
    content["info"] = info;
    if kind == MediaKind::Voice {
        speak(file, &mut content);
    }
    if file.spoiler {
        content["page.codeberg.everypizza.msc4193.spoiler"] = json!(true);
    }
    content
}

/// Marks a file as somebody's voice (MSC3245), with how loud it is over its length (MSC3246).
fn speak(file: &MediaRef, content: &mut Value) {
    content["org.matrix.msc3245.voice"] = json!({});
    let mut audio = json!({ "duration": file.duration.unwrap_or(0) });
    if !file.waveform.is_empty() {
        audio["waveform"] = json!(file.waveform);
    }
    content["org.matrix.msc1767.audio"] = audio;
}

/// A file that could not be had: its name, and its address if anybody may read it.
fn unavailable(file: &MediaRef, caption: Option<Doc>) -> Value {
    let name = file.name.as_deref().unwrap_or("a file");
    let mut body = match &file.source {
        MediaSource::Web(url) => format!("[{name}: {url}]"),
        _ => format!("[{name} could not be carried over]"),
    };
    if let Some(caption) = caption.filter(|caption| !caption.is_empty()) {
        body = format!("{}\n{body}", caption.plain());
    }
    json!({ "msgtype": "m.notice", "body": body, "m.mentions": {} })
}

/// A look for one message alone (MSC4144), with the name in the text for clients that do not know it.
fn wear(profile: &UserInfo, content: &mut Value, view: &View<'_>) {
    let avatar = profile.avatar.as_ref().and_then(|avatar| view.media.get(avatar.cache_key()));
    let mut worn = json!({ "id": hash_of(profile), "displayname": profile.name, "has_fallback": true });
    if let Some(avatar) = avatar {
        worn["avatar_url"] = json!(avatar.mxc);
    }
    let name = html_escape(&profile.name);
    let body = content.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    let html = match content.get("formatted_body").and_then(Value::as_str) {
        Some(html) => html.to_owned(),
        None => html_escape(&body).replace('\n', "<br>"),
    };
    content["com.beeper.per_message_profile"] = worn;
    if content.get(poll::START).is_some() {
        return;
    }
    content["body"] = json!(format!("{}: {body}", profile.name));
    content["format"] = json!("org.matrix.custom.html");
    content["formatted_body"] = json!(format!("<strong data-mx-profile-fallback>{name}: </strong>{html}"));
}

fn html_escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
