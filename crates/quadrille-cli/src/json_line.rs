//! One event as one line of JSON.

use chrono::{DateTime, SubsecRound, Utc};
use quadrille_core::{Envelope, EventId, Metadata, NewEvent, Position, StreamId, Version};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::io::{self, Write};

#[derive(Serialize)]
struct Written<'a> {
    position: Position,
    stream: &'a StreamId,
    version: Version,
    id: EventId,
    #[serde(rename = "type")]
    event_type: &'a str,
    schema_version: u32,
    recorded_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_hex: Option<String>,
    metadata: &'a Metadata,
}

/// Writes an event and a line's end.
pub(crate) fn write(event: &Envelope, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let data = verbatim(&event.data);
    let text = if data.is_some() { None } else { std::str::from_utf8(&event.data).ok() };
    let hex = (data.is_none() && text.is_none()).then(|| to_hex(&event.data));
    let written = Written {
        position: event.position,
        stream: &event.stream,
        version: event.version,
        id: event.id,
        event_type: &event.event_type,
        schema_version: event.schema_version,
        recorded_at: event.recorded_at,
        data,
        data_text: text,
        data_hex: hex,
        metadata: &event.metadata,
    };
    serde_json::to_writer(&mut *out, &written)?;
    out.write_all(b"\n")
}

/// A payload that can stand in a line as it is: JSON without space around it and without breaks.
fn verbatim(data: &[u8]) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_slice(data).ok()?;
    let whole = raw.get().len() == data.len();
    (whole && !data.iter().any(|byte| matches!(byte, b'\n' | b'\r'))).then_some(raw)
}

#[derive(Deserialize)]
struct Read {
    stream: StreamId,
    version: Option<Version>,
    id: EventId,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default = "first_version")]
    schema_version: u32,
    #[serde(default, deserialize_with = "raw")]
    data: Option<Box<RawValue>>,
    data_text: Option<String>,
    data_hex: Option<String>,
    metadata: Metadata,
}

/// A payload may be `null`, which is not the same as none.
fn raw<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(value).map(Some)
}

fn first_version() -> u32 {
    1
}

/// An event that a line tells of.
pub(crate) struct Line {
    pub stream: StreamId,
    pub version: Option<Version>,
    pub event: NewEvent,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadLine {
    #[error("it is no event: {problem}")]
    Json { problem: String, column: usize },
    #[error(transparent)]
    Name(#[from] quadrille_core::InvalidName),
    #[error("{0}")]
    Data(&'static str),
}

impl BadLine {
    /// The parser sees one line only, so that its own line number would mislead.
    fn json(error: &serde_json::Error) -> Self {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let problem = error.to_string().replace(&place, "");
        Self::Json { problem, column: error.column().max(1) }
    }

    /// The column, where it is known.
    pub fn column(&self) -> usize {
        match self {
            Self::Json { column, .. } => *column,
            _ => 1,
        }
    }
}

/// Reads a line.
pub(crate) fn read(line: &[u8]) -> Result<Line, BadLine> {
    let read: Read =
        serde_json::from_slice(line.trim_ascii_end()).map_err(|error| BadLine::json(&error))?;
    let data = match (read.data, read.data_text, read.data_hex) {
        (Some(data), None, None) => String::from(Box::<str>::from(data)).into_bytes(),
        (None, Some(text), None) => text.into_bytes(),
        (None, None, Some(hex)) => from_hex(&hex).ok_or(BadLine::Data("`data_hex` is no hex"))?,
        _ => return Err(BadLine::Data("it needs one of `data`, `data_text` and `data_hex`")),
    };
    let mut event = NewEvent::new(read.id, read.event_type, data, read.metadata)?;
    event.schema_version = read.schema_version;
    event.metadata.occurred_at = event.metadata.occurred_at.trunc_subsecs(6);
    Ok(Line { stream: read.stream, version: read.version, event })
}

fn to_hex(data: &[u8]) -> String {
    data.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let whole = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
            let digits = std::str::from_utf8(pair).ok().filter(|_| whole)?;
            u8::from_str_radix(digits, 16).ok()
        })
        .collect()
}
