//! Something that happened, as apps that subscribed to it are told.
//! <https://docs.slack.dev/reference/events>

use serde_json::Value;

/// An event on its way.
#[derive(Clone, Debug)]
pub struct Event {
    /// What one subscribes to: `message.channels`, `reaction_added` …
    pub name: String,
    /// Only told to an app whose bot is in this channel.
    pub channel: Option<String>,
    /// The inner event: `{"type": …}`.
    pub body: Value,
}

/// The scope without which an event is not told; none for events about the app itself.
pub(crate) fn scope(name: &str) -> Option<&'static str> {
    Some(match name {
        "message.channels" => "channels:history",
        "message.groups" => "groups:history",
        "message.im" => "im:history",
        "message.mpim" => "mpim:history",
        "app_mention" => "app_mentions:read",
        "reaction_added" | "reaction_removed" => "reactions:read",
        "pin_added" | "pin_removed" => "pins:read",
        "emoji_changed" => "emoji:read",
        "user_change" | "team_join" => "users:read",
        "team_rename" => "team:read",
        _ if name.starts_with("channel_") || name.starts_with("member_") => "channels:read",
        _ if name.starts_with("group_") => "groups:read",
        _ if name.starts_with("file_") => "files:read",
        _ if name.starts_with("subteam_") => "usergroups:read",
        _ => return None,
    })
}
