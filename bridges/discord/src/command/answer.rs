//! What each command does, and the sentence its asker reads.

use appservice_sdk::prelude::*;
use serenity::model::permissions::Permissions;

use super::Ask;
use crate::atlas::Place;
use crate::ids;
use crate::shared::Shared;
use crate::wire::Interaction;

/// Most people that are listed.
const LISTED: usize = 50;

/// The permission on Discord that a command takes: its bit, and its name in Discord's settings.
fn needed(ask: &Ask) -> Option<(Permissions, &'static str)> {
    match ask {
        Ask::Link(_) | Ask::Unlink => Some((Permissions::MANAGE_CHANNELS, "Manage Channels")),
        Ask::Invite(_) => Some((Permissions::CREATE_INSTANT_INVITE, "Create Invite")),
        Ask::Kick { .. } => Some((Permissions::KICK_MEMBERS, "Kick Members")),
        Ask::Ban { .. } => Some((Permissions::BAN_MEMBERS, "Ban Members")),
        Ask::Who | Ask::Info | Ask::Message(_) => None,
    }
}

impl Shared {
    /// Does what was asked, if the asker may.
    pub(super) async fn answer(&self, asked: &Interaction, ask: Ask) -> String {
        let held = asked.member.as_ref().map_or(0, crate::wire::Asker::bits);
        if let Some((bit, name)) = needed(&ask)
            && held & (bit.bits() | Permissions::ADMINISTRATOR.bits()) == 0
        {
            return format!("For this you need the permission «{name}» in this channel.");
        }
        let place = match asked.channel_id {
            Some(channel) => self.atlas.place(channel).await,
            None => Ok(None),
        };
        let place = match place {
            Ok(Some(place)) if self.serves(place.guild) => place,
            Ok(Some(_)) => return "This bridge does not serve this server.".to_owned(),
            Ok(None) => return "The bridge does not see this channel: it needs «View Channels».".to_owned(),
            Err(_) => return "Discord did not tell where this is. Try again in a moment.".to_owned(),
        };
        self.obey(ask, place).await.unwrap_or_else(|error| sentence(&error))
    }

    async fn obey(&self, ask: Ask, place: Place) -> Result<String, FetchError> {
        let chat = ids::chat(place.chat);
        Ok(match ask {
            Ask::Link(None) => {
                let code = self.remote.offer(&chat).await?;
                format!(
                    "Write `!discord link {code}` in the Matrix room that shall mirror this channel. Good for an hour."
                )
            }
            Ask::Link(Some(code)) => {
                let linked = self.remote.accept(&code, &chat).await?;
                format!("This channel is now mirrored in {}.", linked.room_id)
            }
            Ask::Unlink if !self.remote.is_linked(&chat) => NOT_LINKED.to_owned(),
            Ask::Unlink => {
                self.remote.unlink(&chat).await?;
                "This channel is no longer mirrored.".to_owned()
            }
            Ask::Invite(user) => {
                self.remote.govern(&chat, &user, Act::Invite, None).await?;
                format!("{user} is invited.")
            }
            Ask::Kick { user, reason } => {
                self.remote.govern(&chat, &user, Act::Kick, reason.as_deref()).await?;
                format!("{user} was put out of the Matrix room.")
            }
            Ask::Ban { user, reason } => {
                self.remote.govern(&chat, &user, Act::Ban, reason.as_deref()).await?;
                format!("{user} was banned from the Matrix room.")
            }
            Ask::Who => who(&self.remote.people(&chat).await?),
            Ask::Info => self.info(&chat),
            Ask::Message(id) => self.about(&chat, id).await?,
        })
    }

    fn info(&self, chat: &ChatId) -> String {
        let linked = self.remote.chats().into_iter().find(|linked| linked.chat == *chat);
        match linked {
            Some(linked) => format!("This channel is mirrored in {0}: <https://matrix.to/#/{0}>", linked.room_id),
            None => format!("{NOT_LINKED} Whoever manages it links it with `/matrix link`."),
        }
    }

    async fn about(&self, chat: &ChatId, id: u64) -> Result<String, FetchError> {
        let known = self.remote.origin(chat, &MessageId::new(id.to_string())).await.map_err(FetchError::later)?;
        let Some(known) = known else { return Ok("The bridge does not know this message.".to_owned()) };
        let from = if known.from_matrix { "It came from Matrix" } else { "It was written here and is in Matrix, too" };
        Ok(format!("{from}. Author: `{}`. Event: `{}`.", known.author_id, known.event_id))
    }
}

const NOT_LINKED: &str = "This channel is not mirrored in Matrix.";

fn who(people: &[Person]) -> String {
    if people.is_empty() {
        return "Nobody of Matrix is in the room.".to_owned();
    }
    let lines = people.iter().take(LISTED).map(|person| {
        let name = crate::convert::escape(&person.name);
        if person.name == person.user_id {
            format!("- `{}`", person.user_id)
        } else {
            format!("- {name} `{}`", person.user_id)
        }
    });
    let more = people.len().saturating_sub(LISTED);
    let end = if more > 0 { format!("\n…and {more} more") } else { String::new() };
    format!("{}{end}", lines.collect::<Vec<_>>().join("\n"))
}

fn sentence(error: &FetchError) -> String {
    match error {
        FetchError::Missing => {
            "That is not there: the channel is not mirrored, or the code is wrong or older than an hour.".to_owned()
        }
        FetchError::Later { .. } => "That did not work just now. Try again in a moment.".to_owned(),
        other => format!("That did not work: {other}."),
    }
}
