//! Ids of the other side, kept apart by type: opaque strings that only the network understands.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the network's own id.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The network's own id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A chat (channel, group, direct conversation) on the network.
    ChatId
);
id!(
    /// A person or bot on the network.
    RemoteUserId
);
id!(
    /// A message on the network, unique within its chat.
    MessageId
);
id!(
    /// Identifies one send for ever: the same for every retry, on every start. 32 characters of `[0-9a-f]`.
    SendKey
);

/// Milliseconds since 1970, as the network or the homeserver told them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// A moment in whole seconds since 1970.
    #[must_use]
    pub fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}
