//! Polls: asked, voted in, ended. <https://discord.com/developers/docs/resources/poll>

use serde_json::{Value, json};

use super::{World, messages::with_guild};
use crate::discord::{
    clock::iso8601,
    error::{self, Refusal, invalid},
    event::Event,
    intent,
    model::{Author, Reference, message_type},
    snowflake::Snowflake,
    world::Draft,
};

/// Who chose what, in the order of the votes: answer and person.
pub(crate) type Votes = Vec<(u64, Snowflake)>;

impl World {
    /// A poll as messages show it, of one as it is asked for.
    pub(crate) fn poll(&self, asked: &Value) -> Result<Value, Refusal> {
        let text = |value: &Value, most: usize, field: &str| {
            let text = value.as_str().unwrap_or_default();
            let fits = !text.is_empty() && text.chars().count() <= most;
            let message = format!("Must be between 1 and {most} in length.");
            if fits { Ok(text.to_owned()) } else { Err(invalid(field, "BASE_TYPE_BAD_LENGTH", &message)) }
        };
        let question = text(&asked["question"]["text"], 300, "poll.question.text")?;
        let given = asked["answers"].as_array().map(Vec::as_slice).unwrap_or_default();
        if given.is_empty() || given.len() > 10 {
            return Err(invalid("poll.answers", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length."));
        }
        let mut answers = Vec::new();
        for (number, answer) in given.iter().enumerate() {
            let text = text(&answer["poll_media"]["text"], 55, &format!("poll.answers.{number}.poll_media.text"))?;
            answers.push(json!({ "answer_id": number + 1, "poll_media": { "text": text } }));
        }
        let hours = asked["duration"].as_u64().unwrap_or(24);
        if !(1..=768).contains(&hours) {
            return Err(invalid("poll.duration", "NUMBER_TYPE_MAX", "int value should be less than or equal to 768."));
        }
        Ok(json!({
            "question": { "text": question },
            "answers": answers,
            "expiry": iso8601(self.clock.now() + hours * 3_600_000),
            "allow_multiselect": asked["allow_multiselect"] == true,
            "layout_type": 1,
            "results": { "is_finalized": false, "answer_counts": [] },
        }))
    }

    /// Somebody chooses an answer, or takes it back. Bots have no votes.
    pub(crate) fn vote(
        &mut self,
        (channel, message): (Snowflake, Snowflake),
        user: Snowflake,
        answer: u64,
        on: bool,
    ) -> Result<(), Refusal> {
        let poll = self.message(channel, message)?.extra.get("poll").cloned().ok_or_else(error::unknown_message)?;
        if poll["results"]["is_finalized"] == true {
            return Err(error::poll_expired());
        }
        let votes = self.votes.entry(message).or_default();
        let chosen = votes.contains(&(answer, user));
        if chosen == on {
            return Ok(());
        }
        let single = poll["allow_multiselect"] != true;
        let before: Vec<u64> = votes.iter().filter(|(_, who)| *who == user).map(|(answer, _)| *answer).collect();
        let removed: Vec<u64> = match on {
            true if single => before,
            true => vec![],
            false => vec![answer],
        };
        votes.retain(|(answer, who)| *who != user || !removed.contains(answer));
        if on {
            votes.push((answer, user));
        }
        for gone in removed {
            self.announce_vote("MESSAGE_POLL_VOTE_REMOVE", (channel, message), user, gone);
        }
        if on {
            self.announce_vote("MESSAGE_POLL_VOTE_ADD", (channel, message), user, answer);
        }
        Ok(())
    }

    fn announce_vote(
        &mut self,
        name: &'static str,
        (channel, message): (Snowflake, Snowflake),
        user: Snowflake,
        answer: u64,
    ) {
        let guild = self.channels.get(&channel).and_then(|channel| channel.guild);
        let mut data = json!({ "user_id": user, "channel_id": channel, "message_id": message, "answer_id": answer });
        with_guild(&mut data, guild);
        let intents = if guild.is_some() { intent::GUILD_MESSAGE_POLLS } else { intent::DIRECT_MESSAGE_POLLS };
        self.emit(Event::new(name, intents, data).seen_in(channel));
    }

    /// Ends a poll: its message says so, then a line below it does.
    pub(crate) fn end_poll(&mut self, channel: Snowflake, message: Snowflake) -> Result<(), Refusal> {
        let author = self.message(channel, message)?.author.clone();
        let counts: Vec<(u64, usize)> = (1..=10)
            .map(|answer| {
                (answer, self.votes.get(&message).map_or(0, |all| all.iter().filter(|v| v.0 == answer).count()))
            })
            .collect();
        self.touch(channel, message, |message| {
            if let Some(poll) = message.extra.get_mut("poll") {
                let counted = counts.iter().filter(|(_, count)| *count > 0);
                let counted: Vec<Value> =
                    counted.map(|(id, count)| json!({ "id": id, "count": count, "me_voted": false })).collect();
                poll["results"] = json!({ "is_finalized": true, "answer_counts": counted });
            }
        })?;
        let reference = Some(Reference { message, channel });
        let kind = message_type::POLL_RESULT;
        let embed =
            json!({ "type": "poll_result", "fields": [{ "name": "total_votes", "value": "0", "inline": false }] });
        self.post(Draft { kind, reference, embeds: vec![embed], ..Draft::text(channel, author, "") })?;
        Ok(())
    }

    /// Whoever chose an answer, by id, after one.
    pub(crate) fn voters(&self, message: Snowflake, answer: u64, after: Snowflake) -> Vec<Snowflake> {
        let votes = self.votes.get(&message).map(Vec::as_slice).unwrap_or_default();
        let mut users: Vec<Snowflake> =
            votes.iter().filter(|(chosen, user)| *chosen == answer && *user > after).map(|(_, user)| *user).collect();
        users.sort_unstable();
        users
    }

    /// Whether a message of this author can be ended by the bot: only its own can.
    pub(crate) fn is_own_poll(&self, channel: Snowflake, message: Snowflake) -> Result<bool, Refusal> {
        Ok(self.message(channel, message)?.author == Author::User(self.app.bot))
    }
}
