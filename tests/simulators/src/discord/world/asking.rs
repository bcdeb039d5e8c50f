//! Commands that people give to the bot. <https://discord.com/developers/docs/interactions/receiving-and-responding>

use serde_json::{Value, json};

use super::World;
use crate::discord::{error::Refusal, event::Event, permission, shape, snowflake::Snowflake};

/// So many questions are remembered.
const REMEMBERED: usize = 1000;

/// A command somebody gave, and what they were answered.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) id: Snowflake,
    pub(crate) token: String,
    pub(crate) acknowledged: bool,
    /// Whether only the asker sees the answer.
    pub(crate) hidden: bool,
    pub(crate) answer: Option<String>,
}

impl World {
    /// Somebody gives a command in a channel: INTERACTION_CREATE, which takes no intent.
    pub(crate) fn ask(&mut self, channel: Snowflake, user: Snowflake, data: &Value) -> Result<Snowflake, Refusal> {
        let place = self.channel(channel)?.clone();
        let id = self.next_id();
        let token = format!("interaction-token-{id}");
        let mut event = json!({
            "id": id, "application_id": self.app.id, "type": 2, "token": token, "version": 1, "data": data,
            "channel_id": channel, "channel": shape::channel::channel(self, &place), "locale": "en-US",
            "app_permissions": permission::in_channel(self, self.app.bot, &place).to_string(), "entitlements": [],
            "context": 0,
        });
        if let Some(guild) = place.guild {
            let mut member = shape::guild::member(self, guild, user);
            member["permissions"] = json!(permission::in_channel(self, user, &place).to_string());
            event["guild_id"] = json!(guild);
            event["member"] = member;
        } else {
            event["user"] = shape::user::user(self, user);
        }
        if self.asked.len() >= REMEMBERED {
            self.asked.remove(0);
        }
        self.asked.push(Asked { id, token, acknowledged: false, hidden: false, answer: None });
        self.emit(Event::new("INTERACTION_CREATE", 0, event));
        Ok(id)
    }
}
