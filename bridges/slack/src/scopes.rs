//! What the app must be allowed for, and which events it has to be told: the list behind `manifest.yaml`, and the check
//! at start.
//!
//! <https://docs.slack.dev/reference/scopes>, <https://docs.slack.dev/reference/events>

/// A right, and what does not work without it.
pub(crate) struct Scope {
    pub(crate) name: &'static str,
    pub(crate) costs: &'static str,
    /// Without it the bridge does not start.
    vital: bool,
}

const fn vital(name: &'static str, costs: &'static str) -> Scope {
    Scope { name, costs, vital: true }
}

const fn wanted(name: &'static str, costs: &'static str) -> Scope {
    Scope { name, costs, vital: false }
}

/// The rights of the bot's token.
pub(crate) const SCOPES: [Scope; 23] = [
    vital("channels:history", "messages in public channels cannot be read"),
    vital("channels:read", "public channels cannot be seen"),
    vital("chat:write", "nothing can be said in Slack"),
    vital("users:read", "people have no names"),
    wanted("chat:write.customize", "everything from Matrix appears under the bot's own name and picture"),
    wanted("channels:join", "the bot has to be invited into each public channel by hand"),
    wanted("channels:manage", "names, topics and members of public channels cannot be changed from Matrix"),
    wanted("commands", "the command /matrix does not exist"),
    wanted("emoji:read", "custom emoji appear by name only"),
    wanted("files:read", "files from Slack cannot be shown in Matrix"),
    wanted("files:write", "files from Matrix cannot be sent to Slack"),
    wanted("groups:history", "messages in private channels cannot be read"),
    wanted("groups:read", "private channels cannot be seen"),
    wanted("groups:write", "names, topics and members of private channels cannot be changed from Matrix"),
    wanted("im:history", "messages to the bot itself cannot be read"),
    wanted("im:read", "conversations with the bot itself cannot be seen"),
    wanted("mpim:history", "messages in group conversations cannot be read"),
    wanted("mpim:read", "group conversations cannot be seen"),
    wanted("pins:read", "pins made in Slack are not seen"),
    wanted("pins:write", "pins made in Matrix do not reach Slack"),
    wanted("reactions:read", "reactions made in Slack are not seen"),
    wanted("reactions:write", "reactions made in Matrix do not reach Slack"),
    wanted("team:read", "the space has neither the workspace's name nor its picture"),
];

/// Rights that only make texts nicer; asked for, and not missed aloud.
#[cfg(test)]
pub(crate) const NICE: [&str; 1] = ["usergroups:read"];

/// The events the app is told of.
#[cfg(test)]
pub(crate) const EVENTS: [&str; 31] = [
    "app_uninstalled",
    "channel_archive",
    "channel_created",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "emoji_changed",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "pin_added",
    "pin_removed",
    "reaction_added",
    "reaction_removed",
    "subteam_created",
    "subteam_updated",
    "team_join",
    "team_rename",
    "tokens_revoked",
    "user_change",
    "user_profile_changed",
];

/// What the token lacks of what it needs: sentences for the operator, and whether the bridge can work at all.
pub(crate) fn missing(granted: &str) -> (Vec<String>, bool) {
    let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
    let lacks: Vec<&Scope> = SCOPES.iter().filter(|scope| !covers(&granted, scope.name)).collect();
    let sentences = lacks.iter().map(|scope| format!("without the scope {} {}", scope.name, scope.costs)).collect();
    (sentences, lacks.iter().all(|scope| !scope.vital))
}

/// Whether a right is among these, by its name or by that of a wider one.
fn covers(granted: &[&str], scope: &str) -> bool {
    let wider = match scope {
        "channels:manage" => "channels:write",
        "groups:write" => "groups:manage",
        _ => scope,
    };
    granted.iter().any(|granted| *granted == scope || *granted == wider)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> String {
        SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn what_is_missing_is_named_with_what_it_costs() {
        assert_eq!(missing(&all()), (vec![], true));
        let (sentences, works) = missing(&all().replace("chat:write.customize,", ""));
        assert_eq!(sentences.len(), 1);
        assert!(sentences[0].contains("chat:write.customize") && sentences[0].contains("name and picture"));
        assert!(works);
        assert!(!missing("channels:read, users:read").1);
    }

    /// The list under a key of the manifest.
    fn listed(key: &str) -> Vec<String> {
        let manifest = include_str!("../manifest.yaml");
        let rest = manifest.split_once(&format!("{key}:\n")).map(|(_, rest)| rest).unwrap();
        let lines = rest.lines().map_while(|line| line.trim().strip_prefix("- ").map(str::to_owned));
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        lines
    }

    #[test]
    fn the_manifest_asks_for_exactly_what_the_code_needs() {
        let mut scopes: Vec<&str> = SCOPES.iter().map(|scope| scope.name).chain(NICE).collect();
        scopes.sort_unstable();
        assert_eq!(listed("    bot"), scopes);
        let mut events = EVENTS.to_vec();
        events.sort_unstable();
        assert_eq!(listed("bot_events"), events);
    }

    #[test]
    fn every_event_that_is_asked_for_is_understood() {
        let code =
            concat!(include_str!("feed/digest.rs"), include_str!("feed/channel.rs"), include_str!("feed/message.rs"));
        // After these the channel is only looked at anew.
        let looked_at = ["channel_archive", "group_archive"];
        for event in EVENTS {
            let name = event.split('.').next().unwrap();
            assert!(looked_at.contains(&name) || code.contains(&format!("\"{name}\"")), "{event}");
        }
    }
}
