//! What stands in angle brackets: mentions, custom emoji, moments, commands, and addresses without a preview.
//!
//! <https://discord.com/developers/docs/reference#message-formatting>

use std::num::NonZeroU64;

use appservice_sdk::content::{CustomEmoji, Id, Inline, Place, Role, Stamp};

use serenity::model::id::ChannelId;

use super::Names;

/// Reads what `text` begins with, and says how long it is.
pub(super) fn read(text: &str, names: &dyn Names) -> Option<(Inline, usize)> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(['<', '>', '\n']).filter(|&end| inside[end..].starts_with('>'))?;
    let inside = &inside[..end];
    let inline = match inside.as_bytes() {
        [b'@', b'&', ..] => role(&inside[2..], names),
        [b'@', b'!', ..] => user(&inside[2..], names),
        [b'@', ..] => user(&inside[1..], names),
        [b'#', ..] => channel(&inside[1..], names),
        [b':', ..] => emoji(&inside[1..], false),
        [b'a', b':', ..] => emoji(&inside[2..], true),
        [b't', b':', ..] => moment(&inside[2..]),
        [b'/', ..] => command(&inside[1..]),
        [b'i', b'd', b':', ..] => menu(&inside[3..]),
        _ => address(inside),
    };
    inline.map(|inline| (inline, end + 2))
}

fn id(text: &str) -> Option<u64> {
    text.parse::<NonZeroU64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())).map(NonZeroU64::get)
}

fn user(text: &str, names: &dyn Names) -> Option<Inline> {
    let name = names.user(id(text)?.into()).unwrap_or_else(|| "unknown-user".to_owned());
    Some(Inline::mention(Id::Remote(text.to_owned()), name))
}

fn role(text: &str, names: &dyn Names) -> Option<Inline> {
    let (name, colour) = names.role(id(text)?.into()).unwrap_or_else(|| ("unknown-role".to_owned(), 0));
    Some(Inline::Role(Role { id: text.to_owned(), name, colour: (colour != 0).then_some(colour) }))
}

fn channel(text: &str, names: &dyn Names) -> Option<Inline> {
    let channel = id(text)?.into();
    let name = names.channel(channel).unwrap_or_else(|| "unknown".to_owned());
    Some(Inline::Place(placed(channel, None, name, names)))
}

/// A channel, or a message in it. A thread is told in the chat of its channel, as its root message.
pub(super) fn placed(channel: ChannelId, message: Option<&str>, name: String, names: &dyn Names) -> Place {
    let (room, root) = match names.above(channel) {
        Some(above) => (above, Some(channel.to_string())),
        None => (channel, None),
    };
    Place { room: Id::Remote(room.to_string()), message: message.map(str::to_owned).or(root), via: Vec::new(), name }
}

fn emoji(text: &str, animated: bool) -> Option<Inline> {
    let (name, text) = text.split_once(':')?;
    let is_name = !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    id(text).filter(|_| is_name)?;
    Some(Inline::Emoji(CustomEmoji { id: Some(text.to_owned()), name: name.to_owned(), mxc: None, animated }))
}

fn moment(text: &str) -> Option<Inline> {
    let (unix, style) = text.split_once(':').unwrap_or((text, "f"));
    let mut letters = style.chars();
    let style = letters.next().filter(|style| letters.next().is_none() && "tTdDfFRsS".contains(*style))?;
    Some(Inline::Timestamp(Stamp { unix: unix.parse().ok()?, style }))
}

/// `</name subcommand:id>`
fn command(text: &str) -> Option<Inline> {
    let (name, command) = text.rsplit_once(':')?;
    id(command).filter(|_| !name.is_empty())?;
    Some(Inline::text(format!("/{name}")))
}

/// Places of a server that are no channels.
fn menu(text: &str) -> Option<Inline> {
    let name = match text.split_once(':').map_or(text, |(kind, _)| kind) {
        "customize" => "Channels & Roles",
        "browse" => "Browse Channels",
        "guide" => "Server Guide",
        "home" => "Server Home",
        "linked-roles" => "Linked Roles",
        _ => return None,
    };
    Some(Inline::text(name))
}

fn address(text: &str) -> Option<Inline> {
    let has_scheme = ["https://", "http://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    (has_scheme && !text.contains(char::is_whitespace)).then(|| Inline::url(text))
}
