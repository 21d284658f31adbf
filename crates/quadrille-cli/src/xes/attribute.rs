use super::{Place, Problem};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use std::collections::HashSet;

/// A value of one of the types that XES knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any text.
    String(String),
    /// A time, as it was written.
    Date(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Boolean(bool),
    /// An identifier.
    Id(String),
    /// Attributes in an order that matters; keys may come again.
    List,
    /// Attributes without a value of their own.
    Container,
}

/// A key, a value and the attributes that describe it further.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its key as written.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// What lies within it.
    pub nested: Vec<Attribute>,
    /// Where it begins.
    pub place: Place,
}

impl Attribute {
    /// The value as text; `None` for lists and containers.
    pub fn text(&self) -> Option<String> {
        match &self.value {
            Value::String(text) | Value::Date(text) | Value::Id(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Boolean(yes) => Some(yes.to_string()),
            Value::List | Value::Container => None,
        }
    }
}

impl Value {
    /// The value of an element called `tag`; `None` when attributes are not called so.
    pub(super) fn parse(
        tag: &str,
        key: &str,
        text: Option<String>,
    ) -> Option<Result<Self, Problem>> {
        let bad = |value: String, problem: &str| Problem::Value {
            key: key.to_owned(),
            value,
            problem: problem.to_owned(),
        };
        match tag {
            "list" => return Some(Ok(Self::List)),
            "container" => return Some(Ok(Self::Container)),
            "string" | "date" | "int" | "float" | "boolean" | "id" => {}
            _ => return None,
        }
        let Some(text) = text else {
            return Some(Err(Problem::NotXes(format!("the attribute `{key}` has no `value`"))));
        };
        Some(match tag {
            "int" => {
                text.trim().parse().map(Self::Int).map_err(|_| bad(text, "not a whole number"))
            }
            "float" => text.trim().parse().map(Self::Float).map_err(|_| bad(text, "not a number")),
            "boolean" => match text.trim() {
                "true" | "1" => Ok(Self::Boolean(true)),
                "false" | "0" => Ok(Self::Boolean(false)),
                _ => Err(bad(text, "neither true nor false")),
            },
            "date" => Ok(Self::Date(text)),
            "id" => Ok(Self::Id(text)),
            _ => Ok(Self::String(text)),
        })
    }
}

/// Attributes as the object that they become in JSON, in the log's order.
///
/// An attribute with others inside becomes `{"value": …, "attributes": {…}}`, a list an array of
/// objects with one key each, and a container an object. Numbers that JSON does not know (`NaN`)
/// become text.
pub(super) struct Object<'a>(pub &'a [Attribute]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for attribute in self.0 {
            map.serialize_entry(&attribute.key, attribute)?;
        }
        map.end()
    }
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Container => Object(&self.nested).serialize(serializer),
            Value::List => {
                let mut items = serializer.serialize_seq(Some(self.nested.len()))?;
                for item in &self.nested {
                    items.serialize_element(&Object(std::slice::from_ref(item)))?;
                }
                items.end()
            }
            value if self.nested.is_empty() => value.serialize(serializer),
            value => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("value", value)?;
                map.serialize_entry("attributes", &Object(&self.nested))?;
                map.end()
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) | Self::Date(text) | Self::Id(text) => {
                serializer.serialize_str(text)
            }
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Float(number) => serializer.collect_str(number),
            Self::Boolean(yes) => serializer.serialize_bool(*yes),
            Self::List | Self::Container => serializer.serialize_unit(),
        }
    }
}

/// The second attribute of a key that is there twice.
pub(super) fn repeated(attributes: &[Attribute]) -> Option<&Attribute> {
    let mut seen = HashSet::with_capacity(attributes.len());
    attributes.iter().find(|attribute| !seen.insert(attribute.key.as_str()))
}
