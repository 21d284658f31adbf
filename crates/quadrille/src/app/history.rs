//! What an app's code makes of events, one after the other: the states of an aggregate, and those
//! of a row.

use super::App;
use crate::{
    Envelope, EventId, StoreError, StreamId, Version,
    consumer::Handle,
    row::{Column, Kind, Value},
};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value as Json};
use std::{ops::ControlFlow, sync::Arc};

/// Events that are read at once.
pub(crate) const PAGE: usize = 1_000;

/// What is called with each event and what there is after it, until it says to break off: an
/// aggregate's state, or a row by its columns, `null` where there is none.
pub type See<'a> = &'a mut (dyn FnMut(&Envelope, &Json) -> ControlFlow<()> + Send);

/// Events that a history does not tell, since today's code cannot read or apply them, and those
/// behind them in their streams. A read model parks such events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many there are.
    pub events: u64,
    /// The first of them, and why.
    pub first: Option<(EventId, String)>,
}

/// Why a history cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// No aggregate here has this category.
    #[error("tell the states of {0}: this app has no aggregate of its category")]
    NoAggregate(StreamId),
    /// Its state has no form that can be shown.
    #[error(
        "tell the states of {0}: its aggregate's state cannot be shown; derive `Serialize` for it, and add it by `inspectable_aggregate` or `aggregate_with_snapshots`"
    )]
    NotInspectable(StreamId),
    /// An event of the aggregate cannot be read or applied, or the state that it leaves cannot be
    /// written as JSON.
    #[error("tell the states of {stream}: event {event} at version {version}: {reason}")]
    Event {
        /// The stream.
        stream: StreamId,
        /// The event.
        event: EventId,
        /// Its place in the stream.
        version: Version,
        /// Why.
        reason: String,
    },
    /// No read model here has this name.
    #[error("tell the history of a row: this app has no read model `{0}`")]
    NoModel(String),
    /// It is written with SQL.
    #[error(
        "tell the history of a row: read model `{0}` is written with SQL, and only its database knows which events a row comes from; row projectors can tell"
    )]
    NotRows(String),
    /// This is no key of it.
    #[error("tell the history of a row of `{model}`: {problem}; its key is {key}")]
    Key {
        /// The read model.
        model: String,
        /// What is wrong.
        problem: String,
        /// The columns of its key, with their kinds.
        key: String,
    },
    /// The store has a problem.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Reads an aggregate's events from the first one on, and shows its state after each of them, for
    /// which the state is written as JSON each time. Neither caches nor snapshots are used.
    ///
    /// # Errors
    /// When it is not registered in a way that its state can be shown, or its events cannot be read.
    pub async fn states(&self, stream: &StreamId, see: See<'_>) -> Result<(), HistoryError> {
        let aggregate = self.engine.aggregates.named(stream.category().as_str());
        let aggregate = aggregate.ok_or_else(|| HistoryError::NoAggregate(stream.clone()))?;
        aggregate.states(&self.engine, stream, see).await
    }

    /// Reads the events that a read model of rows reads, from the first one on, and shows one of its
    /// rows after each event that touches it. The key is given as text, as the columns are shown.
    ///
    /// All events of the read model's types are read, since only its code knows which ones
    /// touch the row. The read model itself is not: it holds another row where it has not
    /// caught up, or was built by other code.
    ///
    /// # Errors
    /// When there is no such read model, it is written with SQL, or the log cannot be read.
    pub async fn row_history(
        &self,
        model: &str,
        key: &[String],
        see: See<'_>,
    ) -> Result<LeftOut, HistoryError> {
        let handles = self.engine.handles();
        let is_it = |handle: &&Arc<Handle>| {
            handle.behaviour.kind().is_projector() && handle.name() == model
        };
        let handle = handles.iter().find(is_it);
        let handle = handle.ok_or_else(|| HistoryError::NoModel(model.to_owned()))?;
        handle.behaviour.row_history(&self.engine, key, see).await
    }
}

/// A key from text, one for each column of it.
pub(crate) fn key_from_text(
    model: &str,
    columns: &[Column],
    given: &[String],
) -> Result<Vec<Value>, HistoryError> {
    let key: Vec<&Column> = columns.iter().filter(|column| column.key).collect();
    let refuse = |problem: String| {
        let named = |column: &&Column| format!("{} ({})", column.name, word(column.kind));
        let names: Vec<String> = key.iter().map(named).collect();
        HistoryError::Key { model: model.to_owned(), problem, key: names.join(", ") }
    };
    if key.len() != given.len() {
        return Err(refuse(format!("{} values are given", given.len())));
    }
    let value = |(column, text): (&&Column, &String)| {
        let value = from_text(column.kind, text);
        value.ok_or_else(|| refuse(format!("{text:?} is not {}", word(column.kind))))
    };
    key.iter().zip(given).map(value).collect()
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "an integer",
        Kind::Real => "a number",
        Kind::Text => "text",
        Kind::Blob => "bytes in hexadecimal",
        Kind::Bool => "true or false",
        Kind::Time => "a time such as 2026-05-01T10:00:00Z",
    }
}

fn from_text(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        // Those above 2^63 are kept as negative numbers.
        Kind::Integer => {
            let large = || text.parse().ok().map(u64::cast_signed);
            text.parse().ok().or_else(large).map(Value::Integer)
        }
        Kind::Real => text.parse().ok().map(Value::Real),
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Blob => bytes(text).map(Value::Blob),
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::Time => {
            text.parse::<DateTime<Utc>>().ok().map(|time| Value::Time(time.trunc_subsecs(6)))
        }
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// A row by its columns.
pub(crate) fn row_json(columns: &[Column], values: Vec<Value>) -> Json {
    let column = |(column, value): (&Column, Value)| (column.name.to_owned(), json(value));
    Json::Object(columns.iter().zip(values).map(column).collect::<Map<_, _>>())
}

fn json(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
        }
        Value::Bool(yes) => yes.into(),
        Value::Time(time) => Value::time_text(time).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column { name: "number", kind: Kind::Integer, key: true, nullable: false },
        Column { name: "total", kind: Kind::Real, key: false, nullable: false },
        Column { name: "at", kind: Kind::Time, key: true, nullable: false },
        Column { name: "hash", kind: Kind::Blob, key: true, nullable: false },
    ];

    fn key(given: &[&str]) -> Result<Vec<Value>, String> {
        let given: Vec<String> = given.iter().map(|&text| text.to_owned()).collect();
        key_from_text("sums", COLUMNS, &given).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_is_read_from_text_column_by_column() {
        let at = "2026-05-01T12:00:00.5+02:00";
        let read = [
            Value::Integer(-4),
            Value::Time("2026-05-01T10:00:00.5Z".parse().unwrap()),
            Value::Blob(vec![0x0a, 0xff]),
        ];
        assert_eq!(key(&["-4", at, "0aFF"]), Ok(read.to_vec()));
        assert_eq!(key(&["18446744073709551615", at, ""]).unwrap()[0], Value::Integer(-1));
        let exact = key(&["0", "2026-05-01T10:00:00.123456789Z", ""]).unwrap();
        assert_eq!(exact[1], Value::Time("2026-05-01T10:00:00.123456Z".parse().unwrap()));
        let check = |given: &[&str], part: &str| {
            let error = key(given).unwrap_err();
            assert!(error.contains(part), "{error}");
            assert!(error.ends_with(
                "its key is number (an integer), at (a time such as 2026-05-01T10:00:00Z), hash (bytes in hexadecimal)"
            ));
        };
        check(&["1", at], "a row of `sums`: 2 values are given");
        check(&["x", at, ""], "\"x\" is not an integer");
        check(&["1", "noon", ""], "\"noon\" is not a time");
        check(&["1", at, "abc"], "\"abc\" is not bytes");
    }

    #[test]
    fn a_row_is_shown_by_its_columns() {
        let at = "2026-05-01T10:00:00Z".parse().unwrap();
        let values =
            vec![Value::Integer(7), Value::Real(0.5), Value::Time(at), Value::Blob(vec![1, 254])];
        assert_eq!(
            row_json(COLUMNS, values),
            serde_json::json!({
                "number": 7, "total": 0.5, "at": "2026-05-01T10:00:00.000000Z", "hash": "01fe",
            })
        );
    }
}
