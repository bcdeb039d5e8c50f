//! What people of Telegram can ask of the bridge in their chat: `/matrix …` and `/id`.
//!
//! Whoever administers the chat there may link it, take the link away, and invite or put out people of Matrix. Telegram
//! itself is asked whether somebody administers it.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde_json::json;
use teloxide::types::{MessageId as Number, ReplyParameters};

use crate::config::Topics;
use crate::convert::{MAX_TEXT, Written, shortened};
use crate::ids::{self, Place};
use crate::rest::RestError;
use crate::send::Target;
use crate::shared::Shared;
use crate::wire::{Member, Message};

const HELP: &str = "/matrix link — get a code that links this chat to a room of Matrix\n\
                    /matrix link CODE — link it to the room that the code is from\n\
                    /matrix unlink — take the link away\n\
                    /matrix info — which room this is linked to\n\
                    /matrix who — who is there\n\
                    /matrix invite @user:server — invite somebody of Matrix\n\
                    /matrix kick @user:server, /matrix ban @user:server — put somebody out\n\
                    /id — the id of this chat";

/// Something that was asked, and where.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    place: Place,
    message: i32,
    /// Who asks; nobody in a channel, where only administrators write.
    user: Option<i64>,
    /// The chat speaks itself: an anonymous administrator, or a channel.
    is_chat: bool,
    ask: Ask,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    Help,
    Id,
    Offer,
    Accept(String),
    Unlink,
    Info,
    Who,
    Govern(Act, String, Option<String>),
}

impl Command {
    /// The command a message is; `None` for an ordinary message, or a command for another bot.
    pub(crate) fn read(said: &Message, me: Option<&str>) -> Option<Self> {
        let ask = parse(said.text.as_deref()?, me)?;
        if said.forward_origin.is_some() {
            return None;
        }
        let speaks = said.sender_chat.as_ref().map(|chat| chat.id);
        Some(Self {
            place: Place { chat: said.chat.id, topic: said.topic() },
            message: said.message_id,
            user: said.from.as_ref().map(|user| user.id).filter(|_| speaks.is_none()),
            is_chat: speaks == Some(said.chat.id) || said.from.is_none() && speaks.is_none(),
            ask,
        })
    }
}

fn parse(text: &str, me: Option<&str>) -> Option<Ask> {
    let mut words = text.split_whitespace();
    let (command, whom) = match words.next()?.strip_prefix('/')?.split_once('@') {
        Some((command, whom)) => (command, Some(whom)),
        None => (text.split_whitespace().next()?.strip_prefix('/')?, None),
    };
    if whom.is_some_and(|whom| me.is_none_or(|me| !me.eq_ignore_ascii_case(whom))) {
        return None;
    }
    let verb = match command.to_ascii_lowercase().as_str() {
        "id" => return words.next().is_none().then_some(Ask::Id),
        "matrix" => words.next().unwrap_or_default().to_ascii_lowercase(),
        _ => return None,
    };
    let target = words.next().map(str::to_owned);
    let rest: Vec<&str> = words.collect();
    let reason = (!rest.is_empty()).then(|| rest.join(" "));
    let govern = |act: Act| match target.clone().filter(|user| user.starts_with('@') && user.contains(':')) {
        Some(user) => Ask::Govern(act, user, reason.clone()),
        None => Ask::Help,
    };
    Some(match (verb.as_str(), &target) {
        ("link", None) => Ask::Offer,
        ("link", Some(code)) => Ask::Accept(code.clone()),
        ("unlink", _) => Ask::Unlink,
        ("info", _) => Ask::Info,
        ("who", _) => Ask::Who,
        ("invite", _) => govern(Act::Invite),
        ("kick", _) => govern(Act::Kick),
        ("ban", _) => govern(Act::Ban),
        ("unban", _) => govern(Act::Unban),
        _ => Ask::Help,
    })
}

/// Does what was asked and answers in the chat.
pub(crate) async fn run(shared: Arc<Shared>, command: Command) {
    let answer = match allowed(&shared, &command).await {
        Ok(true) => answer(&shared, &command).await,
        Ok(false) => "Only administrators of this chat can ask for that.".to_owned(),
        Err(error) => {
            tracing::warn!(%error, "whether somebody administers a chat could not be asked for");
            "Telegram did not say whether you administer this chat; try again in a moment.".to_owned()
        }
    };
    let reply = ReplyParameters::new(Number(command.message)).allow_sending_without_reply();
    let target = Target { chat: command.place.chat, topic: command.place.topic, reply: Some(reply) };
    let written = Written { text: shortened(&answer, MAX_TEXT), entities: Vec::new() };
    let mut tries = 0;
    while let Err(error) = shared.say(&target, &written).await {
        tries += 1;
        match error {
            SendError::Later { after, .. } if tries < 5 => {
                tokio::time::sleep(after.unwrap_or(std::time::Duration::from_secs(2))).await;
            }
            error => return tracing::warn!(%error, "a command could not be answered"),
        }
    }
}

/// Whether the asker may. Everybody may look.
async fn allowed(shared: &Shared, command: &Command) -> Result<bool, RestError> {
    if matches!(command.ask, Ask::Help | Ask::Id | Ask::Info | Ask::Who) || command.is_chat {
        return Ok(true);
    }
    let Some(user) = command.user else { return Ok(false) };
    if !ids::is_shared(command.place.chat) {
        return Ok(command.place.chat == user);
    }
    let body = json!({ "chat_id": command.place.chat, "user_id": user });
    let member: Member = shared.rest.call("getChatMember", &body).await?;
    let right = match &command.ask {
        Ask::Govern(Act::Kick | Act::Ban | Act::Unban, ..) => member.can_restrict_members.unwrap_or(true),
        _ => true,
    };
    Ok(member.is_admin() && right)
}

async fn answer(shared: &Shared, command: &Command) -> String {
    let chat = chat(shared, command.place);
    let told = match &command.ask {
        Ask::Help => Ok(HELP.to_owned()),
        Ask::Id => Ok(format!("The id of this chat is {chat}")),
        Ask::Info => Ok(match room(shared, &chat) {
            Some(room) => format!("This chat is linked to the room {room} of Matrix."),
            None => "This chat is not linked to a room of Matrix. Write /matrix link to begin.".to_owned(),
        }),
        Ask::Offer => shared.remote.offer(&chat).await.map(|code| {
            format!(
                "Write this in the room of Matrix within an hour, as somebody who governs it:\n!telegram link {code}"
            )
        }),
        Ask::Accept(code) => shared
            .remote
            .accept(code, &chat)
            .await
            .map(|linked| format!("This chat is now linked to the room {} of Matrix.", linked.room_id)),
        Ask::Unlink => match room(shared, &chat) {
            Some(_) => shared.remote.unlink(&chat).await.map(|()| "The link is taken away.".to_owned()),
            None => Ok("This chat is not linked to a room of Matrix.".to_owned()),
        },
        Ask::Who => shared.remote.people(&chat).await.map(|people| who(&people)),
        Ask::Govern(act, user, reason) => {
            shared.remote.govern(&chat, user, *act, reason.as_deref()).await.map(|()| done(*act, user))
        }
    };
    told.unwrap_or_else(|error| match error {
        FetchError::Missing => match command.ask {
            Ask::Accept(_) => "That code is unknown or too old: ask for a new one in the room of Matrix.".to_owned(),
            _ => "This chat is not linked to a room of Matrix. Write /matrix link to begin.".to_owned(),
        },
        FetchError::Refused(why) => why,
        other => format!("That did not work now: {other}. Try again in a moment."),
    })
}

/// The chat a command is about: the topic it was written in, if topics are rooms.
fn chat(shared: &Shared, place: Place) -> ChatId {
    let topic = place.topic.filter(|_| shared.config.topics == Topics::Rooms);
    ids::chat(Place { topic, chat: shared.today(place.chat) })
}

fn room(shared: &Shared, chat: &ChatId) -> Option<String> {
    shared.remote.chats().into_iter().find(|linked| linked.chat == *chat).map(|linked| linked.room_id)
}

fn who(people: &[Person]) -> String {
    if people.is_empty() {
        return "Nobody of Matrix is in the room.".to_owned();
    }
    let line = |person: &Person| {
        let (name, id) = (crate::convert::harmless(&person.name), crate::convert::harmless(&person.user_id));
        if name == id { id } else { format!("{name} ({id})") }
    };
    let lines: Vec<String> = people.iter().take(50).map(line).collect();
    let more = people.len().saturating_sub(lines.len());
    let rest = if more > 0 { format!("\n… and {more} more") } else { String::new() };
    format!("In the room of Matrix:\n{}{rest}", lines.join("\n"))
}

fn done(act: Act, user: &str) -> String {
    let user = crate::convert::harmless(user);
    match act {
        Act::Invite => format!("{user} was invited."),
        Act::Kick => format!("{user} was put out of the room."),
        Act::Ban => format!("{user} was banned from the room."),
        Act::Unban => format!("{user} may come back."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_those_for_this_bot() {
        let cases = [
            ("/matrix link", Some(Ask::Offer)),
            ("/matrix@CauseBot link", Some(Ask::Offer)),
            ("/matrix@other link", None),
            ("/matrix link  ABC", Some(Ask::Accept("ABC".into()))),
            ("/Matrix UNLINK", Some(Ask::Unlink)),
            ("/matrix who", Some(Ask::Who)),
            ("/matrix info", Some(Ask::Info)),
            ("/matrix", Some(Ask::Help)),
            ("/matrix dance", Some(Ask::Help)),
            ("/matrix ban @a:b being rude", Some(Ask::Govern(Act::Ban, "@a:b".into(), Some("being rude".into())))),
            ("/matrix kick alice", Some(Ask::Help)),
            ("/id", Some(Ask::Id)),
            ("/id@causebot", Some(Ask::Id)),
            ("/id of what", None),
            ("/start", None),
            ("matrix link", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(parse(text, Some("causebot")), wanted, "{text}");
        }
    }

    #[test]
    fn an_anonymous_administrator_speaks_as_the_chat_and_a_forward_is_no_command() {
        let said = |value: serde_json::Value| serde_json::from_value::<Message>(value).unwrap();
        let anonymous = said(json!({"message_id": 1, "text": "/matrix link", "chat": {"id": -1001},
            "from": {"id": 1087968824, "first_name": "Group"}, "sender_chat": {"id": -1001}}));
        assert!(Command::read(&anonymous, None).unwrap().is_chat);
        let linked = said(json!({"message_id": 1, "text": "/matrix link", "chat": {"id": -1001},
            "from": {"id": 136817688, "first_name": "Channel"}, "sender_chat": {"id": -1002}}));
        let command = Command::read(&linked, None).unwrap();
        assert!(!command.is_chat && command.user.is_none());
        let forward = said(json!({"message_id": 1, "text": "/matrix unlink", "chat": {"id": -1001},
            "from": {"id": 5, "first_name": "A"}, "forward_origin": {"type": "hidden_user", "sender_user_name": "B"}}));
        assert!(Command::read(&forward, None).is_none());
    }
}
