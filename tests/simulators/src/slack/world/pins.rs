//! Pins. <https://docs.slack.dev/reference/methods/pins.add>

use serde_json::{Map, json};

use super::World;
use crate::slack::{
    error::{Refusal, no},
    shape::{self, View},
};

/// The most pins of a channel.
const MOST: usize = 100;

impl World {
    pub(crate) fn pin(&mut self, place: (&str, &str), user: &str) -> Result<(), Refusal> {
        self.message(place.0, place.1)?;
        let now = self.clock.seconds();
        let channel = self.channel_mut(place.0)?;
        if channel.pins.iter().any(|(ts, ..)| ts == place.1) {
            return Err(no("already_pinned"));
        }
        if channel.pins.len() >= MOST {
            return Err(no("too_many_pins"));
        }
        channel.pins.insert(0, (place.1.to_owned(), user.to_owned(), now));
        self.tell_pin("pin_added", place, user)?;
        let mut extra = Map::new();
        extra.insert("item_type".to_owned(), json!("C"));
        extra.insert("item".to_owned(), json!({ "type": "C" }));
        self.note(place.0, user, "pinned_item", "pinned a message to this channel.", extra)?;
        Ok(())
    }

    pub(crate) fn unpin(&mut self, place: (&str, &str), user: &str) -> Result<(), Refusal> {
        let channel = self.channel_mut(place.0)?;
        let before = channel.pins.len();
        channel.pins.retain(|(ts, ..)| ts != place.1);
        if channel.pins.len() == before {
            return Err(no("no_pin"));
        }
        self.tell_pin("pin_removed", place, user)
    }

    fn tell_pin(&mut self, kind: &str, place: (&str, &str), user: &str) -> Result<(), Refusal> {
        let event_ts = self.next_ts();
        let now = self.clock.seconds();
        let item = json!({
            "type": "message",
            "channel": place.0,
            "message": shape::message(self, self.message(place.0, place.1)?, View::Event),
            "created": now,
            "created_by": user,
        });
        let count = self.channel(place.0)?.pins.len();
        let body = json!({
            "type": kind,
            "user": user,
            "channel_id": place.0,
            "item": item,
            "item_user": self.message(place.0, place.1)?.user,
            "pin_count": count,
            "has_pins": count > 0,
            "event_ts": event_ts,
        });
        self.tell_in(place.0, kind, body);
        Ok(())
    }
}
