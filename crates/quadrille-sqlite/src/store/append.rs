//! One append within the writer's transaction.

use super::course;
use super::numbers::Numbers;
use chrono::Utc;
use quadrille_core::{
    Append, AppendError, Appended, EventId, Metadata, NewEvent, Position, StreamId, Tag, Version,
    store::AppendAll,
};
use quadrille_migrations::sqlite::events::BLOCK_BITS;
use rusqlite::{Connection, OptionalExtension, params};

/// Why an append was not written.
pub(super) enum Refusal {
    /// By what the log holds: nothing was changed, and others may go on.
    Said(Box<AppendError>),
    /// By SQLite: a part may be there, and the transaction must be rolled back.
    Failed(rusqlite::Error),
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        Self::Said(Box::new(error))
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// A transaction that writes: between BEGIN IMMEDIATE and COMMIT nobody else does.
pub(super) struct Writing<'a> {
    connection: &'a Connection,
    numbers: &'a mut Numbers,
    head: i64,
}

/// A stream as it stands.
struct Stream {
    /// `None` before its first event.
    number: Option<i64>,
    version: i64,
}

/// Where an event with a given id was found.
struct Found {
    stream: i64,
    version: i64,
    position: i64,
}

impl<'a> Writing<'a> {
    pub(super) fn begin(
        connection: &'a Connection,
        numbers: &'a mut Numbers,
    ) -> rusqlite::Result<Self> {
        let head = connection
            .prepare_cached("SELECT coalesce(max(position), 0) FROM events")?
            .query_row([], |row| row.get(0))?;
        Ok(Self { connection, numbers, head })
    }

    pub(super) fn head(&self) -> Position {
        Position(self.head as u64)
    }

    /// Writes all of it or nothing: all checks come first.
    pub(super) fn append_all(&mut self, all: &AppendAll) -> Result<Vec<Appended>, Refusal> {
        let streams =
            all.appends.iter().map(|a| self.stream(&a.stream)).collect::<Result<Vec<_>, _>>()?;
        let mut repeated = Vec::new();
        for (append, stream) in all.appends.iter().zip(&streams) {
            repeated.push(self.repeated(append, stream)?);
        }
        if repeated.iter().all(Option::is_some) {
            return Ok(repeated.into_iter().flatten().collect());
        }
        if let Some(at) = repeated.iter().position(Option::is_some) {
            let append = &all.appends[at];
            return Err(taken(&append.stream, append.events[0].id));
        }
        for (append, stream) in all.appends.iter().zip(&streams) {
            let (expected, actual) = (append.expected, Version(stream.version as u64));
            if !expected.allows(actual) {
                let stream = append.stream.clone();
                return Err(AppendError::Conflict { stream, expected, actual }.into());
            }
        }
        for unless in &all.unless {
            if let Some(found) = course::first_match(self.connection, unless)? {
                return Err(AppendError::ConditionFailed { found }.into());
            }
        }
        let written = all.appends.iter().zip(streams);
        Ok(written.map(|(append, stream)| self.insert(append, stream)).collect::<Result<_, _>>()?)
    }

    fn stream(&self, stream: &StreamId) -> rusqlite::Result<Stream> {
        let found = self
            .connection
            .prepare_cached("SELECT number, version FROM streams WHERE category = ? AND id = ?")?
            .query_row([stream.category().as_str(), stream.id()], |row| {
                Ok(Stream { number: row.get(0)?, version: row.get(1)? })
            })
            .optional()?;
        Ok(found.unwrap_or(Stream { number: None, version: 0 }))
    }

    /// The receipt of an append that is there already.
    fn repeated(&self, append: &Append, stream: &Stream) -> Result<Option<Appended>, Refusal> {
        let mut find = self
            .connection
            .prepare_cached("SELECT stream, version, position FROM events WHERE id = ?")?;
        let mut find = |event: &NewEvent| {
            let found = find.query_row([event.id.0.as_bytes()], |row| {
                Ok(Found { stream: row.get(0)?, version: row.get(1)?, position: row.get(2)? })
            });
            found.optional()
        };
        let Some(first) = find(&append.events[0])? else {
            for event in &append.events[1..] {
                if find(event)?.is_some() {
                    return Err(taken(&append.stream, event.id));
                }
            }
            return Ok(None);
        };
        let mut last = first.position;
        for (version, event) in (first.version..).zip(&append.events) {
            match find(event)? {
                Some(found) if Some(found.stream) == stream.number && found.version == version => {
                    last = found.position;
                }
                _ => return Err(taken(&append.stream, append.events[0].id)),
            }
        }
        let first_version = Version(first.version as u64);
        Ok(Some(Appended {
            first_version,
            last_version: first_version.after(append.events.len() - 1),
            position: Position(last as u64),
            repeated: true,
        }))
    }

    fn insert(&mut self, append: &Append, stream: Stream) -> rusqlite::Result<Appended> {
        let count = append.events.len() as i64;
        let (first_position, first_version) = (self.head + 1, stream.version + 1);
        let (last_position, last_version) = (self.head + count, stream.version + count);
        let number = self.advance(&append.stream, &stream, last_version, last_position)?;
        let recorded_at = Utc::now().timestamp_micros();
        let category = append.stream.category().as_str();

        let mut insert = self.connection.prepare_cached(include_str!("append/insert_event.sql"))?;
        let (mut origin, mut shared) = (0, 0);
        for (index, event) in append.events.iter().enumerate() {
            let position = first_position + index as i64;
            if shared == 0 {
                (origin, shared) = (position, run(&append.events[index..]));
                self.insert_origin(number, origin, shared, &event.metadata, recorded_at)?;
            }
            shared -= 1;
            let kind = self.numbers.kind(self.connection, category, &event.event_type)?;
            self.numbers.block(self.connection, kind, position >> BLOCK_BITS)?;
            insert.execute(params![
                position,
                event.id.0.as_bytes(),
                number,
                first_version + index as i64,
                kind,
                event.schema_version,
                origin,
                tags_column(&event.metadata.tags),
                event.data,
            ])?;
            self.insert_tags(position, &event.metadata.tags)?;
        }
        self.head = last_position;
        Ok(Appended {
            first_version: Version(first_version as u64),
            last_version: Version(last_version as u64),
            position: Position(last_position as u64),
            repeated: false,
        })
    }

    fn advance(
        &self,
        name: &StreamId,
        stream: &Stream,
        version: i64,
        position: i64,
    ) -> rusqlite::Result<i64> {
        let (category, id) = (name.category().as_str(), name.id());
        let Some(number) = stream.number else {
            return self
                .connection
                .prepare_cached(include_str!("append/insert_stream.sql"))?
                .insert(params![category, id, version, position]);
        };
        self.connection
            .prepare_cached("UPDATE streams SET version = ?, position = ? WHERE number = ?")?
            .execute([version, position, number])?;
        Ok(number)
    }

    fn insert_origin(
        &mut self,
        stream: i64,
        position: i64,
        count: usize,
        metadata: &Metadata,
        recorded_at: i64,
    ) -> rusqlite::Result<()> {
        let command = metadata.command.as_ref();
        let command_name =
            command.map(|c| self.numbers.name(self.connection, &c.name)).transpose()?;
        let component = self.numbers.name(self.connection, &metadata.component)?;
        let trace = metadata.trace.as_ref();
        let statement = include_str!("append/insert_origin.sql");
        self.connection.prepare_cached(statement)?.execute(params![
            position,
            count as i64,
            stream,
            metadata.correlation.0.as_bytes(),
            metadata.causation.0.as_bytes(),
            command.map(|c| *c.id.0.as_bytes()),
            command_name,
            command.map(|c| *c.fingerprint.as_bytes()),
            component,
            metadata.actor,
            metadata.occurred_at.timestamp_micros(),
            recorded_at,
            trace.map(|trace| &trace.parent),
            trace.and_then(|trace| trace.state.as_ref()),
        ])?;
        Ok(())
    }

    fn insert_tags(&self, position: i64, tags: &[Tag]) -> rusqlite::Result<()> {
        if tags.is_empty() {
            return Ok(());
        }
        // An event may carry the same tag twice, and is found by it once.
        let insert = "INSERT OR IGNORE INTO tags (key, value, position) VALUES (?, ?, ?)";
        let mut insert = self.connection.prepare_cached(insert)?;
        for tag in tags {
            insert.execute(params![tag.key, tag.value, position])?;
        }
        Ok(())
    }
}

fn taken(stream: &StreamId, event: EventId) -> Refusal {
    AppendError::IdReused { stream: stream.clone(), event }.into()
}

/// How many events from the first on have the same metadata, but for their tags.
fn run(events: &[NewEvent]) -> usize {
    let (first, rest) = events.split_first().expect("an append has events");
    1 + rest.iter().take_while(|event| alike(&first.metadata, &event.metadata)).count()
}

fn alike(one: &Metadata, other: &Metadata) -> bool {
    // Taken apart, so that a field that is added later is not forgotten here.
    let Metadata { correlation, causation, command, component, actor, occurred_at, trace, tags: _ } =
        one;
    *correlation == other.correlation
        && *causation == other.causation
        && *command == other.command
        && *component == other.component
        && *actor == other.actor
        && occurred_at.timestamp_micros() == other.occurred_at.timestamp_micros()
        && *trace == other.trace
}

fn tags_column(tags: &[Tag]) -> Option<String> {
    let pairs: Vec<_> = tags.iter().map(|tag| (&tag.key, &tag.value)).collect();
    (!pairs.is_empty()).then(|| serde_json::to_string(&pairs).expect("text has a JSON form"))
}
