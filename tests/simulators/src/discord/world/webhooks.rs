//! Webhooks. <https://discord.com/developers/docs/resources/webhook>

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::World;
use crate::discord::{
    error::{self, Refusal, invalid},
    event::Event,
    intent,
    model::{Webhook, channel_type},
    snowflake::Snowflake,
};

/// The most webhooks of one channel.
const MOST: usize = 15;

impl World {
    /// Makes a webhook.
    pub(crate) fn create_webhook(
        &mut self,
        channel: Snowflake,
        creator: Snowflake,
        name: &str,
        avatar: Option<String>,
    ) -> Result<Webhook, Refusal> {
        check_name("name", name)?;
        let place = self.channel(channel)?;
        if !matches!(place.kind, channel_type::TEXT | channel_type::FORUM) {
            return Err(error::wrong_channel_type());
        }
        let guild = place.guild;
        if self.webhooks.values().filter(|hook| hook.channel == channel).count() >= MOST {
            return Err(error::too_many_webhooks());
        }
        let id = self.next_id();
        let application = (creator == self.app.bot).then_some(self.app.id);
        let token = new_token(id);
        let hook = Webhook { id, channel, guild, creator, application, name: name.to_owned(), avatar, token };
        self.webhooks.insert(id, hook.clone());
        self.announce_webhooks(channel);
        Ok(hook)
    }

    pub(crate) fn webhook(&self, id: Snowflake) -> Result<&Webhook, Refusal> {
        self.webhooks.get(&id).ok_or_else(error::unknown_webhook)
    }

    /// The webhook, if the secret is its own.
    pub(crate) fn webhook_with(&self, id: Snowflake, token: &str) -> Result<&Webhook, Refusal> {
        let hook = self.webhook(id)?;
        if hook.token == token { Ok(hook) } else { Err(error::invalid_webhook_token()) }
    }

    pub(crate) fn change_webhook(
        &mut self,
        id: Snowflake,
        change: impl FnOnce(&mut Webhook),
    ) -> Result<Webhook, Refusal> {
        let mut hook = self.webhook(id)?.clone();
        let was = hook.channel;
        change(&mut hook);
        check_name("name", &hook.name)?;
        self.channel(hook.channel)?;
        self.webhooks.insert(id, hook.clone());
        self.announce_webhooks(was);
        if hook.channel != was {
            self.announce_webhooks(hook.channel);
        }
        Ok(hook)
    }

    pub(crate) fn delete_webhook(&mut self, id: Snowflake) -> Result<(), Refusal> {
        let hook = self.webhooks.remove(&id).ok_or_else(error::unknown_webhook)?;
        self.announce_webhooks(hook.channel);
        Ok(())
    }

    fn announce_webhooks(&mut self, channel: Snowflake) {
        let guild = self.channels.get(&channel).and_then(|c| c.guild);
        let data = json!({ "guild_id": guild, "channel_id": channel });
        self.emit(Event::new("WEBHOOKS_UPDATE", intent::GUILD_WEBHOOKS, data));
    }
}

/// Names of webhooks: 1 to 80 characters, and none that could pass for Discord itself.
pub(crate) fn check_name(field: &str, name: &str) -> Result<(), Refusal> {
    if !(1..=80).contains(&name.chars().count()) {
        return Err(invalid(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length."));
    }
    let lower = name.to_lowercase();
    match ["clyde", "discord"].into_iter().find(|word| lower.contains(word)) {
        Some(word) => Err(invalid(field, "USERNAME_INVALID_CONTAINS", &format!("Username cannot contain \"{word}\""))),
        None => Ok(()),
    }
}

/// 68 characters, as Discord's are; not to be guessed.
fn new_token(id: Snowflake) -> String {
    let random: [u8; 32] = rand::random();
    let mut token = hex::encode(Sha256::digest([random.as_slice(), &id.0.to_be_bytes()].concat()));
    token.push_str("-sim");
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_webhooks_are_checked_as_discord_does() {
        for (name, fine) in [
            ("Alice", true),
            ("", false),
            (&"x".repeat(80), true),
            (&"x".repeat(81), false),
            (&"é".repeat(80), true),
            ("my Discord friend", false),
            ("CLYDE", false),
        ] {
            assert_eq!(check_name("username", name).is_ok(), fine, "{name}");
        }
    }
}
