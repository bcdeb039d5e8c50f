//! Who speaks: a ghost for each name a hook uses, so that every client shows messages under the right one.

use appservice_sdk::prelude::*;

use crate::{emoji, hooks::Hook, post::Post};

/// The longest name that is shown, in characters.
const LONGEST: usize = 80;

/// Whoever says this message.
#[must_use]
pub fn author(hook: &Hook, post: &Post) -> Author {
    let name = post.username.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&hook.name);
    let name: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    // An emoji cannot be a picture here, so it stands before the name. It is part of who speaks: a service that shows
    // success and failure by emoji is two ghosts, not one that is renamed with every message.
    let shown = match post.icon_emoji.as_deref().and_then(emoji::character) {
        Some(emoji) => format!("{emoji} {name}"),
        None => name,
    };
    let mut info = UserInfo { is_bot: true, ..UserInfo::named(&*shown) };
    if let Some(url) = post.icon_url.as_deref().filter(|url| is_web(url)) {
        info = info.with_avatar(MediaRef::web(url));
    }
    Author::them(format!("{}_{}", hook.id, slug(&shown)), info)
}

/// Whether an address leads to the web.
pub(crate) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// A name as part of an id: readable if it can be, and never the same for two names.
fn slug(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if name.chars().all(plain) && name.len() <= 40 {
        return name.to_owned();
    }
    let readable = name.to_lowercase().replace(' ', "-");
    let readable: String = readable.chars().filter(|letter| plain(*letter)).take(24).collect();
    let hash = SendKey::derive(&[name]);
    format!("{readable}.{}", &hash.as_str()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(post: Post) -> (String, UserInfo) {
        let hook = Hook { id: "k3f9".into(), room: "!r:h".into(), name: "webhook".into(), ..Hook::default() };
        match author(&hook, &post) {
            Author::Them(id, info) => (id.to_string(), info),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_name_is_a_ghost_of_its_own() {
        let named = |name: &str| of(Post { username: Some(name.into()), ..Post::default() });
        assert_eq!(named("grafana").0, "k3f9_grafana");
        assert_eq!(named(" grafana ").0, "k3f9_grafana");
        assert_eq!(named("").0, "k3f9_webhook");
        let (id, info) = named("CI Runner");
        assert!(id.starts_with("k3f9_ci-runner."), "{id}");
        assert_eq!(info.name, "CI Runner");
        assert_ne!(id, named("ci runner").0);
        assert_ne!(named("日本").0, named("日木").0);
        assert_eq!(named(&"x".repeat(200)).1.name.len(), 80);
    }

    #[test]
    fn pictures_come_from_the_web_and_emoji_stand_before_the_name() {
        let with = |url: &str, emoji: &str| {
            of(Post { icon_url: Some(url.into()), icon_emoji: Some(emoji.into()), ..Post::default() }).1
        };
        assert_eq!(with("https://x/y.png", "").avatar, Some(MediaRef::web("https://x/y.png")));
        assert_eq!(with("file:///etc/passwd", "").avatar, None);
        assert_eq!(with("", ":rocket:").name, "🚀 webhook");
        assert_eq!(with("", ":no_such_thing:").name, "webhook");
    }
}
