//! Threads: a parent and the replies that name it. <https://docs.slack.dev/messaging#threading>

use super::World;
use crate::slack::{
    error::{Refusal, no},
    model::Message,
};

impl World {
    /// The parent of the thread that a reply to `ts` lands in.
    pub(crate) fn root_of(&self, channel: &str, ts: &str) -> Result<String, Refusal> {
        let message = self.message(channel, ts).map_err(|_| no("thread_not_found"))?;
        if message.subtype.as_deref().is_some_and(|subtype| subtype.ends_with("_join") || subtype.ends_with("_leave")) {
            return Err(no("cannot_reply_to_message"));
        }
        Ok(message.thread.clone().unwrap_or_else(|| ts.to_owned()))
    }

    /// The replies of a thread, oldest first.
    pub(crate) fn replies<'a>(&'a self, channel: &str, root: &str) -> impl DoubleEndedIterator<Item = &'a Message> {
        let all = self.messages.get(channel);
        let parent = all.and_then(|all| all.get(root));
        let replies = parent.into_iter().flat_map(|parent| &parent.replies);
        replies.filter_map(move |ts| all.and_then(|all| all.get(ts)))
    }
}
