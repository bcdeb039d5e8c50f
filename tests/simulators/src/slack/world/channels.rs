//! Channels: made, renamed, described, archived.

use serde_json::{Map, Value, json};

use super::World;
use crate::slack::{
    error::{Refusal, no},
    model::{Blurb, Channel, Kind},
    shape,
};

/// Whether a topic or a purpose is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum About {
    Topic,
    Purpose,
}

impl World {
    /// Makes a channel with its creator in it.
    pub(crate) fn create_channel(&mut self, name: &str, kind: Kind, creator: &str) -> Result<String, Refusal> {
        if matches!(kind, Kind::Public | Kind::Private) {
            self.check_name(name)?;
        }
        let id = self.next_id(if kind == Kind::Direct { "D" } else { "C" });
        let created = self.clock.seconds();
        let channel = Channel {
            id: id.clone(),
            name: name.to_owned(),
            kind,
            creator: creator.to_owned(),
            created,
            updated: created * 1000,
            ..Channel::default()
        };
        self.channels.insert(id.clone(), channel);
        if kind == Kind::Public {
            let event_ts = self.next_ts();
            let shown = shape::channel(self, self.channel(&id)?);
            self.tell("channel_created", json!({ "type": "channel_created", "channel": shown, "event_ts": event_ts }));
        }
        self.join(&id, creator, None)?;
        Ok(id)
    }

    /// Opens the conversation of exactly these people. The second is whether it was there.
    pub(crate) fn open_direct(&mut self, people: &[String]) -> Result<(String, bool), Refusal> {
        let kind = if people.len() == 2 { Kind::Direct } else { Kind::Group };
        for user in people {
            self.user(user)?;
        }
        let mut wanted = people.to_vec();
        wanted.sort_unstable();
        let same = |channel: &&Channel| {
            let mut members = channel.members.clone();
            members.sort_unstable();
            channel.kind == kind && members == wanted
        };
        if let Some(found) = self.channels.values().find(same) {
            return Ok((found.id.clone(), true));
        }
        let name =
            if kind == Kind::Group { format!("mpdm-{}-1", people.join("--").to_lowercase()) } else { String::new() };
        let first = people.first().ok_or_else(|| no("users_list_not_supplied"))?.clone();
        let id = self.create_channel(&name, kind, &first)?;
        for user in people.iter().skip(1) {
            self.join(&id, user, None)?;
        }
        Ok((id, false))
    }

    pub(crate) fn rename_channel(&mut self, id: &str, name: &str, user: &str) -> Result<(), Refusal> {
        self.open_channel(id)?;
        self.check_name(name)?;
        let now = self.clock.seconds();
        let channel = self.channel_mut(id)?;
        let old = std::mem::replace(&mut channel.name, name.to_owned());
        channel.previous_names.insert(0, old.clone());
        channel.updated = now * 1000;
        let (created, private) = (channel.created, channel.kind == Kind::Private);
        let event_ts = self.next_ts();
        let kind = if private { "group_rename" } else { "channel_rename" };
        let shown = json!({
            "id": id, "name": name, "name_normalized": name, "created": created,
            "is_channel": !private, "is_mpim": false, "is_group": private,
        });
        self.tell_kind(id, kind, json!({ "type": kind, "channel": shown, "event_ts": event_ts }));
        let what = format!("has renamed the channel from \"{old}\" to \"{name}\"");
        let subtype = if private { "group_name" } else { "channel_name" };
        self.note(id, user, subtype, &what, fields(&[("old_name", &old), ("name", name)]))?;
        Ok(())
    }

    /// Writes topic or purpose.
    pub(crate) fn describe(&mut self, id: &str, about: About, value: &str, user: &str) -> Result<(), Refusal> {
        if value.chars().count() > 250 {
            return Err(no("too_long"));
        }
        let now = self.clock.seconds();
        let blurb = Blurb { value: value.to_owned(), creator: user.to_owned(), last_set: now };
        self.open_channel(id)?;
        let channel = self.channel_mut(id)?;
        let prefix = if channel.kind == Kind::Private { "group" } else { "channel" };
        let (place, word) = match about {
            About::Topic => (&mut channel.topic, "topic"),
            About::Purpose => (&mut channel.purpose, "purpose"),
        };
        *place = blurb;
        let what = format!("set the channel {word}: {value}");
        self.note(id, user, &format!("{prefix}_{word}"), &what, fields(&[(word, value)]))?;
        Ok(())
    }

    /// Archives a channel, or brings it back.
    pub(crate) fn archive(&mut self, id: &str, user: &str, archived: bool) -> Result<(), Refusal> {
        let channel = self.channel(id)?;
        if channel.general {
            return Err(no("cant_archive_general"));
        }
        if channel.archived == archived {
            return Err(no(if archived { "already_archived" } else { "not_archived" }));
        }
        let prefix = if channel.kind == Kind::Private { "group" } else { "channel" };
        let verb = if archived { "archive" } else { "unarchive" };
        let name = format!("{prefix}_{verb}");
        if archived {
            self.note(id, user, &name, "archived the channel", Map::new())?;
        }
        self.channel_mut(id)?.archived = archived;
        if !archived {
            self.note(id, user, &name, "un-archived the channel", Map::new())?;
        }
        let event_ts = self.next_ts();
        self.tell_kind(id, &name, json!({ "type": name, "channel": id, "user": user, "event_ts": event_ts }));
        Ok(())
    }

    /// Deletes a channel and all that was said in it; only people can.
    pub(crate) fn delete_channel(&mut self, id: &str) -> Result<(), Refusal> {
        let prefix = if self.channel(id)?.kind == Kind::Private { "group" } else { "channel" };
        let event_ts = self.next_ts();
        let name = format!("{prefix}_deleted");
        self.tell_kind(id, &name, json!({ "type": name, "channel": id, "event_ts": event_ts }));
        if prefix == "channel" || self.is_member(id, &self.app.user) {
            self.channels.remove(id);
            self.messages.remove(id);
        }
        Ok(())
    }

    /// Public channels concern everybody; private ones only who is in them.
    fn tell_kind(&mut self, id: &str, name: &str, body: Value) {
        match self.channels.get(id).map(|channel| channel.kind) {
            Some(Kind::Public) | None => self.tell(name, body),
            Some(_) if self.is_member(id, &self.app.user) => self.tell(name, body),
            Some(_) => {}
        }
    }

    fn open_channel(&self, id: &str) -> Result<(), Refusal> {
        if self.channel(id)?.archived { Err(no("is_archived")) } else { Ok(()) }
    }

    /// Lower-case letters, digits, hyphens, underscores; at most 80; nobody else's.
    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let fine = |c: char| c == '-' || c == '_' || (c.is_alphanumeric() && !c.is_uppercase());
        let error = match name {
            "" => "invalid_name_required",
            _ if name.chars().count() > 80 => "invalid_name_maxlength",
            _ if !name.chars().all(fine) => "invalid_name_specials",
            _ if !name.chars().any(char::is_alphanumeric) => "invalid_name_punctuation",
            _ if self.channels.values().any(|channel| channel.name == name) => "name_taken",
            _ => return Ok(()),
        };
        Err(no(error))
    }
}

fn fields(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_channels_are_checked_as_slack_does() {
        let world = World::new("Harbour", "bot");
        for (name, error) in [
            ("news", None),
            ("größe_1-2", None),
            ("", Some("invalid_name_required")),
            ("News", Some("invalid_name_specials")),
            ("a b", Some("invalid_name_specials")),
            ("---", Some("invalid_name_punctuation")),
            ("general", Some("name_taken")),
        ] {
            assert_eq!(world.check_name(name).err().map(|refusal| refusal.error).as_deref(), error, "{name}");
        }
        assert!(world.check_name(&"x".repeat(81)).is_err());
    }
}
