//! What a channel of Discord can do for people in Matrix, and what the bot must be allowed for it.

use appservice_sdk::prelude::Features;
use serenity::model::permissions::Permissions;

use crate::rights::PIN_MESSAGES;

/// A permission the bot asks for when it is invited: its bit, its name in Discord's settings, and what does not work
/// without it. The README tells the same.
type Wanted = (u64, &'static str, &'static str);

const WANTED: [Wanted; 17] = [
    (Permissions::VIEW_CHANNEL.bits(), "View Channels", "nothing is bridged"),
    (Permissions::READ_MESSAGE_HISTORY.bits(), "Read Message History", "what was missed cannot be fetched"),
    (Permissions::MANAGE_WEBHOOKS.bits(), "Manage Webhooks", "nothing from Matrix arrives"),
    (Permissions::SEND_MESSAGES.bits(), "Send Messages", "the bot cannot speak for itself or show typing"),
    (Permissions::SEND_MESSAGES_IN_THREADS.bits(), "Send Messages in Threads", "nothing arrives in threads"),
    (Permissions::ATTACH_FILES.bits(), "Attach Files", "files from Matrix do not arrive"),
    (Permissions::EMBED_LINKS.bits(), "Embed Links", "links from Matrix have no previews"),
    (Permissions::CREATE_PUBLIC_THREADS.bits(), "Create Public Threads", "threads begun in Matrix are not opened"),
    (Permissions::MANAGE_THREADS.bits(), "Manage Threads", "posts cannot be renamed from Matrix"),
    (Permissions::ADD_REACTIONS.bits(), "Add Reactions", "reactions from Matrix are not shown"),
    (Permissions::USE_EXTERNAL_EMOJIS.bits(), "Use External Emojis", "custom emoji from Matrix show as their names"),
    (Permissions::MANAGE_MESSAGES.bits(), "Manage Messages", "moderators in Matrix cannot delete what Discord wrote"),
    (PIN_MESSAGES, "Pin Messages", "pins from Matrix do not arrive"),
    (Permissions::SEND_POLLS.bits(), "Create Polls", "polls from Matrix arrive as text"),
    (Permissions::MANAGE_CHANNELS.bits(), "Manage Channels", "names and topics from Matrix are not taken over"),
    (Permissions::KICK_MEMBERS.bits(), "Kick Members", "kicks in Matrix have no effect on Discord"),
    (Permissions::BAN_MEMBERS.bits(), "Ban Members", "bans in Matrix have no effect on Discord"),
];

/// What the bot asks for when it is invited.
pub(crate) fn permissions() -> u64 {
    WANTED.iter().fold(0, |sum, (bit, ..)| sum | bit)
}

/// One sentence for each permission the bot lacks.
pub(crate) fn lacking(held: u64) -> Vec<String> {
    if held & Permissions::ADMINISTRATOR.bits() != 0 {
        return Vec::new();
    }
    let missing = WANTED.iter().filter(|(bit, ..)| held & bit == 0);
    missing.map(|(_, name, lost)| format!("the bot lacks the permission «{name}»: {lost}")).collect()
}

/// What Discord does not let a bot do, for people.
const CANNOT: &[&str] = &[
    "Read receipts do not cross: Discord tells them to no bot.",
    "Replies from Matrix show as a small line with a link: webhooks cannot reply.",
    "Voice messages from Matrix arrive as files: webhooks cannot send voice messages.",
    "Votes of people in Matrix are told as text: bots cannot vote.",
    "A post in a forum is begun on Discord: from Matrix it can only be answered.",
];

/// Everything, through a webhook: even editing and deleting of what it wrote. Within a post there are no threads.
pub(crate) fn of(largest_file: Option<u64>, post: bool) -> Features {
    Features { max_file: largest_file, max_text: Some(2000), thread: !post, cannot: CANNOT, ..Features::all() }
}

/// Where somebody who administers a server invites the bot.
pub(crate) fn invitation(application: u64) -> String {
    let permissions = permissions();
    format!("https://discord.com/oauth2/authorize?client_id={application}&scope=bot&permissions={permissions}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_tells_the_number_of_the_permissions_and_each_of_them() {
        let readme = include_str!("../README.md");
        assert!(readme.contains(&format!("permissions={}`", permissions())), "{}", permissions());
        assert!(readme.contains(&format!("The number `{}`", permissions())));
        assert!(invitation(7).ends_with(&permissions().to_string()));
        for (_, name, _) in WANTED {
            assert!(readme.contains(name), "{name}");
        }
    }

    #[test]
    fn what_is_missing_is_said_and_nothing_else() {
        assert!(lacking(permissions()).is_empty());
        assert!(lacking(Permissions::ADMINISTRATOR.bits()).is_empty());
        let lack = lacking(permissions() & !PIN_MESSAGES);
        assert_eq!(lack, ["the bot lacks the permission «Pin Messages»: pins from Matrix do not arrive"]);
        assert_eq!(lacking(0).len(), WANTED.len());
    }
}
