//! What came in and has to be done: stored first, then done in order.
//!
//! A lane is a queue with a name. `>chat` holds what goes to a chat of the network, `<chat` what comes from it, `!room`
//! what concerns the bot in a room (invitations, commands). What changes a message that is not known yet steps aside into
//! a lane of its own (`>chat␟event`), so that it blocks nobody while it waits.

pub(crate) mod accept;
pub(crate) mod lane;

/// Separates a side lane's chat from what it waits for; occurs in no id.
const ASIDE: char = '\u{1f}';

/// Where a lane leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Remote,
    Matrix,
    Bot,
}

/// What is known from a lane's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaneName<'a> {
    pub(crate) way: Way,
    /// The chat, or the room of the bot's lane.
    pub(crate) of: &'a str,
    /// Whether it is a side lane.
    pub(crate) aside: bool,
}

pub(crate) fn to_remote(chat: &str) -> String {
    format!(">{chat}")
}

pub(crate) fn to_matrix(chat: &str) -> String {
    format!("<{chat}")
}

pub(crate) fn to_bot(room: &str) -> String {
    format!("!{room}")
}

/// The side lane of what waits for `target`.
pub(crate) fn aside(lane: &str, target: &str) -> String {
    format!("{}{ASIDE}{target}", main(lane))
}

/// The main lane of a side lane.
pub(crate) fn main(lane: &str) -> &str {
    lane.split(ASIDE).next().unwrap_or(lane)
}

impl<'a> LaneName<'a> {
    /// Reads a lane's name.
    pub(crate) fn read(lane: &'a str) -> Option<Self> {
        let (main, aside) = match lane.split_once(ASIDE) {
            Some((main, _)) => (main, true),
            None => (lane, false),
        };
        let way = match main.chars().next()? {
            '>' => Way::Remote,
            '<' => Way::Matrix,
            '!' => Way::Bot,
            _ => return None,
        };
        Some(Self { way, of: main.get(1..)?, aside })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lane_names_are_read_back() {
        let cases = [
            (to_remote("c"), Way::Remote, "c", false),
            (to_matrix("ä/c"), Way::Matrix, "ä/c", false),
            (to_bot("!r:s"), Way::Bot, "!r:s", false),
            (aside(&to_remote("c"), "$e"), Way::Remote, "c", true),
            (aside(&aside(&to_remote("c"), "$e"), "$f"), Way::Remote, "c", true),
        ];
        for (lane, way, of, aside) in cases {
            assert_eq!(LaneName::read(&lane), Some(LaneName { way, of, aside }), "{lane}");
        }
    }
}
