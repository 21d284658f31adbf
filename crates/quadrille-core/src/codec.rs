//! JSON with the variant outside: the event type names it, the bytes hold its fields.
//!
//! The derives use this through a hidden mirror enum (`#[serde(remote)]`), so that users' enums
//! need no serde derives and the bytes go straight into the type without a JSON value in between.

mod decode;
mod encode;

pub use decode::VariantDeserializer;
pub use encode::VariantSerializer;

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Event {
        Unit {},
        Newtype(i64),
        Tuple(i64, String),
        Struct { a: i64, b: Option<String> },
    }

    fn check(event: Event, variant: &'static str, json: &str) {
        let mut bytes = Vec::new();
        event.serialize(VariantSerializer(&mut bytes)).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), json);
        let back = Event::deserialize(VariantDeserializer::new(variant, json.as_bytes())).unwrap();
        assert_eq!(back, event);
    }

    #[test]
    fn a_payload_holds_the_fields_of_its_variant_only() {
        check(Event::Unit {}, "Unit", "{}");
        check(Event::Newtype(7), "Newtype", "7");
        check(Event::Tuple(7, "x".into()), "Tuple", r#"[7,"x"]"#);
        check(Event::Struct { a: 7, b: None }, "Struct", r#"{"a":7,"b":null}"#);
    }

    #[test]
    fn trailing_bytes_and_missing_fields_are_errors() {
        let decode = |variant, json: &'static str| {
            Event::deserialize(VariantDeserializer::new(variant, json.as_bytes()))
        };
        assert!(decode("Struct", r#"{"a":7} x"#).is_err());
        assert!(decode("Tuple", r#"[7,"x"] []"#).is_err());
        assert!(decode("Struct", "{}").unwrap_err().to_string().contains("missing field `a`"));
        assert!(decode("Unit", r#"{"later":1}"#).is_ok());
    }
}
