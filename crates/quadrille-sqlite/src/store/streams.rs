//! Listing streams.

use super::envelope::{category, stream_id, time};
use quadrille_core::{
    Category, Position, StreamId, Version,
    store::{StreamFilter, StreamInfo},
};
use rusqlite::{Connection, OptionalExtension, params};

/// Category by category, so that a prefix of ids is a range in each.
pub(super) fn list(
    connection: &Connection,
    filter: &StreamFilter,
    after: Option<&StreamId>,
    limit: usize,
) -> rusqlite::Result<Vec<StreamInfo>> {
    let mut found = Vec::new();
    let from = after.map_or("", |stream| stream.category().as_str());
    let mut next = match &filter.category {
        Some(wanted) => (wanted.as_str() >= from).then(|| wanted.clone()),
        None => next_category(connection, from, true)?,
    };
    while let Some(category) = next {
        if filter.category.is_some() || filter.framework || !category.is_framework() {
            let after = after.filter(|stream| *stream.category() == category);
            let after = after.map_or("", StreamId::id);
            in_category(connection, &category, &filter.id_prefix, after, limit, &mut found)?;
        }
        if filter.category.is_some() || found.len() >= limit {
            break;
        }
        next = next_category(connection, category.as_str(), false)?;
    }
    Ok(found)
}

fn next_category(
    connection: &Connection,
    from: &str,
    inclusive: bool,
) -> rusqlite::Result<Option<Category>> {
    let statement = if inclusive {
        "SELECT category FROM streams WHERE category >= ? ORDER BY category LIMIT 1"
    } else {
        "SELECT category FROM streams WHERE category > ? ORDER BY category LIMIT 1"
    };
    connection.prepare_cached(statement)?.query_row([from], |row| category(row, 0)).optional()
}

fn in_category(
    connection: &Connection,
    category: &Category,
    prefix: &str,
    after: &str,
    limit: usize,
    found: &mut Vec<StreamInfo>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(include_str!("streams/in_category.sql"))?;
    let mut rows = statement.query(params![category.as_str(), prefix, after])?;
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let stream = stream_id(category.clone(), row, 0)?;
        if !stream.id().starts_with(prefix) {
            break;
        }
        found.push(StreamInfo {
            stream,
            version: Version(row.get::<_, i64>(1)? as u64),
            position: Position(row.get::<_, i64>(2)? as u64),
            recorded_at: time(row, 3)?,
        });
    }
    Ok(())
}
