//! What a channel of Discord can do for people in Matrix, and what the bot must be allowed for it.

use appservice_sdk::prelude::Features;
use serenity::model::permissions::Permissions;

/// What the bot asks for when it is invited. The README tells what each is for.
pub(crate) const PERMISSIONS: Permissions = Permissions::ADD_REACTIONS
    .union(Permissions::VIEW_CHANNEL)
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::MANAGE_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::READ_MESSAGE_HISTORY)
    .union(Permissions::USE_EXTERNAL_EMOJIS)
    .union(Permissions::MANAGE_WEBHOOKS)
    .union(Permissions::CREATE_PUBLIC_THREADS)
    .union(Permissions::SEND_MESSAGES_IN_THREADS);

/// Everything, through a webhook: even editing and deleting of what it wrote.
pub(crate) fn of(largest_file: Option<u64>) -> Features {
    Features { max_file: largest_file, ..Features::all() }
}

/// Where somebody who administers a server invites the bot.
pub(crate) fn invitation(application: u64) -> String {
    let permissions = PERMISSIONS.bits();
    format!("https://discord.com/oauth2/authorize?client_id={application}&scope=bot&permissions={permissions}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_tells_the_number_of_the_permissions() {
        let readme = include_str!("../README.md");
        assert!(readme.contains(&format!("permissions={}`", PERMISSIONS.bits())));
        assert!(readme.contains(&format!("The number `{}`", PERMISSIONS.bits())));
        assert!(invitation(7).ends_with(&PERMISSIONS.bits().to_string()));
    }
}
