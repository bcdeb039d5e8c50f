//! The people of Matrix in a room, for those who manage its chat on the network.

use crate::{
    core::Core,
    network::{Act, ChatId, FetchError, Person},
};

/// The people in the room of a chat, without ghosts and bots of bridges.
pub(crate) async fn of(core: &Core, chat: &ChatId) -> Result<Vec<Person>, FetchError> {
    let room = core.portals.room_of(chat.as_str()).ok_or(FetchError::Missing)?;
    let members = core.homeserver.bot().joined_people(&room).await;
    let members = members.map_err(|error| FetchError::Refused(error.message))?;
    let people = members.into_iter().filter(|(user, _)| !core.is_of_a_bridge(user));
    Ok(people.map(|(user_id, name)| Person { name: name.unwrap_or_else(|| user_id.clone()), user_id }).collect())
}

/// Invites somebody of Matrix, or puts them out, as the bot.
pub(crate) async fn govern(
    core: &Core,
    chat: &ChatId,
    user: &str,
    act: Act,
    reason: Option<&str>,
) -> Result<(), FetchError> {
    let room = core.portals.room_of(chat.as_str()).ok_or(FetchError::Missing)?;
    let refuse = |why: &str| Err(FetchError::Refused(why.to_owned()));
    if !user.starts_with('@') || !user.contains(':') {
        return refuse("Write the person's whole Matrix id, such as @alice:example.org.");
    }
    if core.is_of_a_bridge(user) {
        return refuse("That is nobody in Matrix, but somebody a bridge shows there.");
    }
    if core.settings.exclude.names(user) && act == Act::Invite {
        return refuse("The bridge's configuration excludes that person.");
    }
    let bot = core.homeserver.bot();
    let done = match act {
        Act::Invite => bot.invite(&room, user).await,
        Act::Kick => bot.kick(&room, user, reason.unwrap_or_default()).await,
        Act::Ban => bot.ban(&room, user, reason.unwrap_or_default()).await,
        Act::Unban => bot.unban(&room, user).await,
    };
    done.map_err(|error| FetchError::Refused(error.message))
}
