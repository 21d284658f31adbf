//! How numbers and times read.

use chrono::{DateTime, SecondsFormat, Utc};
use quadrille_flow::trace::duration;

/// A number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A time in UTC, to the millisecond.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::Millis, true);
    text.replacen('T', " ", 1).trim_end_matches('Z').to_owned()
}

/// A time in UTC, to the second.
pub(crate) fn whole_seconds(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time as seen from now: `in 2 d`, `3 min 4 s ago`.
pub(crate) fn from_now(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let micros = (time - now).num_microseconds().unwrap_or(i64::MAX);
    // Nobody reads fractions of a second here.
    let whole = duration(micros.unsigned_abs() / 1_000_000 * 1_000_000).replace(".00 s", " s");
    match micros {
        -999_999..1_000_000 => "now".to_owned(),
        1_000_000.. => format!("in {whole}"),
        _ => format!("{whole} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone};

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(count(7), "7");
        assert_eq!(count(262_200), "262,200");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(counted(1, "event", "events"), "1 event");
        let now = Utc.with_ymd_and_hms(2024, 3, 1, 12, 0, 0).unwrap();
        assert_eq!(time(now), "2024-03-01 12:00:00.000");
        assert_eq!(from_now(now, now), "now");
        assert_eq!(from_now(now + Duration::hours(49), now), "in 2 d 1 h");
        assert_eq!(from_now(now - Duration::milliseconds(5_200), now), "5 s ago");
    }
}
