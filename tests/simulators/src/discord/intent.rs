//! Gateway intents: which events a bot asked for. <https://discord.com/developers/docs/events/gateway#gateway-intents>

macro_rules! bits {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => { $($(#[$doc])* pub const $name: u64 = 1 << $bit;)* };
}

bits! {
    /// Guilds, roles, channels, threads, pins.
    GUILDS = 0;
    /// People coming, going and changing; privileged.
    GUILD_MEMBERS = 1;
    /// Bans.
    GUILD_MODERATION = 2;
    /// Emoji and stickers.
    GUILD_EXPRESSIONS = 3;
    /// Webhooks made, changed or deleted.
    GUILD_WEBHOOKS = 5;
    /// Who is online; privileged.
    GUILD_PRESENCES = 8;
    /// Messages in guilds.
    GUILD_MESSAGES = 9;
    /// Reactions in guilds.
    GUILD_MESSAGE_REACTIONS = 10;
    /// Typing in guilds.
    GUILD_MESSAGE_TYPING = 11;
    /// Direct messages.
    DIRECT_MESSAGES = 12;
    /// Reactions in direct messages.
    DIRECT_MESSAGE_REACTIONS = 13;
    /// Typing in direct messages.
    DIRECT_MESSAGE_TYPING = 14;
    /// Text, embeds and files of other people's messages; privileged.
    MESSAGE_CONTENT = 15;
    /// Votes in guilds.
    GUILD_MESSAGE_POLLS = 24;
    /// Votes in direct messages.
    DIRECT_MESSAGE_POLLS = 25;
}

/// The intents a bot only gets when the portal's switches are on.
pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;

/// Every bit that means something, the ones not simulated (voice …) included.
pub(crate) const KNOWN: u64 = 0x1_FFFF | 0x30_0000 | 0x300_0000;
