use crate::conformance::{Fixture, sample::*};
use chrono::{DateTime, SubsecRound, TimeZone, Utc};
use quadrille_core::{
    CausationId, CommandId, CommandStamp, CorrelationId, EventId, ExpectedVersion, NewEvent,
    Position, Query, StreamId, Tag, TraceContext, Version, store::Direction,
};

/// Text that databases and their drivers like to change.
const ODD_TEXT: &str = "  søren's \"quoted\" \\ %_ 日本 🦀 e\u{301}\r\n\ttab ";

/// Writes events to a stream and reads them back in every way that there is.
async fn check(it: &Fixture, name: &StreamId, events: Vec<NewEvent>) {
    let receipt = put(&**it, name, events.clone()).await;
    let before = Version(receipt.first_version.0 - 1);
    let forward = it.read_stream(name, before, Direction::Forward, usize::MAX).await.unwrap();
    assert_eq!(ids(&forward), new_ids(&events));
    let mut version = receipt.first_version;
    for (found, written) in forward.iter().zip(&events) {
        assert_same(found, written, name, version);
        version = version.next();
        let micros = found.recorded_at.trunc_subsecs(6);
        assert_eq!(found.recorded_at, micros, "recorded to more than the microsecond");
        assert_eq!(it.event(found.id).await.unwrap().as_ref(), Some(found), "by id");
        let at = it.event_at(found.position).await.unwrap();
        assert_eq!(at.as_ref(), Some(found), "by position");
        if let Some(command) = &written.metadata.command {
            let of_command = it.events_of_command(name, command.id).await.unwrap();
            assert!(of_command.contains(found), "by command");
        }
    }
    let mut backward =
        it.read_stream(name, Version(u64::MAX), Direction::Backward, events.len()).await.unwrap();
    backward.reverse();
    assert_eq!(backward, forward, "the stream read backward");
    let query = Query::all().stream(name.clone());
    for direction in [Direction::Forward, Direction::Backward] {
        let from = match direction {
            Direction::Forward => Position::START,
            Direction::Backward => Position::END,
        };
        let found = walk(&**it, &query, from, direction, usize::MAX).await;
        assert!(forward.iter().all(|event| found.contains(event)), "from the log, {direction:?}");
    }
}

pub(super) async fn everything_comes_back(it: Fixture) {
    let plain = event("order.placed");
    let mut full = event("order.placed");
    full.schema_version = u32::MAX;
    full.metadata.correlation = CorrelationId::new();
    full.metadata.causation = CausationId::from(EventId::new());
    full.metadata.command = Some(CommandStamp::new(CommandId::new(), "order.place", b"{}"));
    full.metadata.component = "ordering".into();
    full.metadata.actor = Some("alice".into());
    full.metadata.trace = Some(TraceContext {
        parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
        state: Some("vendor=1,other=2".into()),
    });
    full.metadata.tags = vec![Tag::new("customer", 7), Tag::new("basket", "b")];

    let mut odd = full.clone();
    odd.id = EventId::new();
    odd.metadata.component = ODD_TEXT.into();
    odd.metadata.actor = Some(ODD_TEXT.into());
    odd.metadata.trace = Some(TraceContext { parent: ODD_TEXT.into(), state: None });
    odd.metadata.tags = vec![
        Tag::new("z", ODD_TEXT),
        Tag::new(ODD_TEXT, "z"),
        Tag::new("", ""),
        Tag::new("a:b", "c"),
        Tag::new("a", "b:c"),
    ];
    let mut empty = event("order.placed");
    empty.metadata.component = String::new();
    empty.metadata.actor = Some(String::new());
    check(&it, &stream("order-1"), vec![plain, full, odd, empty]).await;
}

pub(super) async fn names_are_kept(it: Fixture) {
    // Some differ by case, by a space at the end, or by how the same é is composed.
    let mut names: Vec<String> = [
        "case-Case 1",
        "case-case 1",
        "case-case 1 ",
        "case- case 1",
        "user-søren@example.org",
        "user-é",
        "user-e\u{301}",
        "user-🦀",
        "order-4711",
        "order-4711-a",
        "order--",
        "order-4711%",
        "order-_711",
        "order-o'neil",
        "order-\"x\"",
        "order-a\\b",
        "order-a/b?c=d&e#f",
        "order-日本",
        "Order-4711",
        "注文-1",
        "sales.order-1",
        "order-null",
        "order-0",
        "order-00",
    ]
    .map(String::from)
    .into();
    names.push(format!("order-{}", "x".repeat(400)));
    names.push(format!("{}-{}", "c".repeat(64), "é".repeat(200)));
    let types = ["W_Completeren aanvraag é", "a b", "x'y\"z", "Order Placed", "order placed", "🦀"];
    let mut written = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let new = vec![event(types[n % types.len()]), event(&"t".repeat(255))];
        check(&it, &stream(name), new.clone()).await;
        written.push((stream(name), new));
    }
    for (name, new) in written {
        let found = read_all(&*it, &name).await;
        assert_eq!(ids(&found), new_ids(&new), "{name} was mixed up with another stream");
        let again = it.append(append(&name, ExpectedVersion::NoStream, events(1))).await;
        assert!(again.is_err(), "{name} exists, yet the store finds no stream");
    }
    for name in types {
        let query = Query::all().types([name]);
        let found = walk(&*it, &query, Position::START, Direction::Forward, 9).await;
        assert!(!found.is_empty(), "no events of type {name:?}");
        assert!(found.iter().all(|event| event.event_type == name), "by type {name:?}");
    }
}

pub(super) async fn payloads_are_kept_byte_for_byte(it: Fixture) {
    let payloads: Vec<Vec<u8>> = vec![
        b"{}".into(),
        b"null".into(),
        b" { \"b\" : 1,\t\"a\":2,\r\n\"b\": 3 } \n".into(),
        br#"{"n":1.00,"e":1e400,"big":18446744073709551617,"z":-0.0}"#.into(),
        br#"{"escaped":"\u0000\u00e9\/\ud83e\udd80"}"#.into(),
        "{\"raw\":\"é e\u{301} 🦀 \u{feff}\u{2028}\"}".into(),
        b"".into(),
        b"\0".into(),
        vec![0xff, 0xfe, 0x00, 0x80],
        (0..=255).collect(),
        b"'; DROP TABLE events; --".into(),
        vec![b'x'; it.limits().event_bytes.min(100_000)],
    ];
    let with_data = |data: Vec<u8>| NewEvent { data, ..event("order.placed") };
    check(&it, &stream("order-1"), payloads.into_iter().map(with_data).collect()).await;
}

pub(super) async fn times_are_kept_to_the_microsecond(it: Fixture) {
    let time = |year, micros: i64| -> DateTime<Utc> {
        let start = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().expect("a moment");
        start + chrono::Duration::microseconds(micros)
    };
    let times = [
        time(1970, 0),
        time(1969, -1),
        time(1900, 123_456),
        time(2024, 1),
        time(2024, 999_999),
        time(2024, 1_000_000),
        time(2038, 123_450),
        time(9999, 999_999),
    ];
    let at = |occurred_at| {
        let mut event = event("order.placed");
        event.metadata.occurred_at = occurred_at;
        event
    };
    check(&it, &stream("order-1"), times.map(at).into()).await;
}
