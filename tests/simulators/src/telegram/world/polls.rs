//! Polls: votes and their ends. <https://core.telegram.org/bots/api#pollanswer>

use serde_json::json;

use super::World;
use crate::telegram::{
    error::{Refusal, bad},
    shape,
};

impl World {
    /// Somebody votes, changes their vote, or takes it back with no answers.
    pub(crate) fn vote(&mut self, chat: i64, message: i32, user: i64, answers: &[usize]) -> Result<(), Refusal> {
        let id = self.poll_id(chat, message)?;
        let poll = self.polls.get_mut(&id).ok_or_else(|| bad("poll not found"))?;
        if poll.is_closed {
            return Err(bad("poll has already been closed"));
        }
        if answers.iter().any(|answer| *answer >= poll.options.len()) || (answers.len() > 1 && !poll.multiple) {
            return Err(bad("OPTION_INVALID"));
        }
        for (at, option) in poll.options.iter_mut().enumerate() {
            if answers.contains(&at) {
                option.voters.insert(user)
            } else {
                option.voters.remove(&user)
            };
        }
        let (told, named) = (poll.by_bot, poll.by_bot && !poll.is_anonymous);
        let body = shape::message::poll(poll);
        let names: Vec<String> = answers.iter().map(|at| shape::message::persistent(poll, *at)).collect();
        let voter = shape::user::user(self.user(user)?);
        if told {
            self.tell("poll", body);
        }
        if named {
            self.tell(
                "poll_answer",
                json!({"poll_id": id, "user": voter, "option_ids": answers, "option_persistent_ids": names}),
            );
        }
        Ok(())
    }

    /// Ends a poll. The bot hears of polls it sent, and of others that were stopped in its sight.
    pub(crate) fn close_poll(&mut self, chat: i64, message: i32, by: i64) -> Result<(), Refusal> {
        let id = self.poll_id(chat, message)?;
        let heard = self.message(chat, message).is_some_and(|message| self.bot_hears(message));
        let poll = self.polls.get_mut(&id).ok_or_else(|| bad("poll not found"))?;
        if std::mem::replace(&mut poll.is_closed, true) {
            return Err(bad("poll has already been closed"));
        }
        let body = shape::message::poll(poll);
        if by != self.bot && (heard || poll.by_bot) {
            self.tell("poll", body);
        }
        Ok(())
    }

    fn poll_id(&self, chat: i64, message: i32) -> Result<String, Refusal> {
        let message = self.message(chat, message).ok_or_else(|| bad("message with poll to stop not found"))?;
        message.poll.clone().ok_or_else(|| bad("message is not a poll"))
    }
}
