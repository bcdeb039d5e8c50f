//! Discord's ids in the SDK's words, and the time that is in each of them.
//!
//! A chat is a channel; what happens in a thread happens in the channel above it, under the thread's id as root. A guild
//! is the chat `guild:ID` (a guild's first channel once had the guild's own id). Since ids hold their time, a later
//! message has a greater id, whichever channel or thread it stands in.
//! <https://discord.com/developers/docs/reference#snowflakes>

use std::num::NonZeroU64;

use appservice_sdk::prelude::{ChatId, MessageId as SdkMessageId, RemoteUserId, Timestamp};
use serenity::model::id::{ChannelId, GuildId, MessageId, UserId};

/// The first millisecond of 2015, at which Discord's ids begin.
const EPOCH: i64 = 1_420_070_400_000;
const GUILD: &str = "guild:";

/// The channel of a chat; `None` for a guild or nonsense.
pub(crate) fn channel(chat: &ChatId) -> Option<ChannelId> {
    number(chat.as_str()).map(ChannelId::from)
}

/// The guild of a chat that stands for one.
pub(crate) fn guild(chat: &ChatId) -> Option<GuildId> {
    number(chat.as_str().strip_prefix(GUILD)?).map(GuildId::from)
}

pub(crate) fn chat(channel: ChannelId) -> ChatId {
    ChatId::new(channel.to_string())
}

pub(crate) fn guild_chat(guild: GuildId) -> ChatId {
    ChatId::new(format!("{GUILD}{guild}"))
}

pub(crate) fn message(id: &SdkMessageId) -> Option<MessageId> {
    number(id.as_str()).map(MessageId::from)
}

pub(crate) fn told(id: MessageId) -> SdkMessageId {
    SdkMessageId::new(id.to_string())
}

/// The root of a thread: the message it hangs on has the thread's id.
pub(crate) fn root(thread: ChannelId) -> SdkMessageId {
    SdkMessageId::new(thread.to_string())
}

pub(crate) fn user(id: &RemoteUserId) -> Option<UserId> {
    number(id.as_str()).map(UserId::from)
}

/// When something with this id was made.
pub(crate) fn time(id: u64) -> Timestamp {
    Timestamp(i64::try_from(id >> 22).unwrap_or(i64::MAX).saturating_add(EPOCH))
}

/// The least id something made at this time can have.
pub(crate) fn first_at(at: Timestamp) -> u64 {
    let since = at.0.saturating_sub(EPOCH).clamp(0, (1 << 41) - 1);
    u64::try_from(since).unwrap_or_default() << 22
}

fn number(id: &str) -> Option<NonZeroU64> {
    id.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_and_a_guild_of_the_same_number_are_two_chats() {
        let (one, other) = (chat(ChannelId::new(7)), guild_chat(GuildId::new(7)));
        assert_eq!((channel(&one), guild(&one)), (Some(ChannelId::new(7)), None));
        assert_eq!((channel(&other), guild(&other)), (None, Some(GuildId::new(7))));
        for nonsense in ["", "0", "x", "guild:", "-1"] {
            assert_eq!(channel(&ChatId::new(nonsense)), None, "{nonsense}");
        }
    }

    #[test]
    fn ids_hold_their_time() {
        // The example of Discord's documentation.
        assert_eq!(time(175_928_847_299_117_063), Timestamp(1_462_015_105_796));
        assert_eq!(time(first_at(Timestamp(1_462_015_105_796))), Timestamp(1_462_015_105_796));
        assert_eq!(first_at(Timestamp(0)), 0);
        assert!(first_at(Timestamp(i64::MAX)) > 0);
    }
}
