//! Times between things that happened, and how they read.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The time between two things that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Elapsed {
    /// In microseconds; 0 where it would be negative.
    pub micros: u64,
    /// Whether the effect seems to lie before its cause, because their clocks differ.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
}

impl Elapsed {
    /// The time from `cause` to `effect`.
    pub fn between(cause: DateTime<Utc>, effect: DateTime<Utc>) -> Self {
        let micros = (effect - cause).num_microseconds().unwrap_or(i64::MAX);
        Self { micros: micros.max(0).unsigned_abs(), negative: micros < 0 }
    }
}

/// A duration in at most two units: `0`, `850 µs`, `12 ms`, `1.25 s`, `3 min 4 s`, `2 d 3 h`.
pub fn duration(micros: u64) -> String {
    const SECOND: u64 = 1_000_000;
    const MINUTE: u64 = 60 * SECOND;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match micros % large / small {
        0 => format!("{} {unit}", micros / large),
        rest => format!("{} {unit} {rest} {small_unit}", micros / large),
    };
    match micros {
        0 => "0".to_owned(),
        1..1_000 => format!("{micros} µs"),
        1_000..SECOND => format!("{} ms", micros / 1_000),
        SECOND..MINUTE => format!("{:.2} s", (micros / 10_000) as f64 / 100.0),
        MINUTE..HOUR => two(MINUTE, "min", SECOND, "s"),
        HOUR..DAY => two(HOUR, "h", MINUTE, "min"),
        _ => two(DAY, "d", HOUR, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_read_in_at_most_two_units() {
        let check = |micros, expected| assert_eq!(duration(micros), expected);
        check(0, "0");
        check(999, "999 µs");
        check(1_999, "1 ms");
        check(999_999, "999 ms");
        check(1_234_567, "1.23 s");
        check(59_999_999, "59.99 s");
        check(60_000_000, "1 min");
        check(184_000_000, "3 min 4 s");
        check(86_400_000_000 * 2 + 3 * 3_600_000_000, "2 d 3 h");
    }
}
