//! What ghosts and aliases are called: `@discord_123:server` for the person 123 of Discord, and back.

/// The naming scheme of one bridge on one homeserver.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// `discord_`
    pub(crate) prefix: String,
    pub(crate) server_name: String,
    /// `@discordbot:server`
    pub(crate) bot: String,
    /// Whether the network writes its ids in capitals.
    pub(crate) capitals: bool,
}

/// Keeps `a-z 0-9 . _ -` and writes every other byte as `=` and two hexadecimal digits, which is reversible and allowed
/// in user ids: <https://spec.matrix.org/v1.19/appendices/#mapping-from-other-character-sets>. Where a network writes its
/// ids in `capitals`, small and capital letters change places, so that theirs are the ones that stay readable.
fn escape(id: &str, capitals: bool) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        match if capitals { swapped(byte) } else { byte } {
            byte @ (b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-') => out.push(char::from(byte)),
            _ => out.push_str(&format!("={byte:02x}")),
        }
    }
    out
}

fn unescape(id: &str, capitals: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(if capitals { swapped(byte) } else { byte });
        }
    }
    String::from_utf8(bytes).ok()
}

fn swapped(byte: u8) -> u8 {
    if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte }
}

impl Names {
    /// The ghost of a remote user.
    pub(crate) fn ghost(&self, remote: &str) -> String {
        format!("@{}{}:{}", self.prefix, escape(remote, self.capitals), self.server_name)
    }

    /// The remote user behind a ghost.
    pub(crate) fn remote(&self, user_id: &str) -> Option<String> {
        let local = user_id.strip_prefix('@')?.strip_suffix(&self.server_name)?.strip_suffix(':')?;
        unescape(local.strip_prefix(&self.prefix)?, self.capitals)
    }

    /// Local part of the alias of a chat's room.
    pub(crate) fn alias(&self, chat: &str) -> String {
        format!("{}{}", self.prefix, escape(chat, self.capitals))
    }

    /// The chat behind an alias that the bridge gave.
    pub(crate) fn chat_of_alias(&self, alias: &str) -> Option<String> {
        let local = alias.strip_prefix('#')?.strip_suffix(&self.server_name)?.strip_suffix(':')?;
        unescape(local.strip_prefix(&self.prefix)?, self.capitals)
    }

    /// Whether this user is the bridge itself: its bot or a ghost.
    pub(crate) fn is_ours(&self, user_id: &str) -> bool {
        user_id == self.bot || self.remote(user_id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ghost_names_go_there_and_back() {
        let names = Names {
            prefix: "net_".into(),
            server_name: "s.org:8448".into(),
            bot: "@netbot:s.org:8448".into(),
            capitals: false,
        };
        let cases = [
            ("123", "@net_123:s.org:8448"),
            ("a_b.c-d", "@net_a_b.c-d:s.org:8448"),
            ("U0 Ä=", "@net_=550=20=c3=84=3d:s.org:8448"),
        ];
        for (remote, ghost) in cases {
            assert_eq!(names.ghost(remote), ghost);
            assert_eq!(names.remote(ghost).as_deref(), Some(remote));
            assert!(names.is_ours(ghost));
        }
        let loud = Names { capitals: true, ..names.clone() };
        for (remote, ghost) in [("U0ABC", "@net_u0abc:s.org:8448"), ("Bx-Ä=", "@net_b=78-=c3=84=3d:s.org:8448")] {
            assert_eq!(loud.ghost(remote), ghost);
            assert_eq!(loud.remote(ghost).as_deref(), Some(remote));
        }
        for other in ["@alice:s.org:8448", "@net_1:elsewhere", "net_1", "@net_=zz:s.org:8448"] {
            assert_eq!(names.remote(other), None, "{other}");
        }
        assert!(names.is_ours("@netbot:s.org:8448"));
    }
}
