//! Who is in a channel.

use serde_json::{Map, Value, json};

use super::{Draft, World};
use crate::slack::{
    error::{Refusal, no},
    model::Kind,
};

impl World {
    /// Somebody comes in, by themselves or by invitation. False: they were in it.
    pub(crate) fn join(&mut self, channel: &str, user: &str, inviter: Option<&str>) -> Result<bool, Refusal> {
        self.user(user)?;
        let place = self.channel_mut(channel)?;
        if place.archived {
            return Err(no("is_archived"));
        }
        if place.members.iter().any(|member| member == user) {
            return Ok(false);
        }
        place.members.push(user.to_owned());
        let kind = place.kind;
        if matches!(kind, Kind::Direct | Kind::Group) {
            return Ok(true);
        }
        let event_ts = self.next_ts();
        let mut body = json!({
            "type": "member_joined_channel",
            "user": user,
            "channel": channel,
            "channel_type": channel.get(..1),
            "team": self.team.id,
            "event_ts": event_ts,
        });
        if let Some(inviter) = inviter {
            body["inviter"] = json!(inviter);
        }
        self.tell_in(channel, "member_joined_channel", body);
        let prefix = if kind == Kind::Public { "channel" } else { "group" };
        let extra = inviter.map(|inviter| ("inviter".to_owned(), json!(inviter)));
        self.note(channel, user, &format!("{prefix}_join"), "has joined the channel", extra.into_iter().collect())?;
        Ok(true)
    }

    /// Somebody goes, or is made to by `actor`. False: they were not in it.
    pub(crate) fn leave(&mut self, channel: &str, user: &str, actor: Option<&str>) -> Result<bool, Refusal> {
        let place = self.channel_mut(channel)?;
        if place.general {
            return Err(no(if actor.is_some() { "cant_kick_from_general" } else { "cant_leave_general" }));
        }
        if !place.members.iter().any(|member| member == user) {
            return Ok(false);
        }
        let kind = place.kind;
        let event_ts = self.next_ts();
        let prefix = if kind == Kind::Public { "channel" } else { "group" };
        if user == self.app.user {
            let actor = actor.unwrap_or(user);
            let name = format!("{prefix}_left");
            let body = json!({ "type": name, "channel": channel, "actor_id": actor, "event_ts": event_ts });
            self.tell(&name, body);
        } else {
            let body = json!({
                "type": "member_left_channel",
                "user": user,
                "channel": channel,
                "channel_type": channel.get(..1),
                "team": self.team.id,
                "event_ts": event_ts,
            });
            self.tell_in(channel, "member_left_channel", body);
        }
        self.channel_mut(channel)?.members.retain(|member| member != user);
        self.note(channel, user, &format!("{prefix}_leave"), "has left the channel", Map::new())?;
        Ok(true)
    }

    /// A line that Slack itself writes into a channel about somebody.
    pub(crate) fn note(
        &mut self,
        channel: &str,
        user: &str,
        subtype: &str,
        what: &str,
        extra: Map<String, Value>,
    ) -> Result<String, Refusal> {
        let text = format!("<@{user}> {what}");
        self.post(Draft {
            channel: channel.to_owned(),
            user: Some(user.to_owned()),
            subtype: Some(subtype.to_owned()),
            text,
            extra,
            ..Draft::default()
        })
    }
}
