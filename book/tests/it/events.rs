use crate::support::{check_shown, id, morning, tree};
use quadrille::{
    Append, CorrelationId, DecodeError, Envelope, EventId, ExpectedVersion, ManualClock, Metadata,
    NewEvent, Position, Tag, Version, prelude::*, view::reads_of,
};
use quadrille_book::ledger::*;

fn envelope(event_type: &str, schema_version: u32, data: &str) -> Envelope {
    let flow = CorrelationId::new();
    Envelope {
        id: EventId::new(),
        event_type: event_type.into(),
        schema_version,
        stream: "entry-7".parse().unwrap(),
        version: Version(1),
        position: Position(1),
        recorded_at: morning(),
        data: data.into(),
        metadata: Metadata::new(flow, flow.0, "ledger", morning()),
    }
}

fn booked(cents: i64, currency: &str) -> EntryEvent {
    EntryEvent::Booked { account: "alice".into(), cents, currency: currency.into() }
}

#[test]
fn a_payload_holds_the_fields_of_its_variant_and_nothing_else() {
    // ANCHOR: payload
    let event = booked(500, "EUR");
    assert_eq!(event.event_type().name, "entry.booked");
    assert_eq!(event.event_type().version, 3);
    assert_eq!(event.encode().unwrap(), br#"{"account":"alice","cents":500,"currency":"EUR"}"#);
    assert_eq!(EntryEvent::Archived.encode().unwrap(), b"{}");
    assert_eq!(event.tags(), [Tag::new("account", "alice")]);
    // ANCHOR_END: payload
}

// ANCHOR: pinned
#[test]
fn names_in_the_log_are_pinned() {
    let names: Vec<_> = EntryEvent::TYPES.iter().map(|of| (of.name, of.version)).collect();
    assert_eq!(names, [("entry.booked", 3), ("entry.reverted", 1), ("entry.archived", 1)]);
}
// ANCHOR_END: pinned

#[test]
fn old_versions_are_read_through_their_upcasters() {
    // ANCHOR: upcast
    let read = |version, data| EntryEvent::decode(&envelope("entry.booked", version, data));
    let v1 = read(1, r#"{"account":"alice","units":5}"#).unwrap();
    let v2 = read(2, r#"{"account":"alice","cents":500}"#).unwrap();
    assert_eq!((v1, v2), (Some(booked(500, "EUR")), Some(booked(500, "EUR"))));
    // Newer code wrote it: this is an error, not a guess.
    assert!(matches!(read(4, "{}"), Err(DecodeError::UnknownVersion { version: 4, .. })));
    // ANCHOR_END: upcast
}

#[test]
fn a_view_reads_the_fields_that_it_names() {
    // ANCHOR: view
    let v3 = envelope("entry.booked", 3, r#"{"account":"alice","cents":5,"currency":"EUR"}"#);
    let booked = ForTaxes::Booked { entry: "7".into(), amount: 5 };
    assert_eq!(ForTaxes::decode(&v3).unwrap(), Some(booked));
    assert_eq!(ForTaxes::decode(&envelope("entry.archived", 1, "{}")).unwrap(), None);
    assert!(ForTaxes::decode(&envelope("entry.booked", 1, r#"{"units":5}"#)).is_err());
    let reads: Vec<_> = reads_of::<ForTaxes>().iter().map(|read| read.event_type).collect();
    assert_eq!(reads, ["entry.booked", "transfer.requested"]);
    // ANCHOR_END: view
}

#[derive(Row)]
#[row(table = "taxes")]
struct Taxes {
    #[row(stream_id)]
    entry: String,
    cents: i64,
}

fn taxes(row: &mut Taxes, event: &Recorded<ForTaxes>) {
    match **event {
        ForTaxes::Booked { amount, .. } => row.cents += amount,
        ForTaxes::Moved(_) => {}
    }
}

async fn append(app: &App, n: u128, stream: &str, schema_version: u32, data: &str) {
    let flow = CorrelationId(id(100).0);
    let metadata = Metadata::new(flow, flow.0, "ledger", morning());
    let event = NewEvent::new(EventId(id(n).0), "entry.booked", data, metadata).unwrap();
    let events = vec![NewEvent { schema_version, ..event }];
    let (stream, expected) = (stream.parse().unwrap(), ExpectedVersion::Any);
    app.store().append(Append { stream, expected, events }).await.unwrap();
}

#[tokio::test]
async fn what_a_view_cannot_read_is_parked_and_other_streams_go_on() {
    let app = Quadrille::in_memory().clock(ManualClock::new(morning())).fold(taxes);
    let app = app.settings(|all| all.handler_retry = quadrille::RetryPolicy::NEVER);
    let app = app.start().await.unwrap();
    append(&app, 101, "entry-1", 1, r#"{"account":"alice","units":5}"#).await;
    append(&app, 102, "entry-1", 2, r#"{"account":"alice","cents":500}"#).await;
    append(&app, 103, "entry-2", 2, r#"{"account":"alice","cents":700}"#).await;
    app.settle().await.unwrap();
    // ANCHOR: parked
    let parked = app.parked().await.unwrap();
    let reasons: Vec<_> = parked.iter().map(|(_, event)| event.reason.as_str()).collect();
    assert!(reasons[0].starts_with("decode entry.booked version 1: ForTaxes::Booked reads"));
    assert!(reasons[1].starts_with("waits behind entry.booked"));
    // ANCHOR_END: parked
    assert_eq!(parked.len(), 2);
    let rows = app.all_rows::<Taxes>().await.unwrap();
    assert_eq!(rows.iter().map(|row| (&*row.entry, row.cents)).collect::<Vec<_>>(), [("2", 700)]);
    check_shown("parked.txt", &tree(&app, CorrelationId(id(100).0)).await);
}
