//! What the derives' code calls, so that it stays small. Not for use by hand.

use crate::{
    Aggregate, Command, DecodeError, EncodeError, Encoded,
    codec::{VariantDeserializer, VariantSerializer},
    row::{ColumnType, Value},
};
use serde::Deserialize;
use serde_json::Error;
use std::{fmt::Display, ops::RangeInclusive, vec};

/// Writes a payload called `name`.
pub fn write(
    name: impl Display,
    serialize: impl FnOnce(VariantSerializer<'_>) -> Result<(), Error>,
) -> Result<Vec<u8>, EncodeError> {
    let mut data = Vec::with_capacity(128);
    serialize(VariantSerializer(&mut data))
        .map_err(|error| EncodeError::new(name.to_string(), error))?;
    Ok(data)
}

/// A payload to read, with the name and the version that an error says.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'de> {
    name: &'de str,
    version: u32,
    data: &'de [u8],
}

impl<'de> Payload<'de> {
    /// A payload called `name`.
    pub fn new(name: &'de str, version: u32, data: &'de [u8]) -> Self {
        Self { name, version, data }
    }

    /// The payload of an event.
    pub fn of(event: Encoded<'de>) -> Self {
        Self::new(event.event_type, event.schema_version, event.data)
    }

    /// Reads it as the content of an enum's variant.
    pub fn variant<T: Deserialize<'de>>(self, variant: &'static str) -> Result<T, DecodeError> {
        T::deserialize(VariantDeserializer::new(variant, self.data))
            .map_err(|error| DecodeError::payload(self.name, self.version, error))
    }

    /// Reads it as a value of its own, such as the payload of an older version.
    pub fn whole<T: Deserialize<'de>>(self) -> Result<T, DecodeError> {
        serde_json::from_slice(self.data)
            .map_err(|error| DecodeError::payload(self.name, self.version, error))
    }
}

/// Refuses a version that a view does not read.
pub fn check_version(
    event: Encoded<'_>,
    reader: &str,
    known: RangeInclusive<u32>,
) -> Result<(), DecodeError> {
    if known.contains(&event.schema_version) {
        return Ok(());
    }
    let advice = "look at what changed, then state the versions: `versions = 1..=2`";
    Err(unknown_version(event, reader, known, advice))
}

/// A version of an owner's own event that this code does not know.
pub fn unknown_to_owner(event: Encoded<'_>, owner: &str, newest: u32) -> DecodeError {
    let advice = "newer code wrote it: deploy that here too, or keep the old payload's type in `#[event(was(…))]` if a version was taken back";
    unknown_version(event, owner, 1..=newest, advice)
}

fn unknown_version(
    event: Encoded<'_>,
    reader: &str,
    known: RangeInclusive<u32>,
    advice: &'static str,
) -> DecodeError {
    DecodeError::UnknownVersion {
        name: event.event_type.to_owned(),
        version: event.schema_version,
        reader: reader.into(),
        known,
        advice,
    }
}

/// The name in the log of a command, by its variant; the derive has checked that there is one.
pub fn command_name<A: Aggregate>(variant: &'static str) -> &'static str {
    let types = A::Command::TYPES;
    types.iter().find(|command| command.variant == variant).map_or(variant, |found| found.name)
}

/// Whether an aggregate has a command, by its variant, so that the compiler can refuse others.
pub const fn has_command<A: Aggregate>(variant: &str) -> bool {
    let (types, mut at) = (A::Command::TYPES, 0);
    while at < types.len() {
        if same(types[at].variant.as_bytes(), variant.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// Constants cannot be compared with `==` yet.
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The value of the next column of a row.
pub fn column<T: ColumnType>(
    values: &mut vec::IntoIter<Value>,
    name: &'static str,
) -> Result<T, String> {
    let value = values.next().ok_or_else(|| format!("column `{name}` is missing"))?;
    let shown = format!("{value:?}");
    T::from_value(value).ok_or_else(|| {
        format!("column `{name}` holds {shown}, which is no {}", std::any::type_name::<T>())
    })
}

/// Refuses values behind the last column.
pub fn no_more_columns(mut values: vec::IntoIter<Value>) -> Result<(), String> {
    values.next().map_or(Ok(()), |value| Err(format!("{value:?} stands behind the last column")))
}
