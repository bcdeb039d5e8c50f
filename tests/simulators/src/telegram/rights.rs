//! What administrators and members may do. <https://core.telegram.org/bots/api#chatadministratorrights>

use std::collections::BTreeSet;

/// What an administrator of a group or channel can be allowed.
pub const ADMIN: [&str; 16] = [
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_post_messages",
    "can_edit_messages",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_direct_messages",
    "can_manage_tags",
];

/// What members of a group can be allowed. <https://core.telegram.org/bots/api#chatpermissions>
pub const MEMBER: [&str; 16] = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
];

/// What members of a new group may do: everything but change it.
pub(crate) fn usual() -> BTreeSet<String> {
    let kept = ["can_change_info", "can_pin_messages", "can_manage_topics"];
    MEMBER.iter().filter(|right| !kept.contains(right)).map(|right| (*right).to_owned()).collect()
}

/// Everything an administrator can do.
pub(crate) fn all() -> BTreeSet<String> {
    ADMIN.iter().map(|right| (*right).to_owned()).collect()
}
