//! How people, programs and channels of Slack look.

use appservice_sdk::prelude::*;
use serde_json::Value;

use crate::ids;
use crate::wire::{Channel, Profile, User};

/// The name in the workspace, else the full name, else the account's.
pub(crate) fn person(user: &User) -> UserInfo {
    let names = [&user.profile.display_name, &user.profile.real_name, &user.real_name, &user.name];
    let name = names.into_iter().flatten().map(|name| name.trim()).find(|name| !name.is_empty());
    UserInfo {
        name: name.unwrap_or(&user.id).to_owned(),
        avatar: picture(&user.profile, &user.id),
        is_bot: user.is_bot,
    }
}

/// Somebody of whom only the few words are known that came with a message.
pub(crate) fn stranger(id: &str, profile: Option<&Profile>) -> UserInfo {
    let user = User { id: id.to_owned(), profile: profile.cloned().unwrap_or_default(), ..User::default() };
    person(&user)
}

fn picture(profile: &Profile, id: &str) -> Option<MediaRef> {
    let address = [&profile.image_512, &profile.image_192, &profile.image_72].into_iter().flatten().next()?;
    let picture = MediaRef::web(address);
    Some(match profile.avatar_hash.as_deref().filter(|hash| !hash.is_empty()) {
        Some(hash) => picture.with_id(format!("avatar/{id}/{hash}")),
        None => picture,
    })
}

/// A program, from `bots.info`.
pub(crate) fn program(bot: &Value) -> Option<UserInfo> {
    let name = bot["name"].as_str().filter(|name| !name.trim().is_empty())?;
    Some(UserInfo { name: name.to_owned(), avatar: icon(&bot["icons"]), is_bot: true })
}

/// The largest picture of a set of icons.
pub(crate) fn icon(icons: &Value) -> Option<MediaRef> {
    let largest = ["image_512", "image_230", "image_192", "image_132", "image_102", "image_72", "image_64", "image_48"];
    largest.iter().find_map(|size| icons[*size].as_str()).filter(|url| !url.is_empty()).map(MediaRef::web)
}

/// A channel. A private one is for those who are invited; what everybody of the workspace can join is open to them.
pub(crate) fn channel(channel: &Channel, workspace: &str, team: &str) -> ChatInfo {
    let words = |said: &Option<crate::wire::Said>| {
        said.as_ref().map(|said| said.value.clone()).filter(|value| !value.trim().is_empty())
    };
    let direct = channel.is_im || channel.is_mpim;
    ChatInfo {
        name: channel.name.clone().filter(|_| !channel.is_im),
        topic: words(&channel.topic).or_else(|| words(&channel.purpose)),
        avatar: None,
        parent: (!direct).then(|| ChatId::new(team)),
        kind: if channel.is_im { ChatKind::Direct } else { ChatKind::Room },
        access: access(channel),
        link: Some(ids::permalink(workspace, &channel.id, None)),
    }
}

/// Only what Slack says to be public is.
pub(crate) fn access(channel: &Channel) -> Access {
    let public = channel.is_channel && !channel.is_private && !channel.is_group && !channel.is_im && !channel.is_mpim;
    if public { Access::Container } else { Access::Invited }
}

/// A workspace, from `team.info`.
pub(crate) fn team(team: &Value, workspace: &str) -> ChatInfo {
    let default = team["icon"]["image_default"].as_bool().unwrap_or(false);
    ChatInfo {
        name: team["name"].as_str().map(str::to_owned),
        avatar: icon(&team["icon"]).filter(|_| !default),
        kind: ChatKind::Space,
        link: Some(workspace.to_owned()).filter(|url| !url.is_empty()),
        ..ChatInfo::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::read;

    #[test]
    fn the_name_is_what_people_call_themselves() {
        let cases = [
            (json!({"id": "U1", "name": "ada", "profile": {"display_name": "Ada", "real_name": "Ada L"}}), "Ada"),
            (json!({"id": "U1", "name": "ada", "profile": {"display_name": " ", "real_name": "Ada L"}}), "Ada L"),
            (json!({"id": "U1", "name": "ada", "real_name": ""}), "ada"),
            (json!({"id": "U1"}), "U1"),
        ];
        for (user, wanted) in cases {
            assert_eq!(person(&read(&user)).name, wanted);
        }
    }

    #[test]
    fn only_what_is_certainly_public_is_open_to_the_workspace() {
        let cases = [
            (json!({"id": "C1", "is_channel": true, "is_private": false}), Access::Container),
            (json!({"id": "C1", "is_channel": true, "is_private": true}), Access::Invited),
            (json!({"id": "G1", "is_group": true}), Access::Invited),
            (json!({"id": "C1"}), Access::Invited),
            (json!({"id": "D1", "is_im": true}), Access::Invited),
        ];
        for (told, wanted) in cases {
            assert_eq!(access(&read(&told)), wanted, "{told}");
        }
        let info =
            channel(&read(&json!({"id": "C1", "name": "general", "is_channel": true})), "https://a.slack.com", "T1");
        assert_eq!((info.parent, info.kind), (Some("T1".into()), ChatKind::Room));
    }
}
