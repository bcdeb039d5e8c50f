//! Moments as text, by the civil calendar (Howard Hinnant's `civil_from_days` and its inverse).

/// Year, month and day of a number of days since 1970.
#[must_use]
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `2020-01-02 03:04 UTC`, from seconds since 1970.
#[must_use]
pub fn utc(unix: i64) -> String {
    // Beyond the year 9999 either way a calendar says nothing to anybody.
    let unix = unix.clamp(-377_705_116_800, 253_402_300_799);
    let (year, month, day) = civil(unix.div_euclid(86_400));
    let second = unix.rem_euclid(86_400);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
}

/// Seconds since 1970 of `2020-01-02T03:04:05.678+01:00`, with any fraction and `Z` or an offset.
#[must_use]
pub fn unix(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let offset_at = time.rfind(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at(offset_at);
    let mut clock = clock.split('.').next()?.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().flatten().unwrap_or(0));
    let ok = (0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let ok = ok && (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    ok.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - seconds_of(offset))
}

fn seconds_of(offset: &str) -> i64 {
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: Vec<i64> = offset.bytes().filter(u8::is_ascii_digit).map(|digit| i64::from(digit - b'0')).collect();
    match digits.as_slice() {
        [a, b, c, d] => sign * ((a * 10 + b) * 3600 + (c * 10 + d) * 60),
        [a, b] => sign * (a * 10 + b) * 3600,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written() {
        for (text, moment, written) in [
            ("1970-01-01T00:00:00Z", Some(0), "1970-01-01 00:00 UTC"),
            ("2020-01-02T03:04:05.678Z", Some(1_577_934_245), "2020-01-02 03:04 UTC"),
            ("2020-01-02T03:04:05+01:30", Some(1_577_928_845), "2020-01-02 01:34 UTC"),
            ("2000-02-29 12:00", Some(951_825_600), "2000-02-29 12:00 UTC"),
            ("0001-01-01T00:00:00Z", Some(-62_135_596_800), "0001-01-01 00:00 UTC"),
            ("tomorrow", None, ""),
            ("2020-13-01T00:00:00Z", None, ""),
            ("2020-1T", None, ""),
        ] {
            assert_eq!(unix(text), moment, "{text}");
            assert_eq!(moment.map(utc).unwrap_or_default(), written);
        }
        assert_eq!(utc(i64::MAX), "9999-12-31 23:59 UTC");
        let _ = utc(i64::MIN);
    }
}
