//! Reactions. <https://discord.com/developers/docs/resources/message#create-reaction>

use serde_json::{Value, json};

use super::{World, messages::with_guild};
use crate::discord::{
    error::{self, Refusal},
    event::Event,
    intent,
    model::{Author, Reaction},
    permission, shape,
    snowflake::Snowflake,
};

/// The most distinct emoji under one message.
const MOST: usize = 20;

/// An emoji as it is written in an address: `👍`, or `name:id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EmojiKey {
    pub(crate) id: Option<Snowflake>,
    pub(crate) name: String,
}

impl EmojiKey {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        if let Some((name, id)) = text.trim_start_matches("a:").rsplit_once(':') {
            let id = id.parse().map_err(|_| error::unknown_emoji())?;
            return Ok(Self { id: Some(id), name: name.to_owned() });
        }
        // Digits, # and * are emoji only with the keycap behind them, which is not ASCII.
        if text.is_empty() || text.is_ascii() {
            return Err(error::unknown_emoji());
        }
        Ok(Self { id: None, name: text.to_owned() })
    }

    fn is(&self, reaction: &Reaction) -> bool {
        match self.id {
            Some(id) => reaction.emoji_id == Some(id),
            None => reaction.emoji_id.is_none() && reaction.emoji == self.name,
        }
    }
}

impl World {
    /// Puts a reaction; doing so twice changes nothing.
    pub(crate) fn react(
        &mut self,
        place: (Snowflake, Snowflake),
        user: Snowflake,
        key: &EmojiKey,
    ) -> Result<(), Refusal> {
        let (channel, message) = place;
        let animated = self.find_emoji(key)?;
        let may_add = self.allow(user, channel, permission::ADD_REACTIONS).is_ok();
        let stored = self.message_mut(channel, message)?;
        let full = stored.reactions.len() >= MOST;
        match stored.reactions.iter_mut().find(|reaction| key.is(reaction)) {
            Some(reaction) if reaction.users.contains(&user) => return Ok(()),
            Some(reaction) => reaction.users.push(user),
            None if !may_add => return Err(error::missing_permissions()),
            None if full => return Err(error::too_many_reactions()),
            None => stored.reactions.push(Reaction {
                emoji_id: key.id,
                emoji: key.name.clone(),
                animated,
                users: vec![user],
            }),
        }
        self.announce_reaction("MESSAGE_REACTION_ADD", place, Some(user), Some(key));
        Ok(())
    }

    /// Takes back one person's reaction.
    pub(crate) fn unreact(
        &mut self,
        place: (Snowflake, Snowflake),
        user: Snowflake,
        key: &EmojiKey,
    ) -> Result<(), Refusal> {
        let message = self.message_mut(place.0, place.1)?;
        let reaction = message.reactions.iter_mut().find(|r| key.is(r)).ok_or_else(error::unknown_emoji)?;
        let before = reaction.users.len();
        reaction.users.retain(|id| *id != user);
        let removed = reaction.users.len() < before;
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        if removed {
            self.announce_reaction("MESSAGE_REACTION_REMOVE", place, Some(user), Some(key));
        }
        Ok(())
    }

    /// Removes every reaction, or every reaction of one emoji.
    pub(crate) fn clear_reactions(
        &mut self,
        place: (Snowflake, Snowflake),
        key: Option<&EmojiKey>,
    ) -> Result<(), Refusal> {
        let message = self.message_mut(place.0, place.1)?;
        message.reactions.retain(|reaction| key.is_some_and(|key| !key.is(reaction)));
        let name = if key.is_some() { "MESSAGE_REACTION_REMOVE_EMOJI" } else { "MESSAGE_REACTION_REMOVE_ALL" };
        self.announce_reaction(name, place, None, key);
        Ok(())
    }

    /// Who reacted with this emoji.
    pub(crate) fn reactors(&self, place: (Snowflake, Snowflake), key: &EmojiKey) -> Result<Vec<Snowflake>, Refusal> {
        let message = self.message(place.0, place.1)?;
        Ok(message.reactions.iter().find(|r| key.is(r)).map(|r| r.users.clone()).unwrap_or_default())
    }

    /// Whether the custom emoji moves; an emoji of no guild here is unknown.
    fn find_emoji(&self, key: &EmojiKey) -> Result<bool, Refusal> {
        let Some(id) = key.id else { return Ok(false) };
        let found = self.guilds.values().flat_map(|guild| &guild.emojis).find(|emoji| emoji.id == id);
        found.map(|emoji| emoji.animated).ok_or_else(error::unknown_emoji)
    }

    fn announce_reaction(
        &mut self,
        name: &'static str,
        (channel, message): (Snowflake, Snowflake),
        user: Option<Snowflake>,
        key: Option<&EmojiKey>,
    ) {
        let guild = self.channels.get(&channel).and_then(|c| c.guild);
        let mut data = json!({ "channel_id": channel, "message_id": message });
        with_guild(&mut data, guild);
        if let Some(key) = key {
            data["emoji"] = self.emoji(key);
        }
        if let Some(user) = user {
            data["user_id"] = json!(user);
            data["burst"] = Value::Bool(false);
            data["type"] = json!(0);
        }
        if name == "MESSAGE_REACTION_ADD" {
            if let (Some(guild), Some(user)) = (guild, user) {
                data["member"] = shape::guild::member(self, guild, user);
            }
            if let Ok(Author::User(author)) = self.message(channel, message).map(|m| &m.author) {
                data["message_author_id"] = json!(author);
            }
        }
        let intents = if guild.is_some() { intent::GUILD_MESSAGE_REACTIONS } else { intent::DIRECT_MESSAGE_REACTIONS };
        self.emit(Event::new(name, intents, data).seen_in(channel));
    }

    fn emoji(&self, key: &EmojiKey) -> Value {
        let animated = self.find_emoji(key).unwrap_or(false);
        match key.id {
            Some(id) => json!({ "id": id, "name": key.name, "animated": animated }),
            None => json!({ "id": null, "name": key.name }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_in_an_address_is_characters_or_name_and_id() {
        for (text, id, name) in
            [("👍", None, "👍"), ("1️⃣", None, "1️⃣"), ("blob:7", Some(7), "blob"), ("a:spin:8", Some(8), "spin")]
        {
            let key = EmojiKey::parse(text).unwrap();
            assert_eq!((key.id, key.name.as_str()), (id.map(Snowflake), name));
        }
        for text in ["", "x", "thumbsup", "blob:x"] {
            assert_eq!(EmojiKey::parse(text).unwrap_err().code, 10014, "{text}");
        }
    }
}
