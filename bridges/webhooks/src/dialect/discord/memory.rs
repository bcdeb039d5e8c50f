//! What a message said: an edit names only what changes, and `GET` shows the rest.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::{Refusal, objects, text};
use crate::{
    body::Body,
    files::digest,
    hooks::Hook,
    post::{File, From, Post},
    receive::{Ask, not_now},
};

/// A message as it was sent last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) payload: Map<String, Value>,
    files: Vec<Along>,
}

/// A file that came along, and where its bytes are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Along {
    at: String,
    name: Option<String>,
    mime: Option<String>,
    alt: Option<String>,
    spoiler: bool,
}

/// The files of a message that came along or were there before. Where new ones will be kept follows from the message's
/// id and their bytes: see [`crate::files::keep`].
pub(super) fn files(post: &Post) -> Vec<Along> {
    let all = post.files.iter().chain(post.cards.iter().flat_map(|card| &card.images));
    let along = |file: &File| {
        let at = match &file.from {
            From::Bytes(bytes) => digest(bytes),
            From::Stored(id) => id.clone(),
            From::Web(_) => return None,
        };
        let File { name, mime, alt, spoiler, .. } = file.clone();
        Some(Along { at, name, mime, alt, spoiler })
    };
    all.filter_map(along).collect()
}

/// Completes the places with the message's id.
pub(super) fn stored(files: &mut [Along], id: &str) {
    for file in files.iter_mut().filter(|file| !file.at.contains('-')) {
        file.at = format!("{id}-{}", file.at);
    }
}

/// Remembers a message.
pub(super) async fn keep(
    ask: &Ask<'_>,
    hook: &Hook,
    id: &str,
    payload: &Map<String, Value>,
    files: Vec<Along>,
) -> Result<(), Refusal> {
    let known = ["content", "embeds", "username", "flags", "allowed_mentions"];
    let payload = payload.iter().filter(|(key, _)| known.contains(&key.as_str()));
    let before = Before { payload: payload.map(|(key, value)| (key.clone(), value.clone())).collect(), files };
    ask.remote.put(&key(hook, id), &before).await.map_err(not_now)
}

/// What a message said; nothing, if that is not known.
pub(super) async fn recall(ask: &Ask<'_>, hook: &Hook, id: &str) -> Result<Before, Refusal> {
    Ok(ask.remote.get(&key(hook, id)).await.map_err(not_now)?.unwrap_or_default())
}

fn key(hook: &Hook, id: &str) -> String {
    format!("discord/{}/{id}", hook.id)
}

impl Before {
    /// The files as a body has them.
    pub(super) fn body(&self) -> Body {
        let file = |one: &Along| File {
            name: one.name.clone(),
            mime: one.mime.clone(),
            alt: one.alt.clone(),
            spoiler: one.spoiler,
            ..File::new(From::Stored(one.at.clone()))
        };
        Body { files: self.files.iter().map(|one| (String::new(), file(one))).collect(), ..Body::default() }
    }

    /// The message after an edit: what it does not name stays. `attachments` lists the files that stay.
    pub(super) fn changed(mut self, edit: Map<String, Value>, body: &Body, id: &str) -> (Map<String, Value>, Body) {
        if edit.get("attachments").is_some_and(Value::is_array) {
            let stays: Vec<_> = objects(&edit, "attachments").filter_map(|one| text(one, "id")).collect();
            let number = id.parse::<u64>().unwrap_or_default();
            let mut place = 0;
            self.files.retain(|_| {
                place += 1;
                stays.contains(&(number + place).to_string())
            });
        }
        let mut after = self.body();
        after.files.extend(body.files.iter().cloned());
        let mut payload = self.payload;
        payload.extend(edit);
        (payload, after)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_edit_changes_what_it_names() {
        let file =
            |at: &str| Along { at: at.into(), name: Some("a.txt".into()), mime: None, alt: None, spoiler: false };
        let before = || {
            let payload = json!({ "content": "old", "embeds": [{ "title": "T" }] });
            Before { payload: payload.as_object().unwrap().clone(), files: vec![file("100-0"), file("100-1")] }
        };
        let edited = |edit: Value| before().changed(edit.as_object().unwrap().clone(), &Body::default(), "100");
        let (payload, body) = edited(json!({ "content": "new" }));
        assert_eq!(
            (&payload["content"], &payload["embeds"][0]["title"], body.files.len()),
            (&json!("new"), &json!("T"), 2)
        );
        assert_eq!(edited(json!({ "attachments": [{ "id": "102" }] })).1.files[0].1.from, From::Stored("100-1".into()));
        assert_eq!(edited(json!({ "embeds": [], "attachments": [] })).1.files.len(), 0);
    }

    #[test]
    fn places_of_files_follow_from_the_message() {
        let mut post = Post::default();
        post.files.push(File::new(From::Bytes(bytes("x"))));
        post.files.push(File::web("https://x/y.png"));
        post.files.push(File::new(From::Stored("7-1".into())));
        let mut files = files(&post);
        stored(&mut files, "100");
        assert_eq!(files.iter().map(|file| file.at.as_str()).collect::<Vec<_>>(), ["100-2d711642b726b044", "7-1"]);
    }

    fn bytes(text: &str) -> appservice_sdk::prelude::Bytes {
        text.to_owned().into()
    }
}
