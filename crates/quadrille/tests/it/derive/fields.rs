//! The recorded names of fields are those that serde writes and reads.

use super::names;
use quadrille::{Event, View, view::reads_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Default, Serialize, Deserialize)]
struct Address {
    street: String,
}

mod cents {
    pub fn serialize<S: serde::Serializer>(value: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(value.unwrap_or_default())
    }
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        serde::Deserialize::deserialize(from).map(Some)
    }
}

#[derive(Event)]
#[event(category = "shape")]
#[serde(rename_all_fields = "camelCase")]
enum Shape {
    Plain {
        first_name: String,
        r#type: String,
        #[serde(rename = "LAST")]
        last_name: Option<String>,
    },
    #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
    Loud {
        first_name: String,
        r#type: String,
    },
    Lenient {
        #[serde(default)]
        total_cents: i64,
        #[serde(skip)]
        in_memory: i64,
        #[serde(with = "cents")]
        with_cents: Option<i64>,
    },
    Flat {
        order_id: String,
        #[serde(flatten)]
        address: Address,
        #[serde(flatten)]
        others: BTreeMap<String, String>,
    },
    Pair(String, #[serde(skip)] i64, String),
}

fn samples() -> Vec<Shape> {
    let text = String::new;
    vec![
        Shape::Plain { first_name: text(), r#type: text(), last_name: None },
        Shape::Loud { first_name: text(), r#type: text() },
        Shape::Lenient { total_cents: 0, in_memory: 0, with_cents: None },
        Shape::Flat { order_id: text(), address: Address::default(), others: BTreeMap::new() },
        Shape::Pair(text(), 0, text()),
    ]
}

#[test]
fn recorded_names_follow_serdes_attributes() {
    let recorded: Vec<_> = Shape::TYPES.iter().map(|of| names(of.fields).join(" ")).collect();
    let expected = [
        "firstName type LAST?",
        "FIRST-NAME TYPE",
        "totalCents? withCents",
        "orderId *? *?",
        "0 1",
    ];
    assert_eq!(recorded, expected);
}

#[test]
fn recorded_names_are_the_keys_that_are_written() {
    for event in samples() {
        let of = event.event_type();
        let value: serde_json::Value = serde_json::from_slice(&event.encode().unwrap()).unwrap();
        let Some(object) = value.as_object() else {
            assert_eq!(value.as_array().map(Vec::len), Some(of.fields.len()), "{value}");
            continue;
        };
        let flattened = of.fields.iter().any(|field| field.name == "*");
        let known: Vec<_> = of.fields.iter().map(|field| field.name).collect();
        let unknown = object.keys().filter(|key| !known.contains(&key.as_str()));
        assert_eq!(unknown.count() > 0, flattened, "{value}");
        let missing = known.iter().filter(|name| **name != "*" && !object.contains_key(**name));
        assert_eq!(missing.count(), 0, "{value}");
    }
}

#[derive(View)]
#[reads("shape.plain")]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Named {
    #[view(id)]
    shape: String,
    #[serde(rename(deserialize = "first", serialize = "given"))]
    given: String,
    #[serde(default)]
    last_seen_by: String,
    middle_name_2: Option<String>,
}

#[test]
fn a_struct_view_reads_by_the_names_that_serde_reads() {
    let reads = reads_of::<Named>();
    assert_eq!(names(reads[0].fields), ["first", "lastSeenBy?", "middleName2?"]);
}
