//! Where in the log a query's events may lie, so that the rest need not be looked at.

use super::{envelope::Known, read::int};
use quadrille_core::{
    Position, Query, Tag, Version,
    store::{Direction, Unless},
};
use quadrille_migrations::sqlite::events::BLOCK_BITS;
use rusqlite::{Connection, OptionalExtension, params};

/// Kinds that are looked up block by block; for more it is quicker to read every block.
const KINDS_BY_BLOCK: usize = 32;

/// Positions from the first to the last of these, both included.
pub(super) type Span = (i64, i64);

/// A way through the log that misses no event of a query.
pub(super) enum Course {
    /// There are none.
    Nothing,
    /// Everywhere, but only these kinds.
    Log(Kinds),
    /// In one stream, at this version next.
    Stream { number: i64, version: Option<i64> },
    /// Where this statement finds origins with this id.
    Origins { statement: [&'static str; 2], id: [u8; 16] },
    /// Where all of these are.
    Tags(Vec<Tag>),
}

/// Kinds by their numbers.
pub(super) enum Kinds {
    All,
    Only(Vec<i64>),
    Not(Vec<i64>),
}

const BY_CORRELATION: [&str; 2] = [
    include_str!("course/correlation_forward.sql"),
    include_str!("course/correlation_backward.sql"),
];
const BY_CAUSATION: [&str; 2] =
    [include_str!("course/causation_forward.sql"), include_str!("course/causation_backward.sql")];

impl Course {
    /// The most selective way to this query's events. Whoever follows it still checks each event.
    pub(super) fn of(
        query: &Query,
        known: &mut Known,
        connection: &Connection,
    ) -> rusqlite::Result<Self> {
        if let Some(stream) = &query.stream {
            let number = known.stream_number(connection, stream)?;
            return Ok(
                number.map_or(Self::Nothing, |number| Self::Stream { number, version: None })
            );
        }
        if let Some(id) = query.correlation {
            return Ok(Self::Origins { statement: BY_CORRELATION, id: id.0.into_bytes() });
        }
        if let Some(id) = query.causation {
            return Ok(Self::Origins { statement: BY_CAUSATION, id: id.0.into_bytes() });
        }
        if !query.tags.is_empty() {
            return Ok(Self::Tags(query.tags.clone()));
        }
        Ok(Self::Log(known.kinds_of(query, connection)?))
    }

    /// A part of a statement's condition that leaves out events of other kinds.
    pub(super) fn filter(&self) -> String {
        let list =
            |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Log(Kinds::Only(kinds)) => format!(" AND kind IN ({})", list(kinds)),
            Self::Log(Kinds::Not(kinds)) => format!(" AND kind NOT IN ({})", list(kinds)),
            _ => String::new(),
        }
    }

    /// The next span from `at` on, `at` included; `None` when there is no other. A span may begin
    /// or end beyond what is committed.
    pub(super) fn next(
        &mut self,
        connection: &Connection,
        at: i64,
        direction: Direction,
    ) -> rusqlite::Result<Option<Span>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Log(Kinds::Only(kinds)) if kinds.len() <= KINDS_BY_BLOCK => {
                let block = next_block(connection, kinds, at >> BLOCK_BITS, direction)?;
                Ok(block.map(|block| within_block(block, at, direction)))
            }
            Self::Log(_) => Ok(Some(within_block(at >> BLOCK_BITS, at, direction))),
            Self::Stream { number, version } => {
                next_in_stream(connection, *number, version, at, direction)
            }
            Self::Origins { statement, id } => {
                let mut statement = connection.prepare_cached(turn(*statement, direction))?;
                let origin = statement
                    .query_row(params![*id, at], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
                    .optional()?;
                Ok(origin
                    .map(|(first, count): Span| cut((first, first + count - 1), at, direction)))
            }
            Self::Tags(tags) => {
                Ok(next_tagged(connection, tags, at, direction)?
                    .map(|position| (position, position)))
            }
        }
    }
}

/// The first event that lets a condition fail.
pub(super) fn first_match(
    connection: &Connection,
    unless: &Unless,
) -> rusqlite::Result<Option<Position>> {
    let mut at = int(unless.after.0).saturating_add(1);
    while let Some(position) = next_tagged(connection, &unless.tags, at, Direction::Forward)? {
        if matches(connection, unless, position)? {
            return Ok(Some(Position(position as u64)));
        }
        at = position + 1;
    }
    Ok(None)
}

fn matches(connection: &Connection, unless: &Unless, position: i64) -> rusqlite::Result<bool> {
    let carries = "SELECT 1 FROM tags WHERE key = ? AND value = ? AND position = ?";
    let mut carries = connection.prepare_cached(carries)?;
    for tag in &unless.tags {
        if !carries.exists(params![tag.key, tag.value, position])? {
            return Ok(false);
        }
    }
    if unless.types.is_empty() {
        return Ok(true);
    }
    let event_type: String = connection
        .prepare_cached(include_str!("course/type_at.sql"))?
        .query_row([position], |row| row.get(0))?;
    Ok(unless.types.contains(&event_type))
}

/// The nearest position that may carry all tags: up to it, one of them is nowhere.
fn next_tagged(
    connection: &Connection,
    tags: &[Tag],
    at: i64,
    direction: Direction,
) -> rusqlite::Result<Option<i64>> {
    let mut find = connection.prepare_cached(turn(
        [include_str!("course/tag_forward.sql"), include_str!("course/tag_backward.sql")],
        direction,
    ))?;
    let mut at = at;
    for tag in tags {
        let next: Option<i64> =
            find.query_row(params![tag.key, tag.value, at], |row| row.get(0))?;
        let Some(next) = next else { return Ok(None) };
        at = next;
    }
    Ok(Some(at))
}

fn next_block(
    connection: &Connection,
    kinds: &[i64],
    at: i64,
    direction: Direction,
) -> rusqlite::Result<Option<i64>> {
    let mut find = connection.prepare_cached(turn(
        [
            "SELECT min(block) FROM kind_blocks WHERE kind = ? AND block >= ?",
            "SELECT max(block) FROM kind_blocks WHERE kind = ? AND block <= ?",
        ],
        direction,
    ))?;
    let mut nearest = None;
    for kind in kinds {
        let block: Option<i64> = find.query_row([*kind, at], |row| row.get(0))?;
        nearest = match (nearest, block, direction) {
            (Some(one), Some(other), Direction::Forward) => Some(other.min(one)),
            (Some(one), Some(other), Direction::Backward) => Some(other.max(one)),
            (one, other, _) => one.or(other),
        };
    }
    Ok(nearest)
}

fn within_block(block: i64, at: i64, direction: Direction) -> Span {
    let first = block << BLOCK_BITS;
    cut((first, first + (1 << BLOCK_BITS) - 1), at, direction)
}

/// What of a span has not been looked at.
fn cut((first, last): Span, at: i64, direction: Direction) -> Span {
    match direction {
        Direction::Forward => (first.max(at), last),
        Direction::Backward => (first, last.min(at)),
    }
}

fn next_in_stream(
    connection: &Connection,
    number: i64,
    next: &mut Option<i64>,
    at: i64,
    direction: Direction,
) -> rusqlite::Result<Option<Span>> {
    let version = match *next {
        Some(version) => version,
        None => version_at(connection, number, at, direction)?,
    };
    let step = if direction == Direction::Forward { 1 } else { -1 };
    *next = Some(version + step);
    let position = position_of(connection, number, version)?;
    Ok(position.map(|position| (position, position)))
}

/// Versions rise with positions, so the first one at or beyond a position is found by halving.
fn version_at(
    connection: &Connection,
    number: i64,
    at: i64,
    direction: Direction,
) -> rusqlite::Result<i64> {
    let last: i64 = connection
        .prepare_cached("SELECT version FROM streams WHERE number = ?")?
        .query_row([number], |row| row.get(0))?;
    let (mut below, mut above) = (Version::NONE.0 as i64, last + 1);
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        let position = position_of(connection, number, middle)?;
        let beyond = match direction {
            Direction::Forward => position >= Some(at),
            Direction::Backward => position > Some(at),
        };
        *(if beyond { &mut above } else { &mut below }) = middle;
    }
    Ok(if direction == Direction::Forward { above } else { below })
}

fn position_of(
    connection: &Connection,
    number: i64,
    version: i64,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT position FROM events WHERE stream = ? AND version = ?")?
        .query_row([number, version], |row| row.get(0))
        .optional()
}

pub(super) fn turn<T>([forward, backward]: [T; 2], direction: Direction) -> T {
    match direction {
        Direction::Forward => forward,
        Direction::Backward => backward,
    }
}
