//! Pinning messages. <https://discord.com/developers/docs/resources/message#pin-message>

use serde_json::json;

use super::{Draft, World, messages::with_guild};
use crate::discord::{
    clock::iso8601,
    error::{self, Refusal},
    event::Event,
    model::{Author, Reference, message_type},
    snowflake::Snowflake,
};

/// The most pins of one channel.
const MOST: usize = 50;

impl World {
    /// Pins or unpins; a pin is followed by the system's message about it.
    pub(crate) fn pin(&mut self, channel: Snowflake, id: Snowflake, by: Option<Snowflake>) -> Result<(), Refusal> {
        let now = self.clock.now();
        let pins = self.messages.get(&channel).map_or(0, |all| all.values().filter(|m| m.pinned.is_some()).count());
        let was = self.message(channel, id)?.pinned.is_some();
        if was == by.is_some() {
            return Ok(());
        }
        if by.is_some() && pins >= MOST {
            return Err(error::too_many_pins());
        }
        self.touch(channel, id, |message| message.pinned = by.map(|_| now))?;
        let place = self.channel_mut(channel)?;
        if by.is_some() {
            place.last_pin = Some(now);
        }
        let (guild, last) = (place.guild, place.last_pin);
        let mut data = json!({ "channel_id": channel, "last_pin_timestamp": last.map(iso8601) });
        with_guild(&mut data, guild);
        self.emit(Event::guilds("CHANNEL_PINS_UPDATE", data).seen_in(channel));
        if let Some(user) = by {
            let reference = Some(Reference { message: id, channel });
            self.post(Draft { kind: message_type::PINNED, reference, ..Draft::text(channel, Author::User(user), "") })?;
        }
        Ok(())
    }
}
