//! Payloads and states, field by field.

use serde::Serialize;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt};

/// A field that is not the same in two payloads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The field: names and places in lists, with dots between them. Empty for the whole.
    pub field: String,
    /// What it was; `None` where it was not there.
    pub before: Option<Value>,
    /// What it is; `None` where it is there no more.
    pub after: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "all of it" } else { &self.field };
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "{field} = {after}"),
            (Some(before), Some(after)) => write!(f, "{field}: {before} → {after}"),
            (Some(before), None) => write!(f, "{field}: {before} → gone"),
            (None, None) => write!(f, "{field}"),
        }
    }
}

/// What differs between two values: field by field as deep as both hold objects or lists, in the
/// order of the fields' names.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

/// A field by its name, with dots where it lies deeper and numbers for places in lists, such as
/// `lines.0.cents`; or by a JSON pointer, such as `/lines/0/cents`, where a name holds a dot.
pub fn field<'a>(payload: &'a Value, name: &str) -> Option<&'a Value> {
    if name.starts_with('/') {
        return payload.pointer(name);
    }
    name.split('.').try_fold(payload, |value, part| match value {
        Value::Object(fields) => fields.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn compare(
    field: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    let below = |name: &str| match field {
        "" => name.to_owned(),
        field => format!("{field}.{name}"),
    };
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for name in names(before, after) {
                compare(&below(name), before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for at in 0..before.len().max(after.len()) {
                compare(&below(&at.to_string()), before.get(at), after.get(at), found);
            }
        }
        (before, after) => found.push(Difference {
            field: field.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn names<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> BTreeSet<&'a str> {
    before.keys().chain(after.keys()).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(before: Value, after: Value, expected: &[&str]) {
        let found: Vec<String> =
            differences(&before, &after).iter().map(Difference::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn fields_differ_one_by_one_as_deep_as_they_lie() {
        check(json!({ "a": 1, "b": [1, 2] }), json!({ "a": 1, "b": [1, 2] }), &[]);
        check(
            json!({ "cents": 0, "gone": true, "to": { "city": "Bern", "zip": "3000" } }),
            json!({ "cents": 100, "new": null, "to": { "city": "Bern", "zip": "3001" } }),
            &["cents: 0 → 100", "gone: true → gone", "new = null", "to.zip: \"3000\" → \"3001\""],
        );
        check(
            json!({ "lines": [{ "n": 1 }, { "n": 2 }] }),
            json!({ "lines": [{ "n": 3 }] }),
            &["lines.0.n: 1 → 3", "lines.1: {\"n\":2} → gone"],
        );
        check(json!(1), json!("one"), &["all of it: 1 → \"one\""]);
        check(json!({ "a": {} }), json!({ "a": [] }), &["a: {} → []"]);
    }

    #[test]
    fn fields_are_found_by_names_and_by_pointers() {
        let payload = json!({ "lines": [{ "cents": 5 }], "a.b": 1, "": 2 });
        let check = |name, expected: Option<i32>| {
            assert_eq!(field(&payload, name), expected.map(Value::from).as_ref(), "{name}");
        };
        check("lines.0.cents", Some(5));
        check("/lines/0/cents", Some(5));
        check("/a.b", Some(1));
        check("", Some(2));
        check("a.b", None);
        check("lines.-1", None);
        check("lines.0.cents.more", None);
    }
}
