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

/// A text in which the names of known emoji (`:rocket:`) are the characters.
#[must_use]
pub fn replaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(':') {
        out.push_str(&rest[..start]);
        let end = rest[start + 1..].find(':').map(|end| start + 1 + end);
        let name = end.and_then(|end| Some((character(rest.get(start + 1..end)?)?, end)));
        match name.filter(|(_, end)| rest[start + 1..*end].is_ascii()) {
            Some((character, end)) => {
                out.push_str(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push(':');
                rest = &rest[start + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The characters of code points as Slack writes them: `1f1e9-1f1ea`.
#[must_use]
pub fn from_code_points(codes: &str) -> Option<String> {
    let characters = codes.split('-').map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
    characters.collect::<Option<String>>().filter(|found| !found.is_empty())
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
        assert_eq!(replaced("a :tada: b :nope: 10:20:30 :x:"), "a 🎉 b :nope: 10:20:30 ❌");
        assert_eq!(from_code_points("1f1e9-1f1ea").as_deref(), Some("🇩🇪"));
        assert_eq!(from_code_points("zz"), None);
    }
}
