use std::time::Duration;

/// A duration as it is written on the command line.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "write a number and s, min, h or d, such as 90min or 30d";
    let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or(WRONG)?;
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(WRONG),
    };
    let number: u64 = number.parse().map_err(|_| WRONG)?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or("that is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        let check = |text: &str, seconds: Option<u64>| {
            assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        };
        check("90min", Some(5_400));
        check("30d", Some(2_592_000));
        check("0s", Some(0));
        check("h", None);
        check("12", None);
        check("-1h", None);
        check("1w", None);
        check("99999999999999999999d", None);
        check("18446744073709551615d", None);
    }
}
