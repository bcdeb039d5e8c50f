//! What roles and exceptions of channels add up to: who sees a channel, who moderates it. Pure.
//!
//! <https://discord.com/developers/docs/topics/permissions#permission-overwrites>

use appservice_sdk::prelude::Access;
use serenity::model::id::{GuildId, RoleId, UserId};
use serenity::model::permissions::Permissions;

use crate::wire::Overwrite;

/// Pinning, its own permission since February 2026; serenity does not know it.
pub(crate) const PIN_MESSAGES: u64 = 1 << 51;
const VIEW: u64 = Permissions::VIEW_CHANNEL.bits();
const EVERYTHING: u64 = u64::MAX;
/// Who decides what the guild and its channels look like.
const GOVERNS: u64 =
    Permissions::MANAGE_GUILD.bits() | Permissions::MANAGE_CHANNELS.bits() | Permissions::MANAGE_ROLES.bits();
/// Who keeps order.
const MODERATES: u64 = Permissions::MANAGE_MESSAGES.bits()
    | Permissions::KICK_MEMBERS.bits()
    | Permissions::BAN_MEMBERS.bits()
    | Permissions::MODERATE_MEMBERS.bits();

/// Somebody in a guild, as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    pub(crate) guild: GuildId,
    pub(crate) user: Option<UserId>,
    /// Beside `@everyone`.
    pub(crate) roles: &'a [RoleId],
    /// What `@everyone` and the roles give together.
    pub(crate) base: u64,
    /// Whether the guild is theirs.
    pub(crate) owner: bool,
}

impl Who<'_> {
    /// Anybody in the guild, without any role.
    pub(crate) fn anybody(guild: GuildId, everyone: u64) -> Who<'static> {
        Who { guild, user: None, roles: &[], base: everyone, owner: false }
    }
}

/// What somebody may do in a channel: the guild's permissions, then the exceptions for `@everyone`, for roles, for them.
pub(crate) fn in_channel(who: Who<'_>, overwrites: &[Overwrite]) -> u64 {
    if who.owner || who.base & Permissions::ADMINISTRATOR.bits() != 0 {
        return EVERYTHING;
    }
    let is_role = |id: GuildId| who.roles.iter().any(|role| role.get() == id.get());
    let is_user = |id: GuildId| who.user.is_some_and(|user| user.get() == id.get());
    let layers: [&dyn Fn(&Overwrite) -> bool; 3] = [
        &|exception| exception.kind == 0 && exception.id == who.guild,
        &|exception| exception.kind == 0 && is_role(exception.id),
        &|exception| exception.kind == 1 && is_user(exception.id),
    ];
    let mut bits = who.base;
    for applies in layers {
        let chosen = || overwrites.iter().filter(|exception| applies(exception));
        bits &= !chosen().fold(0, |sum, exception| sum | exception.deny);
        bits |= chosen().fold(0, |sum, exception| sum | exception.allow);
    }
    if bits & VIEW == 0 { 0 } else { bits }
}

/// Whether a channel can be seen.
pub(crate) fn sees(bits: u64) -> bool {
    bits & VIEW != 0
}

/// Who may come into the room of a channel: whoever is in the space of the guild, if everybody there sees the channel.
pub(crate) fn access(guild: GuildId, everyone: u64, overwrites: &[Overwrite]) -> Access {
    if sees(in_channel(Who::anybody(guild, everyone), overwrites)) { Access::Container } else { Access::Invited }
}

/// The power level in Matrix that fits what somebody may do in a channel.
pub(crate) fn level(bits: u64) -> i64 {
    match bits {
        _ if bits & Permissions::ADMINISTRATOR.bits() != 0 => 100,
        _ if bits & GOVERNS != 0 => 75,
        _ if bits & MODERATES != 0 => 50,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUILD: GuildId = GuildId::new(1);
    const ROLE: u64 = 5;
    const ANN: u64 = 9;

    fn exception(id: u64, kind: u8, allow: u64, deny: u64) -> Overwrite {
        Overwrite { id: GuildId::new(id), kind, allow, deny }
    }

    fn bits(base: u64, roles: &[u64], overwrites: &[Overwrite]) -> u64 {
        let roles: Vec<RoleId> = roles.iter().copied().map(RoleId::new).collect();
        in_channel(Who { guild: GUILD, user: Some(UserId::new(ANN)), roles: &roles, base, owner: false }, overwrites)
    }

    #[test]
    fn exceptions_are_counted_in_discords_order() {
        let (hidden, shown) = (exception(1, 0, 0, VIEW), exception(ROLE, 0, VIEW, 0));
        let cases = [
            (VIEW, vec![], vec![], true),
            (0, vec![], vec![], false),
            (VIEW, vec![], vec![hidden], false),
            (VIEW, vec![ROLE], vec![hidden, shown], true),
            (VIEW, vec![ROLE], vec![shown, hidden], true),
            (VIEW, vec![], vec![hidden, shown], false),
            (VIEW, vec![ROLE], vec![hidden, shown, exception(ANN, 1, 0, VIEW)], false),
            (VIEW, vec![], vec![hidden, exception(ANN, 1, VIEW, 0)], true),
            (VIEW, vec![], vec![hidden, exception(ANN, 0, VIEW, 0)], false),
            (Permissions::ADMINISTRATOR.bits(), vec![], vec![hidden], true),
        ];
        for (base, roles, overwrites, wanted) in cases {
            assert_eq!(sees(bits(base, &roles, &overwrites)), wanted, "{base} {roles:?} {overwrites:?}");
        }
    }

    #[test]
    fn a_channel_that_not_everybody_sees_is_never_open() {
        let (hidden, shown) = (exception(1, 0, 0, VIEW), exception(ROLE, 0, VIEW, 0));
        assert_eq!(access(GUILD, VIEW, &[]), Access::Container);
        assert_eq!(access(GUILD, VIEW, &[shown]), Access::Container);
        assert_eq!(access(GUILD, VIEW, &[hidden, shown]), Access::Invited);
        assert_eq!(access(GUILD, 0, &[]), Access::Invited);
        assert_eq!(access(GUILD, 0, &[exception(1, 0, VIEW, 0)]), Access::Container);
    }

    #[test]
    fn permissions_become_power() {
        let cases = [
            (EVERYTHING, 100),
            (Permissions::ADMINISTRATOR.bits(), 100),
            (VIEW | Permissions::MANAGE_CHANNELS.bits(), 75),
            (VIEW | Permissions::MANAGE_ROLES.bits() | Permissions::KICK_MEMBERS.bits(), 75),
            (VIEW | Permissions::BAN_MEMBERS.bits(), 50),
            (VIEW | Permissions::MODERATE_MEMBERS.bits(), 50),
            (VIEW | Permissions::SEND_MESSAGES.bits(), 0),
            (0, 0),
        ];
        for (bits, wanted) in cases {
            assert_eq!(level(bits), wanted, "{bits}");
        }
    }
}
