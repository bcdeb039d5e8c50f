//! How people, guilds and emoji of Discord look: names by precedence, addresses from hashes.
//!
//! <https://discord.com/developers/docs/reference#image-formatting>

use appservice_sdk::prelude::{Emoji as SdkEmoji, MediaRef, UserInfo};
use serenity::model::id::GuildId;

use crate::wire::{Emoji, Guild, Member, Sticker, User};

/// The store of pictures. Its address is a setting, since serenity's is fixed.
#[derive(Clone, Debug)]
pub(crate) struct Cdn(String);

impl Cdn {
    pub(crate) fn new(address: &str) -> Self {
        Self(address.trim_end_matches('/').to_owned())
    }

    /// How somebody looks in a guild: nick before display name before user name.
    pub(crate) fn look(&self, guild: Option<GuildId>, user: &User, member: Option<&Member>) -> UserInfo {
        let nick = member.and_then(|member| member.nick.as_deref());
        let name = [nick, user.global_name.as_deref(), Some(&user.username)];
        let name = name.into_iter().flatten().map(str::trim).find(|name| !name.is_empty());
        UserInfo {
            name: name.map_or_else(|| user.id.to_string(), str::to_owned),
            avatar: self.avatar(guild, user, member),
            is_bot: user.bot,
        }
    }

    fn avatar(&self, guild: Option<GuildId>, user: &User, member: Option<&Member>) -> Option<MediaRef> {
        let own = member.and_then(|member| member.avatar.as_deref()).zip(guild);
        let (folder, hash) = match (own, user.avatar.as_deref()) {
            (Some((hash, guild)), _) => (format!("guilds/{guild}/users/{}/avatars", user.id), hash),
            (None, Some(hash)) => (format!("avatars/{}", user.id), hash),
            (None, None) => return None,
        };
        Some(self.picture(&folder, hash))
    }

    /// The picture of a guild.
    pub(crate) fn icon(&self, guild: &Guild) -> Option<MediaRef> {
        Some(self.picture(&format!("icons/{}", guild.id), guild.icon.as_deref()?))
    }

    fn picture(&self, folder: &str, hash: &str) -> MediaRef {
        let mut picture = MediaRef::remote(format!("{}/{folder}/{hash}.png?size=256", self.0));
        picture.mime = Some("image/png".to_owned());
        picture.with_id(format!("{folder}/{hash}"))
    }

    /// The picture of a sticker; `None` for a Lottie animation, which is no picture.
    pub(crate) fn sticker(&self, sticker: &Sticker) -> Option<MediaRef> {
        let (ending, mime) = match sticker.format_type {
            3 => return None,
            4 => ("gif", "image/gif"),
            _ => ("png", "image/png"),
        };
        let mut picture = MediaRef::remote(format!("{}/stickers/{}.{ending}", self.0, sticker.id));
        picture.mime = Some(mime.to_owned());
        picture.name = Some(sticker.name.clone());
        picture.alt = Some(sticker.name.clone());
        Some(picture.with_id(format!("sticker/{}", sticker.id)))
    }

    /// The address of a custom emoji's picture.
    pub(crate) fn emoji_url(&self, id: &str, animated: bool) -> String {
        format!("{}/emojis/{id}.{}", self.0, if animated { "gif" } else { "png" })
    }

    /// A reaction's emoji in the SDK's words.
    pub(crate) fn emoji(&self, emoji: &Emoji) -> Option<SdkEmoji> {
        match (emoji.id, &emoji.name) {
            (Some(id), name) => Some(SdkEmoji {
                key: id.to_string(),
                name: name.clone(),
                image: Some(self.emoji_url(&id.to_string(), emoji.animated)),
            }),
            (None, Some(character)) => Some(SdkEmoji::unicode(character.clone())),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(value: serde_json::Value) -> User {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_name_is_the_nick_then_the_display_name_then_the_user_name() {
        let cdn = Cdn::new("https://cdn/");
        let cases = [
            (json!({"id": "1", "username": "ann", "global_name": "Ann"}), Some("Annie"), "Annie"),
            (json!({"id": "1", "username": "ann", "global_name": "Ann"}), None, "Ann"),
            (json!({"id": "1", "username": "ann", "global_name": null}), Some(" "), "ann"),
            (json!({"id": "1"}), None, "1"),
        ];
        for (who, nick, wanted) in cases {
            let member = Member { nick: nick.map(str::to_owned), ..Member::default() };
            assert_eq!(cdn.look(None, &user(who), Some(&member)).name, wanted);
        }
    }

    #[test]
    fn the_guilds_own_picture_of_somebody_goes_first() {
        let cdn = Cdn::new("https://cdn");
        let ann = user(json!({"id": "1", "username": "ann", "avatar": "abc"}));
        let member = Member { avatar: Some("def".to_owned()), ..Member::default() };
        let here = cdn.look(Some(GuildId::new(9)), &ann, Some(&member)).avatar.unwrap();
        assert_eq!(here, cdn.picture("guilds/9/users/1/avatars", "def"));
        let there = cdn.look(None, &ann, None).avatar.unwrap();
        assert_eq!(
            there,
            MediaRef { mime: Some("image/png".into()), ..MediaRef::remote("https://cdn/avatars/1/abc.png?size=256") }
                .with_id("avatars/1/abc")
        );
    }
}
