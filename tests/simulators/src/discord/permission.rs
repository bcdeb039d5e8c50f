//! Permission bits and how roles and channel overwrites add up.
//! <https://discord.com/developers/docs/topics/permissions>

use super::{model::Channel, snowflake::Snowflake, world::World};

macro_rules! bits {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => { $($(#[$doc])* pub const $name: u64 = 1 << $bit;)* };
}

bits! {
    /// Invite people.
    CREATE_INSTANT_INVITE = 0;
    /// Remove people from the guild.
    KICK_MEMBERS = 1;
    /// Remove people from the guild for good.
    BAN_MEMBERS = 2;
    /// Everything.
    ADMINISTRATOR = 3;
    /// Change, make and delete channels.
    MANAGE_CHANNELS = 4;
    /// Add an emoji nobody used on the message yet.
    ADD_REACTIONS = 6;
    /// See the channel at all.
    VIEW_CHANNEL = 10;
    /// Speak in it.
    SEND_MESSAGES = 11;
    /// Delete other people's messages, remove their reactions.
    MANAGE_MESSAGES = 13;
    /// Links of one's messages get previews.
    EMBED_LINKS = 14;
    /// Send files.
    ATTACH_FILES = 15;
    /// Read what was said before.
    READ_MESSAGE_HISTORY = 16;
    /// Notify @everyone, @here and every role.
    MENTION_EVERYONE = 17;
    /// Use emoji of other guilds.
    USE_EXTERNAL_EMOJIS = 18;
    /// Change one's own nick.
    CHANGE_NICKNAME = 26;
    /// Change other people's nicks.
    MANAGE_NICKNAMES = 27;
    /// Change roles and overwrites.
    MANAGE_ROLES = 28;
    /// Make, read, change and delete webhooks.
    MANAGE_WEBHOOKS = 29;
    /// Change emoji.
    MANAGE_GUILD_EXPRESSIONS = 30;
    /// Archive, lock and delete threads.
    MANAGE_THREADS = 34;
    /// Open public threads.
    CREATE_PUBLIC_THREADS = 35;
    /// Open private threads.
    CREATE_PRIVATE_THREADS = 36;
    /// Speak in threads.
    SEND_MESSAGES_IN_THREADS = 38;
    /// Ask polls.
    SEND_POLLS = 49;
    /// Pin and unpin; its own permission since February 2026.
    PIN_MESSAGES = 51;
}

/// What @everyone may do in a new guild.
pub const EVERYONE: u64 = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_EXTERNAL_EMOJIS
    | CHANGE_NICKNAME
    | CREATE_PUBLIC_THREADS
    | SEND_POLLS
    | SEND_MESSAGES_IN_THREADS;

/// What a bridge's invitation asks for: all it needs, without ADMINISTRATOR.
pub const BRIDGE: u64 = EVERYONE
    | KICK_MEMBERS
    | BAN_MEMBERS
    | MANAGE_CHANNELS
    | MANAGE_MESSAGES
    | MENTION_EVERYONE
    | MANAGE_WEBHOOKS
    | MANAGE_GUILD_EXPRESSIONS
    | MANAGE_THREADS
    | CREATE_PRIVATE_THREADS
    | PIN_MESSAGES;

const ALL: u64 = u64::MAX;

/// What `user` may do in `channel`: guild roles, then the overwrites of @everyone, of the roles, of the member.
pub(crate) fn in_channel(world: &World, user: Snowflake, channel: &Channel) -> u64 {
    let Some(guild_id) = channel.guild else {
        return if channel.recipients.contains(&user) || user == world.app.bot { ALL } else { 0 };
    };
    let base = in_guild(world, user, guild_id);
    if base == ALL || base == 0 {
        return base;
    }
    let holder = if channel.is_thread() { channel.parent.and_then(|id| world.channels.get(&id)) } else { None };
    let overwrites = &holder.unwrap_or(channel).overwrites;
    let roles = world.member(guild_id, user).map(|member| member.roles.as_slice()).unwrap_or_default();
    let mut bits = base;
    let layers: [&dyn Fn(Snowflake, bool) -> bool; 3] =
        [&|id, member| !member && id == guild_id, &|id, member| !member && roles.contains(&id), &|id, member| {
            member && id == user
        }];
    for applies in layers {
        let chosen = || overwrites.iter().filter(|o| applies(o.id, o.member));
        bits &= !chosen().fold(0, |sum, o| sum | o.deny);
        bits |= chosen().fold(0, |sum, o| sum | o.allow);
    }
    if bits & VIEW_CHANNEL == 0 { 0 } else { bits }
}

/// What `user` may do in the guild as a whole; nothing for strangers.
pub(crate) fn in_guild(world: &World, user: Snowflake, guild: Snowflake) -> u64 {
    let (Some(guild), Some(member)) = (world.guilds.get(&guild), world.member(guild, user)) else { return 0 };
    let held = guild.roles.iter().filter(|role| role.id == guild.id || member.roles.contains(&role.id));
    let bits = held.fold(0, |sum, role| sum | role.permissions);
    if guild.owner == user || bits & ADMINISTRATOR != 0 { ALL } else { bits }
}
