//! The emoji that notifications come with, by the short names of Slack and Mattermost.

/// Names without colons, and the character.
const NAMES: [(&str, &str); 80] = [
    ("+1", "👍"),
    ("-1", "👎"),
    ("alarm_clock", "⏰"),
    ("ambulance", "🚑"),
    ("apple", "🍎"),
    ("arrow_down", "⬇️"),
    ("arrow_up", "⬆️"),
    ("bangbang", "‼️"),
    ("beer", "🍺"),
    ("bell", "🔔"),
    ("boom", "💥"),
    ("broken_heart", "💔"),
    ("bug", "🐛"),
    ("bulb", "💡"),
    ("calendar", "📅"),
    ("cat", "🐱"),
    ("chart_with_downwards_trend", "📉"),
    ("chart_with_upwards_trend", "📈"),
    ("checkered_flag", "🏁"),
    ("clipboard", "📋"),
    ("cloud", "☁️"),
    ("coffee", "☕"),
    ("computer", "💻"),
    ("construction", "🚧"),
    ("dog", "🐶"),
    ("email", "📧"),
    ("envelope", "✉️"),
    ("exclamation", "❗"),
    ("eyes", "👀"),
    ("fire", "🔥"),
    ("fire_engine", "🚒"),
    ("gear", "⚙️"),
    ("ghost", "👻"),
    ("green_circle", "🟢"),
    ("green_heart", "💚"),
    ("hammer", "🔨"),
    ("heart", "❤️"),
    ("heavy_check_mark", "✔️"),
    ("hourglass", "⌛"),
    ("house", "🏠"),
    ("information_source", "ℹ️"),
    ("key", "🔑"),
    ("large_blue_circle", "🔵"),
    ("lock", "🔒"),
    ("loudspeaker", "📢"),
    ("mag", "🔍"),
    ("mailbox", "📫"),
    ("mega", "📣"),
    ("memo", "📝"),
    ("money_with_wings", "💸"),
    ("monkey_face", "🐵"),
    ("moneybag", "💰"),
    ("no_entry", "⛔"),
    ("ok", "🆗"),
    ("ok_hand", "👌"),
    ("orange_circle", "🟠"),
    ("package", "📦"),
    ("penguin", "🐧"),
    ("pushpin", "📌"),
    ("question", "❓"),
    ("recycle", "♻️"),
    ("red_circle", "🔴"),
    ("robot", "🤖"),
    ("robot_face", "🤖"),
    ("rocket", "🚀"),
    ("rotating_light", "🚨"),
    ("satellite", "🛰️"),
    ("shield", "🛡️"),
    ("skull", "💀"),
    ("smile", "😄"),
    ("snowflake", "❄️"),
    ("sos", "🆘"),
    ("sparkles", "✨"),
    ("star", "⭐"),
    ("tada", "🎉"),
    ("thumbsup", "👍"),
    ("warning", "⚠️"),
    ("white_check_mark", "✅"),
    ("x", "❌"),
    ("zap", "⚡"),
];

/// The character of an emoji that is given as `:name:`, as `name`, or as itself.
#[must_use]
pub fn character(emoji: &str) -> Option<&str> {
    let emoji = emoji.trim();
    let name = emoji.trim_matches(':');
    if let Some((_, character)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(character);
    }
    let is_itself = !emoji.is_empty() && emoji.len() <= 32 && !emoji.chars().any(|letter| letter.is_ascii());
    is_itself.then_some(emoji)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_found_by_name_or_are_themselves() {
        for (given, shown) in [
            (":rocket:", Some("🚀")),
            ("rocket", Some("🚀")),
            (" :warning: ", Some("⚠️")),
            ("🐙", Some("🐙")),
            (":company_logo:", None),
            ("", None),
            ("not an emoji", None),
        ] {
            assert_eq!(character(given), shown, "{given}");
        }
    }
}
