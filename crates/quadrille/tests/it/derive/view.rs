use super::{decode, envelope, failure, names};
use chrono::{DateTime, Utc};
use quadrille::{CorrelationId, Position, Version, View, view::reads_of};

#[derive(Debug, PartialEq)]
struct OrderId(String);
impl From<String> for OrderId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

#[derive(Debug, PartialEq, View)]
enum Sale {
    #[reads("order.placed", versions = 1..=2)]
    Placed {
        #[view(id)]
        order: OrderId,
        customer: String,
        #[serde(rename = "total_cents", default)]
        cents: i64,
    },
    #[reads("order.cancelled", "order.expired")]
    Ended {
        #[view(id)]
        order: OrderId,
    },
    #[reads("order.archived", version = 2)]
    Archived,
    #[reads("order.priced")]
    Priced(i64),
    Money(Payments),
    Stock(Taken),
}

#[derive(Debug, PartialEq, View)]
enum Payments {
    #[reads("payment.captured")]
    Captured { order: String },
}

#[derive(Debug, PartialEq, View)]
#[reads("stock.taken")]
struct Taken(i64);

#[test]
fn a_view_reads_what_it_names_and_nothing_else() {
    let placed = r#"{"customer":"bob","total_cents":150,"later":true}"#;
    let sale = Sale::Placed { order: OrderId("o1".into()), customer: "bob".into(), cents: 150 };
    assert_eq!(decode("order.placed", 1, placed), Some(sale));
    assert_eq!(decode("order.priced", 1, "7"), Some(Sale::Priced(7)));
    assert_eq!(decode::<Sale>("order.confirmed", 1, "{}"), None);
}

#[test]
fn payloads_of_which_nothing_is_read_may_be_anything() {
    let ended = || Some(Sale::Ended { order: OrderId("o1".into()) });
    assert_eq!(decode("order.cancelled", 1, r#"{"reason":"late"}"#), ended());
    assert_eq!(decode("order.expired", 1, "[1,2]"), ended());
    assert_eq!(decode("order.archived", 2, "7"), Some(Sale::Archived));
}

#[test]
fn a_union_reads_what_its_views_read() {
    let money = decode("payment.captured", 1, r#"{"order":"o1"}"#);
    assert_eq!(money, Some(Sale::Money(Payments::Captured { order: "o1".into() })));
    assert_eq!(decode("stock.taken", 1, "3"), Some(Sale::Stock(Taken(3))));
    let shown: Vec<_> = reads_of::<Sale>()
        .into_iter()
        .map(|read| {
            format!("{} {:?} {}", read.event_type, read.versions, names(read.fields).join(" "))
        })
        .collect();
    let expected = [
        "order.placed 1..=2 customer total_cents?",
        "order.cancelled 1..=1 ",
        "order.expired 1..=1 ",
        "order.archived 2..=2 ",
        "order.priced 1..=1 *?",
        "payment.captured 1..=1 order",
        "stock.taken 1..=1 *?",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_version_that_the_view_does_not_state_is_an_error_with_advice() {
    let text = failure::<Sale>("order.cancelled", 2, "{}");
    assert_eq!(
        text,
        "decode order.cancelled version 2: Sale::Ended reads version 1; \
         look at what changed, then state the versions: `versions = 1..=2`"
    );
    assert!(failure::<Sale>("order.archived", 1, "{}").contains("Sale::Archived reads version 2"));
    assert!(failure::<Sale>("stock.taken", 9, "3").contains("Taken reads version 1"));
}

#[test]
fn a_payload_that_does_not_fit_names_its_type_and_version() {
    let text = failure::<Sale>("order.placed", 2, "{}");
    assert!(text.starts_with("decode order.placed version 2: missing field `customer`"), "{text}");
    let text = failure::<Sale>("payment.captured", 1, "{}");
    assert!(text.starts_with("decode payment.captured version 1: missing field"), "{text}");
}

#[derive(View)]
#[reads("order.placed", "order.cancelled")]
struct Seen {
    #[view(id)]
    id: String,
    #[view(occurred_at)]
    at: DateTime<Utc>,
    #[view(correlation)]
    flow: CorrelationId,
    #[view(position)]
    position: Position,
    #[view(version)]
    version: Version,
    #[view(actor)]
    by: Option<String>,
    #[serde(skip)]
    notes: Vec<String>,
}

#[test]
fn marked_fields_come_from_the_envelope() {
    let envelope = envelope("order-o-1", "order.cancelled", 1, "{}");
    let seen = Seen::decode(&envelope).unwrap().unwrap();
    assert_eq!((seen.id.as_str(), seen.version), ("o-1", Version(3)));
    assert_eq!((seen.at, seen.position), (envelope.metadata.occurred_at, Position(70)));
    assert_eq!((seen.flow, seen.by.as_deref()), (envelope.metadata.correlation, Some("alice")));
    assert_eq!(seen.notes.len(), 0);
    assert_eq!(names(reads_of::<Seen>()[0].fields), [""; 0]);
}

#[derive(Debug, PartialEq, View)]
#[reads("order.placed")]
struct Placed;

#[derive(Debug, PartialEq, View)]
enum Either {
    Order(Placed),
    Money(Payments),
}

#[test]
fn a_view_may_be_a_union_and_nothing_else() {
    assert_eq!(decode("order.placed", 1, "{}"), Some(Either::Order(Placed)));
    assert_eq!(decode::<Either>("order.cancelled", 1, "{}"), None);
}
