//! How things are written in failures, and so how they are compared.

use quadrille_core::{Command, Event, Message, Rejection};
use serde_json::Value;
use std::{fmt::Display, time::Duration};

/// A payload with its keys sorted, so that maps compare equal.
pub fn json(data: &[u8]) -> String {
    match serde_json::from_slice::<Value>(data) {
        Ok(mut value) => {
            value.sort_all_objects();
            value.to_string()
        }
        Err(_) => String::from_utf8_lossy(data).into_owned(),
    }
}

#[track_caller]
pub fn event<E: Event>(event: &E) -> String {
    let name = event.event_type().name;
    match event.encode() {
        Ok(data) => format!("{name} {}", json(&data)),
        Err(error) => panic!("{error}: {}", error.source),
    }
}

#[track_caller]
pub fn command<C: Command>(command: &C) -> String {
    let name = command.command_type().name;
    match command.encode() {
        Ok(data) => format!("{name} {}", json(&data)),
        Err(error) => panic!("{error}: {}", error.source),
    }
}

pub fn rejection<R: Rejection>(rejection: &R) -> String {
    format!("rejected: {} ({rejection})", rejection.code())
}

pub fn message(message: &Message) -> String {
    let Message { aggregate, id, command, data } = message;
    send(aggregate, id, command, data, Duration::ZERO)
}

pub fn send(
    aggregate: impl Display,
    id: &str,
    command: &str,
    data: &[u8],
    after: Duration,
) -> String {
    let mut text = format!("send {aggregate}.{command} {} to {aggregate}-{id}", json(data));
    if !after.is_zero() {
        text += &format!(" in {}", duration(after));
    }
    text
}

pub fn deadline(name: &str, data: &[u8], after: Duration) -> String {
    format!("set deadline {name} {} in {}", json(data), duration(after))
}

/// `9d`, `1d 2h`, `1.5s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let whole = [("d", seconds / 86_400), ("h", seconds / 3_600 % 24), ("m", seconds / 60 % 60)];
    let mut parts: Vec<_> =
        whole.iter().filter(|(_, n)| *n > 0).map(|(unit, n)| format!("{n}{unit}")).collect();
    let rest = Duration::new(seconds % 60, time.subsec_nanos());
    if !rest.is_zero() || parts.is_empty() {
        parts.push(format!("{}s", rest.as_secs_f64()));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_people_say_them() {
        let check =
            |millis, expected| assert_eq!(duration(Duration::from_millis(millis)), expected);
        check(0, "0s");
        check(1_500, "1.5s");
        check(9 * 86_400_000, "9d");
        check(93_660_000, "1d 2h 1m");
        check(3_600_500, "1h 0.5s");
    }

    #[test]
    fn the_order_of_keys_makes_no_difference() {
        assert_eq!(json(br#"{"b":{"d":1,"c":2},"a":[]}"#), r#"{"a":[],"b":{"c":2,"d":1}}"#);
    }
}
