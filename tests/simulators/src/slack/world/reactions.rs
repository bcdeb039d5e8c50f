//! Reactions. <https://docs.slack.dev/reference/methods/reactions.add>

use serde_json::json;

use super::World;
use crate::slack::{
    error::{Refusal, no},
    model::Reaction,
};

/// The most different emoji on one message.
const EMOJI: usize = 50;
/// The most one person may add to one message.
const OF_ONE: usize = 23;

impl World {
    pub(crate) fn react(&mut self, place: (&str, &str), user: &str, name: &str) -> Result<(), Refusal> {
        self.check_emoji(name)?;
        let message = self.message_mut(place.0, place.1)?;
        let of_user = message.reactions.iter().filter(|r| r.users.iter().any(|who| who == user)).count();
        let distinct = message.reactions.len();
        let author = message.user.clone();
        match message.reactions.iter_mut().find(|reaction| reaction.name == name) {
            Some(reaction) if reaction.users.iter().any(|who| who == user) => return Err(no("already_reacted")),
            _ if of_user >= OF_ONE => return Err(no("too_many_reactions")),
            Some(reaction) => reaction.users.push(user.to_owned()),
            None if distinct >= EMOJI => return Err(no("too_many_emoji")),
            None => message.reactions.push(Reaction { name: name.to_owned(), users: vec![user.to_owned()] }),
        }
        self.tell_reaction("reaction_added", place, (user, name), author);
        Ok(())
    }

    pub(crate) fn unreact(&mut self, place: (&str, &str), user: &str, name: &str) -> Result<(), Refusal> {
        let message = self.message_mut(place.0, place.1)?;
        let author = message.user.clone();
        let reaction = message.reactions.iter_mut().find(|reaction| reaction.name == name);
        let reaction = reaction.filter(|reaction| reaction.users.iter().any(|who| who == user));
        reaction.ok_or_else(|| no("no_reaction"))?.users.retain(|who| who != user);
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        self.tell_reaction("reaction_removed", place, (user, name), author);
        Ok(())
    }

    fn tell_reaction(&mut self, kind: &str, place: (&str, &str), what: (&str, &str), author: Option<String>) {
        let event_ts = self.next_ts();
        let mut body = json!({
            "type": kind,
            "user": what.0,
            "reaction": what.1,
            "item": { "type": "message", "channel": place.0, "ts": place.1 },
            "event_ts": event_ts,
        });
        if let Some(author) = author {
            body["item_user"] = json!(author);
        }
        self.tell_in(place.0, kind, body);
    }

    /// A name Slack could know: its standard set is larger than what is listed here, so every well-formed name of a
    /// plain emoji passes; skin tones only as `::skin-tone-2` to `-6`.
    fn check_emoji(&self, name: &str) -> Result<(), Refusal> {
        let (base, tone) = name.split_once("::").map_or((name, None), |(base, tone)| (base, Some(tone)));
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-+'".contains(c);
        let tone = tone.is_none_or(|tone| {
            matches!(tone, "skin-tone-2" | "skin-tone-3" | "skin-tone-4" | "skin-tone-5" | "skin-tone-6")
        });
        let fine = self.emoji.contains_key(base) || (!base.is_empty() && base.chars().all(letter));
        if fine && tone && base.len() <= 100 && !base.starts_with("unknown_") {
            Ok(())
        } else {
            Err(no("invalid_name"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_emoji_are_not_characters() {
        let world = World::new("Harbour", "bot");
        for (name, fine) in [
            ("+1", true),
            ("wave::skin-tone-3", true),
            ("wave::skin-tone-9", false),
            ("👍", false),
            (":+1:", false),
            ("", false),
            ("unknown_thing", false),
        ] {
            assert_eq!(world.check_emoji(name).is_ok(), fine, "{name}");
        }
    }
}
