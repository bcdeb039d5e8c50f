//! Moments written out for readers whose client cannot show them in their own time zone.

use super::doc::Stamp;

/// The moment in UTC, as `2026-11-21 09:30 UTC`, with as much of it as the style asks for.
pub(super) fn utc(stamp: Stamp) -> String {
    let days = stamp.unix.div_euclid(86_400);
    let second = stamp.unix.rem_euclid(86_400);
    let (year, month, day) = civil(days);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    match stamp.style {
        't' => format!("{hour:02}:{minute:02} UTC"),
        'T' => format!("{hour:02}:{minute:02}:{:02} UTC", second % 60),
        'd' | 'D' => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"),
    }
}

/// Year, month and day of a count of days since 1970 in the Gregorian calendar. It counts in 400-year eras that begin
/// on 1 March, so that the leap day is the last day of a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        let cases = [
            (0, 'f', "1970-01-01 00:00 UTC"),
            (1_709_208_000, 'F', "2024-02-29 12:00 UTC"),
            (951_782_400, 'd', "2000-02-29"),
            (-1, 'T', "23:59:59 UTC"),
            (1_618_953_630, 't', "21:20 UTC"),
            (4_107_542_400, 'D', "2100-03-01"),
            (253_402_300_799, 'R', "9999-12-31 23:59 UTC"),
        ];
        for (unix, style, expected) in cases {
            let got = utc(Stamp { unix, style });
            assert_eq!(got, expected);
        }
        for unix in [i64::MIN, i64::MAX] {
            assert!(!utc(Stamp { unix, style: 'f' }).is_empty());
        }
    }
}
