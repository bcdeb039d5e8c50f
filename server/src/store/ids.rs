//! The integers the database uses in place of long strings.

use sea_orm::DeriveValueType;

/// A place in the one stream of everything that happens, in commit order. Sync tokens, delivery and push count in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Pos(pub i64);

/// An event type, a state key or a user id, each stored once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Atom(pub i64);

/// A room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct RoomNid(pub i64);

/// A device (or login) of a user; 0 stands for «no device», as with an application service that asserts none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct DeviceNid(pub i64);

impl DeviceNid {
    /// No device.
    pub const NONE: Self = Self(0);
}

/// What a user is to a room, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Membership(pub i16);

impl Membership {
    /// In the room.
    pub const JOIN: Self = Self(1);
    /// Asked in.
    pub const INVITE: Self = Self(2);
    /// Gone, or never there.
    pub const LEAVE: Self = Self(3);
    /// Kept out.
    pub const BAN: Self = Self(4);
    /// Asks to be let in.
    pub const KNOCK: Self = Self(5);

    /// From the `membership` of an `m.room.member` event; anything unknown counts as gone.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "join" => Self::JOIN,
            "invite" => Self::INVITE,
            "ban" => Self::BAN,
            "knock" => Self::KNOCK,
            _ => Self::LEAVE,
        }
    }

    /// As it stands in an event.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JOIN => "join",
            Self::INVITE => "invite",
            Self::BAN => "ban",
            Self::KNOCK => "knock",
            _ => "leave",
        }
    }
}
