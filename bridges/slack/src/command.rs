//! `/matrix` in Slack, and clicks on what the bridge wrote.
//!
//! Slack has no rights per channel that a bot could ask for. So whoever may change what a channel is bridged to, or who
//! comes in from Matrix, is an administrator or owner of this workspace, or the person who made the channel. Everybody
//! who can write the command in a channel sees the channel, and may ask who is there.
//!
//! <https://docs.slack.dev/interactivity/implementing-slash-commands>

use appservice_sdk::prelude::*;
use serde_json::{Value, json};

use crate::api::ApiError;
use crate::convert::escape;
use crate::feed::Trouble;
use crate::ids;
use crate::send::poll;
use crate::shared::Shared;

/// Most people that are listed.
const LISTED: usize = 100;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Link(Option<String>),
    Unlink,
    Info,
    Who,
    Govern(Act, String, Option<String>),
    Help,
}

impl Asked {
    fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let verb = words.next().unwrap_or_default().to_lowercase();
        let next = words.next().map(str::to_owned);
        let rest = words.collect::<Vec<_>>().join(" ");
        let reason = Some(rest).filter(|rest| !rest.is_empty());
        let person = next.clone().filter(|who| who.starts_with('@') && who.contains(':'));
        match (verb.as_str(), person) {
            ("link", _) => Self::Link(next),
            ("unlink", _) => Self::Unlink,
            ("info", _) => Self::Info,
            ("who", _) => Self::Who,
            ("invite", Some(who)) => Self::Govern(Act::Invite, who, None),
            ("kick", Some(who)) => Self::Govern(Act::Kick, who, reason),
            ("ban", Some(who)) => Self::Govern(Act::Ban, who, reason),
            ("unban", Some(who)) => Self::Govern(Act::Unban, who, None),
            _ => Self::Help,
        }
    }

    /// Whether everybody in the channel may ask.
    fn is_open(&self) -> bool {
        matches!(self, Self::Info | Self::Who | Self::Help)
    }
}

const HELP: &str = "• `/matrix link`: get a code to link this channel to a Matrix room\n• `/matrix link CODE`: link it to \
                    the room where the code was given\n• `/matrix unlink`: end the link\n• `/matrix info`: what this \
                    channel is linked to\n• `/matrix who`: the people in the Matrix room\n• `/matrix invite \
                    @user:server`, `kick`, `ban`, `unban`: call people of Matrix in or put them out";

const NOT_ALLOWED: &str = "Only administrators of this workspace and the person who made the channel may do that.";

impl Shared {
    /// A slash command. It is answered once; a command whose answer got lost may be given again.
    pub(crate) async fn command(&self, told: &Value) -> Result<Batch, Trouble> {
        let text = |key: &str| told[key].as_str().unwrap_or_default();
        let (channel, user) = (ChatId::new(text("channel_id")), text("user_id"));
        let answer = if ids::is_channel(&channel) && !channel.as_str().starts_with('D') {
            self.obeyed(&Asked::read(text("text")), &channel, user).await?
        } else {
            "Write this in a channel.".to_owned()
        };
        let body = json!({ "response_type": "ephemeral", "text": answer });
        if let Err(why) = self.api.respond(text("response_url"), &body).await {
            tracing::warn!(%why, "a command of Slack could not be answered");
        }
        Ok(Batch::new())
    }

    async fn obeyed(&self, asked: &Asked, channel: &ChatId, user: &str) -> Result<String, Trouble> {
        if !asked.is_open() && !self.may_govern(channel, user).await? {
            return Ok(NOT_ALLOWED.to_owned());
        }
        let done = match asked {
            Asked::Help => return Ok(HELP.to_owned()),
            Asked::Link(None) => self.offered(channel).await,
            Asked::Link(Some(code)) => self.accepted(channel, code).await,
            Asked::Unlink => self.unlinked(channel).await,
            Asked::Info => Ok(self.info(channel)),
            Asked::Who => self.people(channel).await,
            Asked::Govern(act, who, reason) => {
                let done = self.remote.govern(channel, who, *act, reason.as_deref()).await;
                done.map(|()| format!("Done: {}.", escape(who)))
            }
        };
        match done {
            Ok(sentence) => Ok(sentence),
            Err(FetchError::Later { why, .. }) => {
                tracing::warn!(%why, "a command of Slack could not be done");
                Ok("That did not work just now; try again in a moment.".to_owned())
            }
            Err(FetchError::Missing) if matches!(asked, Asked::Link(Some(_))) => {
                Ok("That code is unknown or too old: get another in the Matrix room.".to_owned())
            }
            Err(FetchError::Missing) => Ok("This channel is not linked to a Matrix room.".to_owned()),
            Err(why) => Ok(format!("That cannot be done: {}.", escape(&why.to_string()))),
        }
    }

    /// An administrator or owner of this very workspace, or the maker of the channel.
    async fn may_govern(&self, channel: &ChatId, user: &str) -> Result<bool, ApiError> {
        let Some(account) = self.atlas.user(user).await? else { return Ok(false) };
        if account.deleted || account.team_id.as_deref() != Some(&self.me.team) {
            return Ok(false);
        }
        if account.is_admin || account.is_owner {
            return Ok(true);
        }
        let channel = self.atlas.channel_now(channel.as_str()).await?;
        Ok(channel.is_some_and(|channel| channel.creator.as_deref() == Some(user)))
    }

    async fn offered(&self, channel: &ChatId) -> Result<String, FetchError> {
        let code = self.remote.offer(channel).await?;
        Ok(format!(
            "Write `!slack link {code}` in the Matrix room that this channel shall be linked to. The code is good for an hour."
        ))
    }

    async fn accepted(&self, channel: &ChatId, code: &str) -> Result<String, FetchError> {
        let linked = self.remote.accept(code, channel).await?;
        Ok(format!("This channel is linked to {}.", escape(&linked.room_id)))
    }

    async fn unlinked(&self, channel: &ChatId) -> Result<String, FetchError> {
        if !self.remote.is_linked(channel) {
            return Err(FetchError::Missing);
        }
        self.remote.unlink(channel).await?;
        Ok("The link is ended. What was said stays on both sides.".to_owned())
    }

    fn info(&self, channel: &ChatId) -> String {
        let linked = self.remote.chats().into_iter().find(|linked| linked.chat == *channel);
        match linked {
            Some(linked) => format!("This channel is linked to {}.", escape(&linked.room_id)),
            None => "This channel is not linked to a Matrix room.".to_owned(),
        }
    }

    async fn people(&self, channel: &ChatId) -> Result<String, FetchError> {
        let people = self.remote.people(channel).await?;
        if people.is_empty() {
            return Ok("Nobody of Matrix is here.".to_owned());
        }
        let line = |person: &Person| format!("• {} ({})", escape(&person.name), escape(&person.user_id));
        let mut lines: Vec<String> = people.iter().take(LISTED).map(line).collect();
        if people.len() > LISTED {
            lines.push(format!("… and {} more", people.len() - LISTED));
        }
        Ok(lines.join("\n"))
    }

    /// A click on something.
    pub(crate) async fn click(&self, told: &Value) -> Result<Batch, Trouble> {
        match poll::clicked(told) {
            Some(click) => self.vote(&click).await,
            None => Ok(Batch::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let cases = [
            ("link", Asked::Link(None)),
            ("LINK abc", Asked::Link(Some("abc".into()))),
            ("unlink", Asked::Unlink),
            ("  who  ", Asked::Who),
            ("info", Asked::Info),
            ("invite @a:b", Asked::Govern(Act::Invite, "@a:b".into(), None)),
            ("kick @a:b too  loud", Asked::Govern(Act::Kick, "@a:b".into(), Some("too loud".into()))),
            ("ban @a:b", Asked::Govern(Act::Ban, "@a:b".into(), None)),
            ("invite alice", Asked::Help),
            ("", Asked::Help),
            ("dance", Asked::Help),
        ];
        for (text, wanted) in cases {
            assert_eq!(Asked::read(text), wanted, "{text}");
        }
        let open = |text: &str| Asked::read(text).is_open();
        assert!(open("who") && open("info") && open("") && !open("link") && !open("kick @a:b") && !open("unlink"));
    }
}
