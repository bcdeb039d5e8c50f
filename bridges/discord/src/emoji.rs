//! Custom emoji: those of Discord as pictures for Matrix and as packs, those of Matrix as emoji of the bot's application.
//!
//! A webhook of the application may use the application's emoji in every server, so a picture from Matrix is uploaded
//! once and used again. <https://discord.com/developers/docs/resources/emoji>

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use appservice_sdk::content::{CustomEmoji, Doc, Inline};
use appservice_sdk::prelude::*;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serenity::http::Route;
use serenity::model::id::EmojiId;
use sha2::{Digest as _, Sha256};

use crate::rest::{Call, RestError};
use crate::shared::Shared;
use crate::wire::{self, Guild, Sticker};

/// How the SDK asks for the picture of an emoji.
const ASKED: &str = "emoji:";
/// Memory: the application's emoji that shows a picture of Matrix.
const KEPT: &str = "emoji/";
/// The largest picture of an emoji.
const LARGEST: u64 = 256 * 1024;
/// So many ids are remembered as moving; then the memory starts anew.
const MOVING: usize = 10_000;
/// Digits of a stand-in for an id: more than an id has, so that none is taken for it.
const DIGITS: usize = 20;

/// An emoji of the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ours {
    pub(crate) id: EmojiId,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) animated: bool,
}

/// What is known of custom emoji.
#[derive(Default)]
pub(crate) struct Emojis {
    /// By picture (`mxc://…`); at most as many as an application can have.
    ours: Mutex<HashMap<String, Ours>>,
    /// Which emoji of Discord move: their pictures have another ending.
    moving: Mutex<HashMap<String, bool>>,
    /// One upload at a time, so that no picture is uploaded twice.
    uploading: tokio::sync::Mutex<()>,
}

impl Emojis {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote) -> Result<Self, StoreError> {
        let kept = remote.get_all::<Ours>(KEPT).await?.into_iter();
        let ours = kept.filter_map(|(key, ours)| Some((key.strip_prefix(KEPT)?.to_owned(), ours))).collect();
        Ok(Self { ours: Mutex::new(ours), ..Self::default() })
    }

    fn ours(&self) -> MutexGuard<'_, HashMap<String, Ours>> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in which emoji of a text move.
    pub(crate) fn learn(&self, text: &Doc) {
        text.visit(&mut |inline| {
            if let Inline::Emoji(CustomEmoji { id: Some(id), animated, .. }) = inline {
                self.learn_one(id, *animated);
            }
        });
    }

    fn learn_one(&self, id: &str, animated: bool) {
        let mut moving = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        if moving.len() >= MOVING {
            moving.clear();
        }
        moving.insert(id.to_owned(), animated);
    }

    fn moves(&self, id: &str) -> bool {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied().unwrap_or(false)
    }
}

/// Gives each emoji that only Matrix has a stand-in for an id, and tells their pictures: the ids are not known before
/// they are uploaded, and planning asks nobody.
pub(crate) fn stand_in(text: &mut Doc) -> Vec<String> {
    let mut pictures: Vec<String> = Vec::new();
    text.visit_mut(&mut |inline| {
        if let Inline::Emoji(emoji @ CustomEmoji { id: None, mxc: Some(_), .. }) = inline {
            let mxc = emoji.mxc.clone().unwrap_or_default();
            let at = pictures.iter().position(|known| *known == mxc).unwrap_or_else(|| {
                pictures.push(mxc);
                pictures.len() - 1
            });
            emoji.id = Some(format!("{:0DIGITS$}", at + 1));
            emoji.name = name(&emoji.name);
        }
    });
    pictures
}

/// Puts what was uploaded in the place of the stand-ins; whatever could not be shows as its name.
fn put_in(content: &str, uploaded: &[Option<Ours>]) -> String {
    let mut content = content.to_owned();
    for (at, ours) in uploaded.iter().enumerate() {
        let ending = format!(":{:0DIGITS$}>", at + 1);
        while let Some(end) = content.find(&ending) {
            let Some(start) = content[..end].rfind('<') else { break };
            let name = content[start..end].rsplit(':').next().unwrap_or("emoji").to_owned();
            let shown = match ours {
                Some(Ours { id, name, animated }) => format!("<{}:{name}:{id}>", if *animated { "a" } else { "" }),
                None => format!(":{name}:"),
            };
            content.replace_range(start..end + ending.len(), &shown);
        }
    }
    content
}

/// A planned text without any of its pictures.
pub(crate) fn by_name(content: &str, pictures: usize) -> String {
    put_in(content, &vec![None; pictures])
}

/// A name as Discord accepts it: 2 to 32 letters, digits and underscores.
fn name(given: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = given.trim_matches(':').chars().map(fits).take(24).collect();
    if name.len() < 2 { format!("{name}__") } else { name }
}

impl Shared {
    /// A planned text with the emoji that are only known by their pictures on Matrix.
    pub(crate) async fn with_emoji(&self, content: &str, pictures: &[String]) -> String {
        if pictures.is_empty() {
            return content.to_owned();
        }
        let mut uploaded = Vec::with_capacity(pictures.len());
        for (at, mxc) in pictures.iter().enumerate() {
            let ending = format!(":{:0DIGITS$}>", at + 1);
            let called = content.find(&ending).and_then(|end| content[..end].rsplit(':').next());
            uploaded.push(self.ours(mxc, called.unwrap_or("emoji")).await);
        }
        put_in(content, &uploaded)
    }

    /// The application's emoji that shows a picture, uploaded when it is first needed.
    pub(crate) async fn ours(&self, mxc: &str, called: &str) -> Option<Ours> {
        let _one = self.emojis.uploading.lock().await;
        if let Some(known) = self.emojis.ours().get(mxc) {
            return Some(known.clone());
        }
        match self.upload_emoji(mxc, called).await {
            Ok(ours) => {
                self.emojis.ours().insert(mxc.to_owned(), ours.clone());
                if let Err(error) = self.remote.put(&format!("{KEPT}{mxc}"), &ours).await {
                    tracing::warn!(%error, "an uploaded emoji could not be remembered");
                }
                Some(ours)
            }
            Err(why) => {
                tracing::info!(emoji = called, %why, "a custom emoji shows as its name");
                None
            }
        }
    }

    async fn upload_emoji(&self, mxc: &str, called: &str) -> Result<Ours, String> {
        let picture = MediaRef::new(MediaSource::Matrix(mxc.to_owned()));
        let stream = self.remote.download(&picture).await.map_err(|error| error.to_string())?;
        let mime = stream.mime.clone().unwrap_or_else(|| "image/png".to_owned());
        let bytes = stream.collect(LARGEST).await.map_err(|error| error.to_string())?;
        // Names are unique in an application: two pictures may have the same on Matrix.
        let digest: String = Sha256::digest(mxc).iter().take(3).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{}_{digest}", name(called));
        let image = format!("data:{mime};base64,{}", BASE64_STANDARD.encode(&bytes));
        let application_id = self.app;
        let call = Call::post(Route::Emojis { application_id }).json(json!({ "name": name, "image": image }));
        match self.rest.call::<Ours>(call).await {
            Ok(ours) => Ok(ours),
            // Uploaded before, and forgotten: it is found by its name.
            Err(RestError::Refused { .. }) => self.uploaded_before(&name).await,
            Err(error) => Err(error.to_string()),
        }
    }

    async fn uploaded_before(&self, name: &str) -> Result<Ours, String> {
        #[derive(Deserialize)]
        struct All {
            items: Vec<Ours>,
        }
        let application_id = self.app;
        let call = Call::new(Method::GET, Route::Emojis { application_id });
        let all: All = self.rest.call(call).await.map_err(|error| error.to_string())?;
        let found = all.items.into_iter().find(|ours| ours.name == name);
        found.ok_or_else(|| "Discord did not accept the picture".to_owned())
    }

    /// The picture of an emoji that a text named: `None` when something else is asked for.
    pub(crate) async fn picture_of_emoji(&self, source: &str) -> Option<Result<MediaStream, FetchError>> {
        let id = source.strip_prefix(ASKED)?;
        if id.parse::<EmojiId>().is_err() {
            return Some(Err(FetchError::Missing));
        }
        let moves = self.emojis.moves(id);
        Some(self.rest.file(&self.cdn.emoji_url(id, moves)).await)
    }

    /// The emoji and stickers of a guild, for its space. The SDK leaves them out where there is none.
    pub(crate) fn pack(&self, guild: &Guild) -> Incoming {
        let chat = crate::ids::guild_chat(guild.id);
        let mut images: Vec<PackImage> = guild.emojis.iter().filter_map(|emoji| self.pack_emoji(emoji)).collect();
        images.extend(guild.stickers.iter().filter_map(|sticker| self.pack_sticker(sticker)));
        Incoming::new(chat, Author::Nobody, Timestamp::now(), What::Pack { images })
    }

    fn pack_emoji(&self, emoji: &wire::Emoji) -> Option<PackImage> {
        let id = emoji.id?.to_string();
        self.emojis.learn_one(&id, emoji.animated);
        let mut file = MediaRef::remote(format!("{ASKED}{id}")).with_id(format!("{ASKED}{id}"));
        file.mime = Some(if emoji.animated { "image/gif" } else { "image/png" }.to_owned());
        Some(PackImage { name: emoji.name.clone()?, file, sticker: false })
    }

    fn pack_sticker(&self, sticker: &Sticker) -> Option<PackImage> {
        Some(PackImage { name: sticker.name.clone(), file: self.cdn.sticker(sticker)?, sticker: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emoji(name: &str, mxc: &str) -> Inline {
        Inline::Emoji(CustomEmoji { id: None, name: name.into(), mxc: Some(mxc.into()), animated: false })
    }

    #[test]
    fn a_picture_of_matrix_gets_a_stand_in_and_then_its_emoji_or_its_name() {
        let mut text =
            Doc::paragraph(vec![emoji(":a boat:", "mxc://a/1"), emoji("x", "mxc://a/2"), emoji("b", "mxc://a/1")]);
        assert_eq!(stand_in(&mut text), ["mxc://a/1", "mxc://a/2"]);
        let how = crate::convert::Writing { first: 2000, rest: 2000, may_ping_everyone: false, guild: None };
        let content = crate::convert::write(&text, &how).remove(0);
        let ours = Ours { id: EmojiId::new(7), name: "boat".into(), animated: true };
        assert_eq!(put_in(&content, &[Some(ours), None]), "<a:boat:7>:x__:<a:boat:7>", "{content}");
    }

    #[test]
    fn names_are_what_discord_accepts() {
        for (given, wanted) in [(":blob_cat:", "blob_cat"), ("ä", "___"), ("", "__"), ("a-b c", "a_b_c")] {
            assert_eq!(name(given), wanted);
        }
        assert!(name(&"x".repeat(99)).len() <= 24);
    }
}
