//! From rows to envelopes.

use super::course::Kinds;
use chrono::{DateTime, Utc};
use quadrille_core::{
    Category, CausationId, CommandId, CommandStamp, CorrelationId, Envelope, EventId, Metadata,
    Position, Query, StreamId, Tag, TraceContext, Version, store::StoredPayload,
};
use rusqlite::{Connection, Error, OptionalExtension, Row, types::Type};
use std::{
    collections::{BTreeMap, HashMap},
    error,
    sync::Arc,
};
use uuid::Uuid;

/// What [`Known::envelope`] reads, in this order.
pub(super) const COLUMNS: &str =
    "events.position, events.id, events.stream, version, kind, schema_version, origin, tags, data";

/// Entries of a kind kept at most.
const MOST: usize = 10_000;

/// What rows refer to by number, as a reader has met it. None of it ever changes once committed.
#[derive(Default)]
pub(super) struct Known {
    kinds: BTreeMap<i64, Kind>,
    names: HashMap<i64, String>,
    streams: HashMap<i64, StreamId>,
    /// The last one: neighbours share it.
    origin: Option<Origin>,
}

struct Kind {
    category: Category,
    event_type: Arc<str>,
}

struct Origin {
    position: i64,
    recorded_at: DateTime<Utc>,
    metadata: Metadata,
}

impl Known {
    pub(super) fn envelope(
        &mut self,
        connection: &Connection,
        row: &Row<'_>,
    ) -> rusqlite::Result<Envelope> {
        let origin = self.origin(connection, row.get(6)?)?;
        let (recorded_at, mut metadata) = (origin.recorded_at, origin.metadata.clone());
        if let Some(tags) = row.get_ref(7)?.as_str_or_null().map_err(|error| malformed(7, error))? {
            metadata.tags = tags_of(tags).map_err(|error| malformed(7, error))?;
        }
        Ok(Envelope {
            id: EventId(uuid(row, 1)?),
            event_type: self.event_type(connection, row.get(4)?)?.to_string(),
            schema_version: row.get(5)?,
            stream: self.stream(connection, row.get(2)?)?,
            version: Version(row.get::<_, i64>(3)? as u64),
            position: Position(row.get::<_, i64>(0)? as u64),
            recorded_at,
            data: row.get(8)?,
            metadata,
        })
    }

    /// Of a row of the columns id, version, kind, schema_version and data.
    pub(super) fn payload(
        &mut self,
        connection: &Connection,
        row: &Row<'_>,
    ) -> rusqlite::Result<StoredPayload> {
        Ok(StoredPayload {
            id: EventId(uuid(row, 0)?),
            version: Version(row.get::<_, i64>(1)? as u64),
            event_type: Arc::clone(self.event_type(connection, row.get(2)?)?),
            schema_version: row.get(3)?,
            data: row.get(4)?,
        })
    }

    pub(super) fn stream_number(
        &self,
        connection: &Connection,
        stream: &StreamId,
    ) -> rusqlite::Result<Option<i64>> {
        connection
            .prepare_cached("SELECT number FROM streams WHERE category = ? AND id = ?")?
            .query_row([stream.category().as_str(), stream.id()], |row| row.get(0))
            .optional()
    }

    /// The kinds that a query may select.
    pub(super) fn kinds_of(
        &mut self,
        query: &Query,
        connection: &Connection,
    ) -> rusqlite::Result<Kinds> {
        self.learn_kinds(connection)?;
        let numbers = |wanted: &dyn Fn(&Kind) -> bool| -> Vec<i64> {
            let kinds = self.kinds.iter().filter(|(_, kind)| wanted(kind));
            kinds.map(|(number, _)| *number).collect()
        };
        let hidden = |kind: &Kind| query.hides_framework() && kind.category.is_framework();
        if query.types.is_empty() && query.categories.is_empty() {
            let hidden = numbers(&hidden);
            return Ok(if hidden.is_empty() { Kinds::All } else { Kinds::Not(hidden) });
        }
        Ok(Kinds::Only(numbers(&|kind| {
            !hidden(kind)
                && (query.types.is_empty()
                    || query.types.iter().any(|wanted| **wanted == *kind.event_type))
                && (query.categories.is_empty() || query.categories.contains(&kind.category))
        })))
    }

    /// Reads the kinds that were added. One writer at a time numbers them, so those are above all
    /// that are known.
    fn learn_kinds(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let newest = self.kinds.last_key_value().map_or(0, |(number, _)| *number);
        let mut statement = connection
            .prepare_cached("SELECT number, category, type FROM kinds WHERE number > ?")?;
        let mut rows = statement.query([newest])?;
        while let Some(row) = rows.next()? {
            let event_type: String = row.get(2)?;
            let kind = Kind { category: category(row, 1)?, event_type: event_type.into() };
            self.kinds.insert(row.get(0)?, kind);
        }
        Ok(())
    }

    fn event_type(&mut self, connection: &Connection, number: i64) -> rusqlite::Result<&Arc<str>> {
        if !self.kinds.contains_key(&number) {
            self.learn_kinds(connection)?;
        }
        let kind = self.kinds.get(&number).ok_or(Error::QueryReturnedNoRows)?;
        Ok(&kind.event_type)
    }

    fn stream(&mut self, connection: &Connection, number: i64) -> rusqlite::Result<StreamId> {
        if let Some(stream) = self.streams.get(&number) {
            return Ok(stream.clone());
        }
        let stream = connection
            .prepare_cached("SELECT category, id FROM streams WHERE number = ?")?
            .query_row([number], |row| stream_id(category(row, 0)?, row, 1))?;
        if self.streams.len() >= MOST {
            self.streams.clear();
        }
        self.streams.insert(number, stream.clone());
        Ok(stream)
    }

    fn name(&mut self, connection: &Connection, number: i64) -> rusqlite::Result<String> {
        if let Some(name) = self.names.get(&number) {
            return Ok(name.clone());
        }
        let name: String = connection
            .prepare_cached("SELECT name FROM names WHERE number = ?")?
            .query_row([number], |row| row.get(0))?;
        if self.names.len() >= MOST {
            self.names.clear();
        }
        self.names.insert(number, name.clone());
        Ok(name)
    }

    fn origin(&mut self, connection: &Connection, position: i64) -> rusqlite::Result<&Origin> {
        let origin = match self.origin.take() {
            Some(origin) if origin.position == position => origin,
            _ => self.read_origin(connection, position)?,
        };
        Ok(self.origin.insert(origin))
    }

    fn read_origin(&mut self, connection: &Connection, position: i64) -> rusqlite::Result<Origin> {
        let mut statement = connection.prepare_cached(include_str!("envelope/origin.sql"))?;
        statement.query_row([position], |row| {
            let command = match row.get::<_, Option<i64>>(3)? {
                None => None,
                Some(name) => Some(CommandStamp {
                    id: CommandId(uuid(row, 2)?),
                    name: self.name(connection, name)?,
                    fingerprint: uuid(row, 4)?,
                }),
            };
            let trace = match row.get(9)? {
                None => None,
                Some(parent) => Some(TraceContext { parent, state: row.get(10)? }),
            };
            let metadata = Metadata {
                correlation: CorrelationId(uuid(row, 0)?),
                causation: CausationId(uuid(row, 1)?),
                command,
                component: self.name(connection, row.get(5)?)?,
                actor: row.get(6)?,
                occurred_at: time(row, 7)?,
                trace,
                tags: Vec::new(),
            };
            Ok(Origin { position, recorded_at: time(row, 8)?, metadata })
        })
    }
}

fn tags_of(json: &str) -> serde_json::Result<Vec<Tag>> {
    let pairs: Vec<(String, String)> = serde_json::from_str(json)?;
    Ok(pairs.into_iter().map(|(key, value)| Tag { key, value }).collect())
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let micros: i64 = row.get(column)?;
    DateTime::from_timestamp_micros(micros).ok_or(Error::IntegralValueOutOfRange(column, micros))
}

pub(super) fn category(row: &Row<'_>, column: usize) -> rusqlite::Result<Category> {
    Category::new(row.get::<_, String>(column)?).map_err(|error| malformed(column, error))
}

pub(super) fn stream_id(
    category: Category,
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<StreamId> {
    StreamId::new(category, row.get::<_, String>(column)?).map_err(|error| malformed(column, error))
}

fn malformed(column: usize, error: impl error::Error + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
