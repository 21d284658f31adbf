use super::{decode, failure, names, round_trip};
use quadrille::{Event, Tag, view::reads_of};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Money {
    cents: i64,
}

#[derive(Debug, PartialEq, Event)]
#[event(category = "order")]
enum OrderEvent {
    #[event(was(PlacedV1, PlacedV2))]
    Placed {
        #[event(tag)]
        customer: String,
        total_cents: i64,
        #[event(tag)]
        coupon: Option<u32>,
    },
    Priced(Money),
    Moved(i64, String),
    #[event(type = "order.revoked")]
    Cancelled,
    Reopened {},
    Closed(),
}

#[derive(Deserialize)]
struct PlacedV1 {
    customer: String,
    total: f64,
}
#[derive(Deserialize)]
struct PlacedV2 {
    customer: String,
    total_cents: i64,
}

impl From<PlacedV1> for OrderEvent {
    fn from(old: PlacedV1) -> Self {
        #[allow(clippy::cast_possible_truncation)]
        let total_cents = (old.total * 100.0).round() as i64;
        Self::Placed { customer: old.customer, total_cents, coupon: None }
    }
}
impl From<PlacedV2> for OrderEvent {
    fn from(old: PlacedV2) -> Self {
        Self::Placed { customer: old.customer, total_cents: old.total_cents, coupon: None }
    }
}

fn placed() -> OrderEvent {
    OrderEvent::Placed { customer: "bob".into(), total_cents: 150, coupon: None }
}

#[test]
fn a_payload_holds_the_variants_fields_and_nothing_else() {
    let json = r#"{"customer":"bob","total_cents":150,"coupon":null}"#;
    round_trip(placed(), "order.placed", json);
    round_trip(OrderEvent::Priced(Money { cents: 7 }), "order.priced", r#"{"cents":7}"#);
    round_trip(OrderEvent::Moved(7, "x".into()), "order.moved", r#"[7,"x"]"#);
    round_trip(OrderEvent::Cancelled, "order.revoked", "{}");
    round_trip(OrderEvent::Reopened {}, "order.reopened", "{}");
    round_trip(OrderEvent::Closed(), "order.closed", "{}");
}

#[test]
fn types_are_recorded_with_their_versions_and_fields() {
    assert_eq!(OrderEvent::CATEGORY, "order");
    let shown: Vec<_> = OrderEvent::TYPES
        .iter()
        .map(|of| (of.variant, of.name, of.version, names(of.fields).join(" ")))
        .collect();
    let expected = [
        ("Placed", "order.placed", 3, "customer total_cents coupon?"),
        ("Priced", "order.priced", 1, "*?"),
        ("Moved", "order.moved", 1, "0 1"),
        ("Cancelled", "order.revoked", 1, ""),
        ("Reopened", "order.reopened", 1, ""),
        ("Closed", "order.closed", 1, ""),
    ];
    assert_eq!(shown, expected.map(|(v, n, version, fields)| (v, n, version, fields.to_owned())));
    assert_eq!(OrderEvent::Cancelled.kind(), 3);
}

#[test]
fn older_versions_come_through_their_upcasters() {
    let old = decode("order.placed", 1, r#"{"customer":"bob","total":1.5}"#);
    assert_eq!(old, Some(placed()));
    let old = decode("order.placed", 2, r#"{"customer":"bob","total_cents":150}"#);
    assert_eq!(old, Some(placed()));
    let reads = reads_of::<OrderEvent>();
    assert_eq!((reads[0].event_type, reads[0].versions.clone()), ("order.placed", 1..=3));
    assert_eq!(reads[1].versions, 1..=1);
}

#[test]
fn an_unknown_version_of_an_own_type_is_an_error_and_not_a_skip() {
    let text = failure::<OrderEvent>("order.placed", 4, "{}");
    assert!(
        text.starts_with("decode order.placed version 4: OrderEvent reads versions 1 to 3; "),
        "{text}"
    );
    assert_eq!(decode::<OrderEvent>("order.unheard_of", 1, "{}"), None);
}

#[test]
fn errors_name_the_type_and_the_version() {
    for version in [1, 3] {
        let text = failure::<OrderEvent>("order.placed", version, r#"{"customer":"bob"}"#);
        let start = format!("decode order.placed version {version}: missing field `total");
        assert!(text.starts_with(&start), "{text}");
    }
    let text = failure::<OrderEvent>("order.priced", 1, "7 seven");
    assert!(text.starts_with("decode order.priced version 1: invalid type"), "{text}");
}

#[test]
fn tags_are_the_marked_fields() {
    assert_eq!(placed().tags(), [Tag::new("customer", "bob")]);
    let event = OrderEvent::Placed { customer: "bob".into(), total_cents: 1, coupon: Some(7) };
    assert_eq!(event.tags(), [Tag::new("customer", "bob"), Tag::new("coupon", 7)]);
    assert_eq!(OrderEvent::Cancelled.tags(), []);
}

#[derive(Debug, Event)]
#[event(category = "odd")]
enum Odd {
    Keyed(std::collections::BTreeMap<(u8, u8), u8>),
}

#[test]
fn a_payload_without_a_json_form_names_its_type() {
    let error = Odd::Keyed([((1, 2), 3)].into()).encode().unwrap_err();
    assert_eq!(error.to_string(), "encode odd.keyed");
}
