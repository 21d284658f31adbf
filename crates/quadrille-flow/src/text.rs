//! Text for people.

use std::time::Duration;

/// A name as a terminal may show it: whoever chose it has not chosen what the terminal does.
pub(crate) fn printable(text: &str) -> String {
    text.replace(is_unsafe, "·")
}

/// Whether a character controls what shows it, or turns the direction of whatever comes behind it.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Reads a time such as `90min` or `30d`: a number and `ms`, `s`, `min`, `h` or `d`.
///
/// # Errors
/// With what to write instead.
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "write a number and ms, s, min, h or d, such as 90min or 30d";
    let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or(WRONG)?;
    let (number, unit) = text.split_at(unit);
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(WRONG),
    };
    let number: u64 = number.parse().map_err(|_| WRONG)?;
    number.checked_mul(millis).map(Duration::from_millis).ok_or("that is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_nothing_to_a_terminal() {
        assert_eq!(printable("a\u{1b}[2J\u{9b}b\nc"), "a·[2J·b·c");
        assert_eq!(printable("\u{202e}a\u{2066}b\u{2069}"), "·a·b·");
        assert_eq!(printable("Größe ▶ 数"), "Größe ▶ 数");
    }

    #[test]
    fn durations_have_a_number_and_a_unit() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(parse_duration(text).ok(), millis.map(Duration::from_millis), "{text}");
        };
        check("90min", Some(5_400_000));
        check("30d", Some(2_592_000_000));
        check("250ms", Some(250));
        check("0s", Some(0));
        check("h", None);
        check("12", None);
        check("-1h", None);
        check("1w", None);
        check("99999999999999999999d", None);
        check("18446744073709551615d", None);
    }
}
