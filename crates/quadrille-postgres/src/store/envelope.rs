//! From rows to envelopes.

use quadrille_core::{
    Category, CausationId, CommandId, CommandStamp, CorrelationId, Envelope, EventId, Metadata,
    Position, StreamId, Tag, TraceContext, Version,
};
use sqlx::{Error, Row, postgres::PgRow};
use std::error;

/// What [`envelope`] reads, in this order; `read_page` puts `more` in the first place.
pub(super) const COLUMNS: &str = "NULL::bool, e.position, e.id, e.category, e.stream, e.version, \
    e.type, e.schema_version, e.recorded_at, e.occurred_at, e.correlation, e.causation, \
    e.command, e.command_name, e.fingerprint, e.component, e.actor, e.trace_parent, \
    e.trace_state, e.tags, e.data";

pub(super) fn envelope(row: &PgRow) -> Result<Envelope, Error> {
    let command = match row.try_get(12)? {
        None => None,
        Some(id) => Some(CommandStamp {
            id: CommandId(id),
            name: row.try_get(13)?,
            fingerprint: row.try_get(14)?,
        }),
    };
    let trace = match row.try_get(17)? {
        None => None,
        Some(parent) => Some(TraceContext { parent, state: row.try_get(18)? }),
    };
    let tags = match row.try_get::<Option<&str>, _>(19)? {
        None => Vec::new(),
        Some(json) => tags_of(json)?,
    };
    Ok(Envelope {
        position: position(row)?,
        id: EventId(row.try_get(2)?),
        stream: stream_id(row, 3)?,
        version: Version(row.try_get::<i64, _>(5)? as u64),
        event_type: row.try_get(6)?,
        schema_version: u32::try_from(row.try_get::<i64, _>(7)?).map_err(malformed)?,
        recorded_at: row.try_get(8)?,
        data: row.try_get(20)?,
        metadata: Metadata {
            occurred_at: row.try_get(9)?,
            correlation: CorrelationId(row.try_get(10)?),
            causation: CausationId(row.try_get(11)?),
            command,
            component: row.try_get(15)?,
            actor: row.try_get(16)?,
            trace,
            tags,
        },
    })
}

pub(super) fn position(row: &PgRow) -> Result<Position, Error> {
    Ok(Position(row.try_get::<i64, _>(1)? as u64))
}

/// A stream whose category is in this column and whose id is in the next.
pub(super) fn stream_id(row: &PgRow, column: usize) -> Result<StreamId, Error> {
    let category = Category::new(row.try_get::<String, _>(column)?).map_err(malformed)?;
    StreamId::new(category, row.try_get::<String, _>(column + 1)?).map_err(malformed)
}

fn tags_of(json: &str) -> Result<Vec<Tag>, Error> {
    let pairs: Vec<(String, String)> = serde_json::from_str(json).map_err(malformed)?;
    Ok(pairs.into_iter().map(|(key, value)| Tag { key, value }).collect())
}

pub(super) fn malformed(error: impl error::Error + Send + Sync + 'static) -> Error {
    Error::Decode(error.into())
}
