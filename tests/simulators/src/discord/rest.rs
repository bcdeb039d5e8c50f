//! The REST API, version 10: every route on one page. <https://discord.com/developers/docs/reference>

pub(crate) mod about;
mod answer;
mod application;
mod ask;
mod channels;
mod compose;
pub(crate) mod door;
mod form;
mod guilds;
mod members;
mod messages;
mod pins;
mod polls;
mod reactions;
mod threads;
mod webhook_messages;
mod webhooks;

use ask::{Answer, Ask};
pub(crate) use compose::store_file;

/// One route: `Bot` routes need the token, `Open` ones do not.
struct Route {
    /// Method and path, as calls are recorded.
    name: &'static str,
    access: Access,
    handler: fn(&mut Ask<'_>) -> Answer,
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    Bot,
    Open,
}

const fn bot(name: &'static str, handler: fn(&mut Ask<'_>) -> Answer) -> Route {
    Route { name, access: Access::Bot, handler }
}

const fn open(name: &'static str, handler: fn(&mut Ask<'_>) -> Answer) -> Route {
    Route { name, access: Access::Open, handler }
}

/// Literal segments stand before parameters of the same place.
const ROUTES: &[Route] = &[
    open("GET /gateway", about::gateway),
    bot("GET /gateway/bot", about::gateway_bot),
    bot("GET /users/@me", about::me),
    bot("PATCH /users/@me", about::change_me),
    bot("GET /users/@me/guilds", guilds::mine),
    bot("POST /users/@me/channels", channels::direct),
    bot("GET /users/{user}", about::user),
    bot("GET /applications/@me", about::application),
    bot("GET /oauth2/applications/@me", about::application),
    bot("GET /applications/{application}/emojis", application::emojis),
    bot("POST /applications/{application}/emojis", application::create_emoji),
    bot("GET /applications/{application}/commands", application::commands),
    bot("PUT /applications/{application}/commands", application::set_commands),
    open("POST /interactions/{interaction}/{token}/callback", application::callback),
    bot("GET /guilds/{guild}", guilds::one),
    bot("PUT /guilds/{guild}/bans/{user}", members::ban),
    bot("DELETE /guilds/{guild}/bans/{user}", members::unban),
    bot("GET /guilds/{guild}/channels", guilds::channels),
    bot("POST /guilds/{guild}/channels", guilds::create_channel),
    bot("GET /guilds/{guild}/members", members::list),
    bot("GET /guilds/{guild}/members/search", members::search),
    bot("GET /guilds/{guild}/members/{user}", members::one),
    bot("PATCH /guilds/{guild}/members/@me", members::change_me),
    bot("DELETE /guilds/{guild}/members/{user}", members::kick),
    bot("GET /guilds/{guild}/roles", guilds::roles),
    bot("GET /guilds/{guild}/emojis", guilds::emojis),
    bot("GET /guilds/{guild}/emojis/{emoji}", guilds::emoji),
    bot("GET /guilds/{guild}/webhooks", webhooks::of_guild),
    bot("GET /guilds/{guild}/threads/active", threads::active),
    bot("GET /channels/{channel}", channels::one),
    bot("PATCH /channels/{channel}", channels::change),
    bot("DELETE /channels/{channel}", channels::delete),
    bot("POST /channels/{channel}/typing", channels::typing),
    bot("GET /channels/{channel}/messages", messages::list),
    bot("POST /channels/{channel}/messages", messages::create),
    bot("POST /channels/{channel}/messages/bulk-delete", messages::delete_bulk),
    bot("GET /channels/{channel}/messages/pins", pins::list),
    bot("PUT /channels/{channel}/messages/pins/{message}", pins::add),
    bot("DELETE /channels/{channel}/messages/pins/{message}", pins::remove),
    bot("GET /channels/{channel}/pins", pins::list_old),
    bot("PUT /channels/{channel}/pins/{message}", pins::add),
    bot("DELETE /channels/{channel}/pins/{message}", pins::remove),
    bot("GET /channels/{channel}/messages/{message}", messages::one),
    bot("PATCH /channels/{channel}/messages/{message}", messages::edit),
    bot("DELETE /channels/{channel}/messages/{message}", messages::delete),
    bot("DELETE /channels/{channel}/messages/{message}/reactions", reactions::clear),
    bot("GET /channels/{channel}/messages/{message}/reactions/{emoji}", reactions::who),
    bot("DELETE /channels/{channel}/messages/{message}/reactions/{emoji}", reactions::clear_one),
    bot("PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me", reactions::add),
    bot("DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me", reactions::remove_mine),
    bot("DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/{user}", reactions::remove),
    bot("POST /channels/{channel}/messages/{message}/threads", threads::on_message),
    bot("POST /channels/{channel}/threads", threads::create),
    bot("GET /channels/{channel}/polls/{message}/answers/{answer}", polls::voters),
    bot("POST /channels/{channel}/polls/{message}/expire", polls::expire),
    bot("GET /channels/{channel}/threads/archived/public", threads::archived_public),
    bot("GET /channels/{channel}/threads/archived/private", threads::archived_private),
    bot("GET /channels/{channel}/thread-members", threads::members),
    bot("PUT /channels/{channel}/thread-members/@me", threads::join),
    bot("DELETE /channels/{channel}/thread-members/@me", threads::leave),
    bot("GET /channels/{channel}/webhooks", webhooks::of_channel),
    bot("POST /channels/{channel}/webhooks", webhooks::create),
    bot("GET /webhooks/{webhook}", webhooks::one),
    bot("PATCH /webhooks/{webhook}", webhooks::change),
    bot("DELETE /webhooks/{webhook}", webhooks::delete),
    open("GET /webhooks/{webhook}/{token}", webhooks::one_with_token),
    open("PATCH /webhooks/{webhook}/{token}", webhooks::change_with_token),
    open("DELETE /webhooks/{webhook}/{token}", webhooks::delete_with_token),
    open("POST /webhooks/{webhook}/{token}", webhook_messages::execute),
    open("PATCH /webhooks/{application}/{token}/messages/@original", application::answer),
    open("GET /webhooks/{webhook}/{token}/messages/{message}", webhook_messages::one),
    open("PATCH /webhooks/{webhook}/{token}/messages/{message}", webhook_messages::edit),
    open("DELETE /webhooks/{webhook}/{token}/messages/{message}", webhook_messages::delete),
];

/// What a path matched: its route and the values of the route's parameters.
type Match = (&'static Route, Vec<(&'static str, String)>);

/// Finds the route; `Err(true)` if only the method is wrong.
fn find(method: &str, path: &str) -> Result<Match, bool> {
    let mut path_known = false;
    for route in ROUTES {
        let Some((its_method, pattern)) = route.name.split_once(' ') else { continue };
        if let Some(params) = matches(pattern, path) {
            if its_method == method {
                return Ok((route, params));
            }
            path_known = true;
        }
    }
    Err(path_known)
}

fn matches(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut params = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(want), Some(have)) => match want.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !have.is_empty() => params.push((name, form::percent_decoded(have))),
                None if want == have || want == form::percent_decoded(have) => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_routes() {
        for (method, path, name) in [
            ("GET", "/users/@me", "GET /users/@me"),
            ("GET", "/users/7", "GET /users/{user}"),
            ("GET", "/channels/7/messages/pins", "GET /channels/{channel}/messages/pins"),
            ("GET", "/guilds/7/members/search", "GET /guilds/{guild}/members/search"),
            (
                "PUT",
                "/channels/7/messages/8/reactions/%F0%9F%91%8D/@me",
                "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me",
            ),
        ] {
            assert_eq!(find(method, path).map(|found| found.0.name).ok(), Some(name));
        }
        assert_eq!(find("PUT", "/users/@me").map(|found| found.0.name), Err(true));
        assert_eq!(find("GET", "/nothing").map(|found| found.0.name), Err(false));
    }

    #[test]
    fn every_route_is_listed_once() {
        let mut names: Vec<&str> = ROUTES.iter().map(|route| route.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROUTES.len());
    }
}
