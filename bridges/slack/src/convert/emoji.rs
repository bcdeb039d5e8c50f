//! Slack's names of the emoji everybody has. Most are those of the common lists; those below are Slack's own.

/// Name and character, where Slack differs from the common short codes.
const OWN: [(&str, &str); 62] = [
    ("rolling_on_the_floor_laughing", "🤣"),
    ("slightly_smiling_face", "🙂"),
    ("smiling_face_with_3_hearts", "🥰"),
    ("star-struck", "🤩"),
    ("zany_face", "🤪"),
    ("hugging_face", "🤗"),
    ("face_with_hand_over_mouth", "🤭"),
    ("shushing_face", "🤫"),
    ("thinking_face", "🤔"),
    ("zipper_mouth_face", "🤐"),
    ("face_with_raised_eyebrow", "🤨"),
    ("face_with_rolling_eyes", "🙄"),
    ("lying_face", "🤥"),
    ("face_with_thermometer", "🤒"),
    ("face_with_head_bandage", "🤕"),
    ("nauseated_face", "🤢"),
    ("face_vomiting", "🤮"),
    ("woozy_face", "🥴"),
    ("exploding_head", "🤯"),
    ("face_with_cowboy_hat", "🤠"),
    ("partying_face", "🥳"),
    ("nerd_face", "🤓"),
    ("face_with_monocle", "🧐"),
    ("slightly_frowning_face", "🙁"),
    ("white_frowning_face", "☹️"),
    ("pleading_face", "🥺"),
    ("face_with_symbols_on_mouth", "🤬"),
    ("clown_face", "🤡"),
    ("robot_face", "🤖"),
    ("melting_face", "🫠"),
    ("saluting_face", "🫡"),
    ("raised_hand_with_fingers_splayed", "🖐️"),
    ("spock-hand", "🖖"),
    ("pinched_fingers", "🤌"),
    ("crossed_fingers", "🤞"),
    ("i_love_you_hand_sign", "🤟"),
    ("the_horns", "🤘"),
    ("call_me_hand", "🤙"),
    ("middle_finger", "🖕"),
    ("handshake", "🤝"),
    ("heart_hands", "🫶"),
    ("face_palm", "🤦"),
    ("shrug", "🤷"),
    ("man-shrugging", "🤷‍♂️"),
    ("woman-shrugging", "🤷‍♀️"),
    ("man-facepalming", "🤦‍♂️"),
    ("woman-facepalming", "🤦‍♀️"),
    ("male-technologist", "👨‍💻"),
    ("female-technologist", "👩‍💻"),
    ("male-doctor", "👨‍⚕️"),
    ("female-doctor", "👩‍⚕️"),
    ("rainbow-flag", "🏳️‍🌈"),
    ("transgender_flag", "🏳️‍⚧️"),
    ("flag-england", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
    ("flag-scotland", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
    ("flag-wales", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
    ("heavy_heart_exclamation_mark_ornament", "❣️"),
    ("hankey", "💩"),
    ("knife", "🔪"),
    ("warning", "⚠️"),
    ("heart", "❤️"),
    ("white_check_mark", "✅"),
];

/// Tones of skin, as Slack numbers them from 2.
const TONES: [char; 5] = ['\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'];
/// Asks for the coloured form of a character.
const COLOURED: char = '\u{fe0f}';

/// The character behind a name such as `thumbsup` or `wave::skin-tone-3`.
pub(crate) fn character(name: &str) -> Option<String> {
    let (base, tone) = match name.split_once("::skin-tone-") {
        Some((base, tone)) => (base, tone.parse::<usize>().ok().and_then(|tone| TONES.get(tone.checked_sub(2)?))),
        None => (name, None),
    };
    let plain = plain_character(base)?;
    Some(match tone {
        Some(tone) => toned(&plain, *tone),
        None => plain,
    })
}

fn plain_character(name: &str) -> Option<String> {
    if let Some((_, character)) = OWN.iter().find(|(own, _)| *own == name) {
        return Some((*character).to_owned());
    }
    if let Some(country) = name.strip_prefix("flag-").filter(|country| country.len() == 2) {
        return country.chars().map(regional).collect();
    }
    emojis::get_by_shortcode(name).map(|emoji| emoji.as_str().to_owned())
}

fn toned(character: &str, tone: char) -> String {
    let mut letters = character.chars();
    let mut out: String = letters.next().into_iter().chain([tone]).collect();
    out.extend(letters.skip_while(|letter| *letter == COLOURED));
    out
}

fn regional(letter: char) -> Option<char> {
    let place = u32::from(letter.to_ascii_lowercase()).checked_sub(u32::from('a')).filter(|place| *place < 26)?;
    char::from_u32(0x1f1e6 + place)
}

/// Slack's name of a character, with its tone of skin.
pub(crate) fn name(character: &str) -> Option<String> {
    let tone = character.chars().find_map(|letter| TONES.iter().position(|tone| *tone == letter));
    let bare: String = character.chars().filter(|letter| !TONES.contains(letter)).collect();
    let base = plain_name(&bare)?;
    Some(match tone {
        Some(tone) => format!("{base}::skin-tone-{}", tone + 2),
        None => base,
    })
}

fn plain_name(character: &str) -> Option<String> {
    let bare = |text: &str| text.chars().filter(|letter| *letter != COLOURED).collect::<String>();
    let wanted = bare(character);
    if wanted.is_empty() {
        return None;
    }
    if let Some((name, _)) = OWN.iter().find(|(_, own)| bare(own) == wanted) {
        return Some((*name).to_owned());
    }
    let letters: Option<String> = wanted.chars().map(country).collect();
    if let Some(letters) = letters.filter(|letters| letters.len() == 2) {
        return Some(format!("flag-{letters}"));
    }
    let spellings = [wanted.clone(), format!("{wanted}{COLOURED}"), character.to_owned()];
    let found = spellings.iter().find_map(|spelling| emojis::get(spelling))?;
    found.shortcode().map(str::to_owned)
}

fn country(letter: char) -> Option<char> {
    let place = u32::from(letter).checked_sub(0x1f1e6).filter(|place| *place < 26)?;
    char::from_u32(u32::from('a') + place)
}

/// The character of a code such as `1f44d-1f3fd`, as Slack gives it along with a name.
pub(crate) fn from_code(code: &str) -> Option<String> {
    let letter = |part: &str| u32::from_str_radix(part, 16).ok().and_then(char::from_u32);
    code.split('-').map(letter).collect::<Option<String>>().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_characters_find_each_other() {
        let cases = [
            ("+1", "👍"),
            ("tada", "🎉"),
            ("eyes", "👀"),
            ("rolling_on_the_floor_laughing", "🤣"),
            ("flag-de", "🇩🇪"),
            ("heart", "❤️"),
            ("+1::skin-tone-3", "👍🏼"),
            ("raised_hand_with_fingers_splayed::skin-tone-6", "🖐🏿"),
            ("flag-wales", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
        ];
        for (short, wanted) in cases {
            assert_eq!(character(short).as_deref(), Some(wanted), "{short}");
            assert_eq!(name(wanted).as_deref(), Some(short), "{wanted}");
        }
        assert_eq!(name("❤").as_deref(), Some("heart"));
        assert_eq!(character("thumbsup").as_deref(), Some("👍"));
        for wrong in ["party_parrot", "", "flag-1x", "::skin-tone-2"] {
            assert_eq!(character(wrong), None, "{wrong}");
        }
        for wrong in ["", "abc", "\u{fe0f}", "🏽"] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn codes_are_characters() {
        assert_eq!(from_code("1f44d-1f3fd").as_deref(), Some("👍🏽"));
        for wrong in ["", "zz", "d800", "0"] {
            assert_eq!(from_code(wrong), None, "{wrong}");
        }
    }
}
