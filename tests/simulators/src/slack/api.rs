//! The Web API: every method on one page. <https://docs.slack.dev/reference/methods>

mod about;
mod answer;
mod ask;
mod auth;
mod blocks;
mod chat;
mod conversations;
pub(crate) mod door;
mod files;
mod history;
mod people;
mod pins;
mod places;
mod reactions;
pub(crate) mod upload;

use super::limits::Tier;
use ask::{Answer, Ask};

/// What a method needs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Needs {
    /// The app-level token.
    App,
    /// The bot's token.
    Token,
    /// The bot's token with this scope.
    Scope(&'static str),
    /// The scope of this sort for the kind of channel in question: `channels:`, `groups:` …
    Channel(&'static str),
}

/// One method.
struct Method {
    name: &'static str,
    tier: Tier,
    needs: Needs,
    handler: fn(&mut Ask<'_>) -> Answer,
}

const fn method(name: &'static str, tier: Tier, needs: Needs, handler: fn(&mut Ask<'_>) -> Answer) -> Method {
    Method { name, tier, needs, handler }
}

use Needs::{App, Channel, Scope, Token};
use Tier::{Four, Free, One, Posts, Three, Two};

const METHODS: &[Method] = &[
    method("api.test", Four, Token, about::test),
    method("apps.connections.open", One, App, auth::open_connection),
    method("auth.test", Free, Token, auth::test),
    method("auth.revoke", Three, Token, auth::revoke),
    method("bots.info", Three, Scope("users:read"), about::bot),
    method("chat.delete", Three, Scope("chat:write"), chat::delete),
    method("chat.getPermalink", Free, Token, chat::permalink),
    method("chat.postEphemeral", Four, Scope("chat:write"), chat::whisper),
    method("chat.postMessage", Posts, Scope("chat:write"), chat::post),
    method("chat.update", Three, Scope("chat:write"), chat::update),
    method("conversations.archive", Two, Channel("manage"), places::archive),
    method("conversations.create", Two, Channel("manage"), places::create),
    method("conversations.history", Three, Channel("history"), history::channel),
    method("conversations.info", Three, Channel("read"), conversations::info),
    method("conversations.invite", Three, Channel("invites"), places::invite),
    method("conversations.join", Three, Scope("channels:join"), places::join),
    method("conversations.kick", Three, Channel("manage"), places::kick),
    method("conversations.leave", Three, Channel("manage"), places::leave),
    method("conversations.list", Two, Channel("read"), conversations::list),
    method("conversations.members", Four, Channel("read"), conversations::members),
    method("conversations.open", Three, Scope("im:write"), places::open),
    method("conversations.rename", Two, Channel("manage"), places::rename),
    method("conversations.replies", Three, Channel("history"), history::thread),
    method("conversations.setPurpose", Two, Channel("topic"), places::set_purpose),
    method("conversations.setTopic", Two, Channel("topic"), places::set_topic),
    method("conversations.unarchive", Two, Channel("manage"), places::unarchive),
    method("emoji.list", Two, Scope("emoji:read"), about::emoji),
    method("files.completeUploadExternal", Four, Scope("files:write"), files::complete),
    method("files.delete", Three, Scope("files:write"), files::delete),
    method("files.getUploadURLExternal", Four, Scope("files:write"), files::announce),
    method("files.info", Four, Scope("files:read"), files::info),
    method("pins.add", Two, Scope("pins:write"), pins::add),
    method("pins.list", Two, Scope("pins:read"), pins::list),
    method("pins.remove", Two, Scope("pins:write"), pins::remove),
    method("reactions.add", Three, Scope("reactions:write"), reactions::add),
    method("reactions.get", Three, Scope("reactions:read"), reactions::get),
    method("reactions.remove", Two, Scope("reactions:write"), reactions::remove),
    method("team.info", Three, Scope("team:read"), about::team),
    method("usergroups.list", Two, Scope("usergroups:read"), people::groups),
    method("usergroups.users.list", Two, Scope("usergroups:read"), people::group),
    method("users.conversations", Three, Channel("read"), conversations::of_user),
    method("users.info", Four, Scope("users:read"), people::info),
    method("users.list", Two, Scope("users:read"), people::list),
    method("users.profile.get", Four, Scope("users.profile:read"), people::profile),
];

fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_listed_once_and_in_order() {
        let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
        let mut sorted = names.clone();
        sorted.sort_by_key(|name| name.split('.').next().map(str::to_owned));
        sorted.dedup();
        assert_eq!(names.len(), sorted.len());
        assert!(find("chat.postMessage").is_some() && find("rtm.start").is_none());
    }
}
