//! Spans of time, as people write and read them: `5m`, `1h30m`, «1 h 30 min».

/// A second in milliseconds.
pub const SECOND: i64 = 1000;
/// A minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;

/// A span for people, with at most two units.
#[must_use]
pub fn span(ms: i64) -> String {
    let seconds = ms.max(0) / SECOND;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |big: i64, unit: &str, small: i64, lesser: &str| match small {
        0 => format!("{big} {unit}"),
        small => format!("{big} {unit} {small} {lesser}"),
    };
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => two(minutes, "min", seconds % 60, "s"),
        3600..86_400 => two(hours, "h", minutes, "min"),
        _ => two(days, "d", hours, "h"),
    }
}

/// Reads `90s`, `5m`, `1h30m`, `2d` or plain seconds; milliseconds.
#[must_use]
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(SECOND).filter(|ms| *ms > 0);
    }
    let (mut total, mut number) = (0_i64, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let unit = match letter {
            's' => SECOND,
            'm' => MINUTE,
            'h' => 60 * MINUTE,
            'd' => 24 * 60 * MINUTE,
            'w' => 7 * 24 * 60 * MINUTE,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    (number.is_empty() && total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_and_read() {
        for (ms, text) in [
            (-5, "0 s"),
            (59_999, "59 s"),
            (MINUTE, "1 min"),
            (61 * SECOND, "1 min 1 s"),
            (90 * MINUTE, "1 h 30 min"),
            (48 * 60 * MINUTE, "2 d"),
            (49 * 60 * MINUTE, "2 d 1 h"),
        ] {
            assert_eq!(span(ms), text);
        }
        for (text, ms) in [
            ("90s", Some(90_000)),
            ("5m", Some(5 * MINUTE)),
            ("1h30m", Some(90 * MINUTE)),
            ("2d", Some(48 * 60 * MINUTE)),
            ("60", Some(MINUTE)),
            ("", None),
            ("0", None),
            ("5x", None),
            ("m", None),
            ("5m3", None),
            ("-5m", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(read(text), ms, "{text}");
        }
    }
}
