use super::{Attribute, Place, Problem, XesError, attribute::Object};
use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};
use serde::Serialize;

/// One case of a log, which XES calls a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Where it begins.
    pub place: Place,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
    /// Its events, in the order of the log.
    pub events: Vec<CaseEvent>,
}

/// One event of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvent {
    /// Where it begins.
    pub place: Place,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Case {
    /// The text of one of its attributes.
    ///
    /// # Errors
    /// When it has none of this key.
    pub fn text(&self, key: &str) -> Result<String, XesError> {
        text(&self.attributes, key).ok_or_else(|| missing("case", key, self.place))
    }

    /// Its attributes as a JSON object.
    pub fn attributes_as_json(&self) -> impl Serialize + '_ {
        Object(&self.attributes)
    }
}

impl CaseEvent {
    /// The text of one of its attributes.
    ///
    /// # Errors
    /// When it has none of this key.
    pub fn text(&self, key: &str) -> Result<String, XesError> {
        self.find(key).ok_or_else(|| missing("event", key, self.place))
    }

    /// The text of one of its attributes, if it is there.
    pub fn find(&self, key: &str) -> Option<String> {
        text(&self.attributes, key)
    }

    /// The time in one of its attributes. A time without an offset is read with `offset`.
    ///
    /// # Errors
    /// When there is none, when it is not a time, and when it has no offset and none is given.
    pub fn time(&self, key: &str, offset: Option<FixedOffset>) -> Result<DateTime<Utc>, XesError> {
        let attribute = self.attributes.iter().find(|attribute| attribute.key == key);
        let attribute = attribute.ok_or_else(|| missing("event", key, self.place))?;
        let value = attribute.text().unwrap_or_default();
        parse_time(value.trim(), offset).map_err(|problem| {
            let problem = problem.to_owned();
            Problem::Value { key: key.to_owned(), value, problem }.at(attribute.place)
        })
    }

    /// Its attributes as a JSON object.
    pub fn attributes_as_json(&self) -> impl Serialize + '_ {
        Object(&self.attributes)
    }
}

fn text(attributes: &[Attribute], key: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.key == key).and_then(Attribute::text)
}

fn missing(of: &'static str, key: &str, place: Place) -> XesError {
    Problem::Missing { of, key: key.to_owned() }.at(place)
}

fn parse_time(text: &str, offset: Option<FixedOffset>) -> Result<DateTime<Utc>, &'static str> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .map_err(|_| "not a time such as 2024-05-01T09:30:00.000+02:00")?;
    let offset = offset.ok_or("a time without an offset from UTC: say which one it has")?;
    let time = offset.from_local_datetime(&local).single();
    time.map(|time| time.to_utc()).ok_or("out of the range of times")
}
