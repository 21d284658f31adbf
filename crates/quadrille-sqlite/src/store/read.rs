//! Reading: each call is one short transaction.

use super::{
    course::{Course, Span, turn},
    envelope::{COLUMNS, Known},
};
use quadrille_core::{
    CommandId, Envelope, EventId, Position, Query, StreamId, Version,
    store::{Direction, Page, Place, StoredPayload, StreamFilter, StreamInfo},
};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use uuid::Uuid;

/// Positions looked at for one page at most.
const WINDOW: i64 = 10_000;
/// Bytes of payloads in a page, beyond which it ends.
const PAGE_BYTES: usize = 16 << 20;

/// A connection that only reads, with what it has learnt.
pub(super) struct Reader {
    connection: Connection,
    known: Known,
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, known: Known::default() }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn head(&mut self) -> rusqlite::Result<Option<Place>> {
        self.transaction(|connection, _| last_up_to(connection, i64::MAX))
    }

    pub(super) fn event_at(&mut self, position: Position) -> rusqlite::Result<Option<Envelope>> {
        self.one("events.position = ?", [int(position.0)])
    }

    pub(super) fn event(&mut self, id: EventId) -> rusqlite::Result<Option<Envelope>> {
        self.one("events.id = ?", [id.0.as_bytes()])
    }

    pub(super) fn stream(
        &mut self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> rusqlite::Result<Vec<Envelope>> {
        self.transaction(|connection, known| {
            let Some(number) = known.stream_number(connection, stream)? else {
                return Ok(vec![]);
            };
            let rest = turn(
                [
                    "FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?",
                    "FROM events WHERE stream = ? AND version < ? ORDER BY version DESC LIMIT ?",
                ],
                direction,
            );
            envelopes(connection, known, rest, [number, int(from.0), int(limit as u64)])
        })
    }

    /// In one statement, so that it needs no transaction.
    pub(super) fn payloads(
        &mut self,
        stream: &StreamId,
        above: Version,
        limit: usize,
    ) -> rusqlite::Result<Vec<StoredPayload>> {
        let Self { connection, known } = self;
        let mut statement = connection.prepare_cached(include_str!("read/payloads.sql"))?;
        let (category, id) = (stream.category().as_str(), stream.id());
        let values = (category, id, int(above.0), int(limit as u64));
        let mut rows = statement.query(values)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(known.payload(connection, row)?);
        }
        Ok(events)
    }

    pub(super) fn events_of_command(
        &mut self,
        stream: &StreamId,
        command: CommandId,
    ) -> rusqlite::Result<Vec<Envelope>> {
        self.transaction(|connection, known| {
            let Some(number) = known.stream_number(connection, stream)? else {
                return Ok(vec![]);
            };
            let rest = include_str!("read/of_command.sql");
            envelopes(connection, known, rest, (command.0.as_bytes(), number))
        })
    }

    pub(super) fn page(
        &mut self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> rusqlite::Result<Page> {
        self.transaction(|connection, known| {
            let Some((at, end)) = ends(connection, from, direction)?.filter(|_| limit > 0) else {
                return Ok(Page::default());
            };
            let course = Course::of(query, known, connection)?;
            Walk {
                connection,
                known,
                query,
                direction,
                limit,
                course,
                end,
                bytes: 0,
                events: vec![],
            }
            .page(at)
        })
    }

    pub(super) fn streams(
        &mut self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> rusqlite::Result<Vec<StreamInfo>> {
        self.transaction(|connection, _| super::streams::list(connection, filter, after, limit))
    }

    fn one(&mut self, condition: &str, key: impl Params) -> rusqlite::Result<Option<Envelope>> {
        self.transaction(|connection, known| {
            let rest = format!("FROM events WHERE {condition}");
            Ok(envelopes(connection, known, &rest, key)?.pop())
        })
    }

    /// Statements within see the log as it was when the first of them began.
    fn transaction<T>(
        &mut self,
        read: impl FnOnce(&Connection, &mut Known) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = self.connection.unchecked_transaction()?;
        read(&transaction, &mut self.known)
    }
}

/// The way through the log that makes a page.
struct Walk<'a> {
    connection: &'a Connection,
    known: &'a mut Known,
    query: &'a Query,
    direction: Direction,
    limit: usize,
    course: Course,
    /// The last position in this direction.
    end: i64,
    events: Vec<Envelope>,
    bytes: usize,
}

impl Walk<'_> {
    fn page(mut self, at: i64) -> rusqlite::Result<Page> {
        let filter = self.course.filter();
        let (mut at, mut looked_at) = (at, 0);
        let through = loop {
            let next = self.course.next(self.connection, at, self.direction)?;
            let Some(span) = next.filter(|span| !self.is_behind_end(*span)) else {
                break self.end;
            };
            if let Some(full_at) = self.look_at(span, &filter)? {
                break full_at;
            }
            let (first, last) = span;
            looked_at += last - first + 1;
            let far = turn([last, first], self.direction);
            if looked_at >= WINDOW || far == self.end {
                break far;
            }
            at = far + turn([1, -1], self.direction);
        };
        let through = match self.direction {
            Direction::Forward => last_up_to(self.connection, through)?,
            Direction::Backward => first_from(self.connection, through)?,
        };
        let end = Position(self.end as u64);
        let more = through.is_some_and(|through| through.position != end);
        Ok(Page { events: self.events, through, more })
    }

    /// Takes what the query selects; says where the page became full, if it did.
    fn look_at(&mut self, (first, last): Span, filter: &str) -> rusqlite::Result<Option<i64>> {
        let order = turn(["", " DESC"], self.direction);
        let statement = format!(
            "SELECT {COLUMNS} FROM events WHERE position BETWEEN ? AND ?{filter} ORDER BY position{order}"
        );
        let mut statement = self.connection.prepare_cached(&statement)?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            let event = self.known.envelope(self.connection, row)?;
            if !self.query.matches(&event) {
                continue;
            }
            self.bytes += event.data.len();
            let position = int(event.position.0);
            self.events.push(event);
            if self.events.len() >= self.limit || self.bytes >= PAGE_BYTES {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn is_behind_end(&self, (first, last): Span) -> bool {
        turn([first > self.end, last < self.end], self.direction)
    }
}

/// Where a reading from `from` begins and ends; `None` when nothing lies there.
fn ends(
    connection: &Connection,
    from: Position,
    direction: Direction,
) -> rusqlite::Result<Option<Span>> {
    let from = int(from.0);
    let (lowest, highest): (Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT (SELECT min(position) FROM events), (SELECT max(position) FROM events)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(lowest), Some(highest)) = (lowest, highest) else { return Ok(None) };
    Ok(match direction {
        Direction::Forward => (from < highest).then(|| ((from + 1).max(lowest), highest)),
        Direction::Backward => (from > lowest).then(|| ((from - 1).min(highest), lowest)),
    })
}

fn envelopes(
    connection: &Connection,
    known: &mut Known,
    rest: &str,
    values: impl Params,
) -> rusqlite::Result<Vec<Envelope>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} {rest}"))?;
    let mut rows = statement.query(values)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(known.envelope(connection, row)?);
    }
    Ok(events)
}

fn last_up_to(connection: &Connection, position: i64) -> rusqlite::Result<Option<Place>> {
    let find = "SELECT position, id FROM events WHERE position <= ? ORDER BY position DESC LIMIT 1";
    connection.prepare_cached(find)?.query_row([position], place).optional()
}

fn first_from(connection: &Connection, position: i64) -> rusqlite::Result<Option<Place>> {
    let find = "SELECT position, id FROM events WHERE position >= ? ORDER BY position LIMIT 1";
    connection.prepare_cached(find)?.query_row([position], place).optional()
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    let event = EventId(Uuid::from_bytes(row.get(1)?));
    Ok(Place { position: Position(row.get::<_, i64>(0)? as u64), event })
}

/// As SQLite keeps it; what is larger means the end.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
