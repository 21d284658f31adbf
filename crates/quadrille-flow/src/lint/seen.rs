use crate::graph::{Graph, Kind};
use chrono::{DateTime, Utc};
use quadrille_core::{EventStore, Position, Query, StoreError, store::Direction};
use serde::Serialize;
use std::collections::BTreeMap;

/// The first and the last event of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The oldest.
    pub first: Glimpse,
    /// The newest.
    pub last: Glimpse,
}

/// An event, as far as lints look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Glimpse {
    /// The version of its schema.
    pub schema_version: u32,
    /// Its place in the log.
    pub position: Position,
    /// When the store recorded it.
    pub recorded_at: DateTime<Utc>,
}

/// The first and the last event of each type in a graph, of those that were ever appended: two
/// reads of one event for each.
///
/// # Errors
/// When the store cannot be read.
pub async fn seen(
    store: &dyn EventStore,
    graph: &Graph,
) -> Result<BTreeMap<String, Seen>, StoreError> {
    let mut all = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| node.kind == Kind::Event) {
        let query = Query::all().types([&*node.name]);
        let Some(last) = one(store, &query, Position::END, Direction::Backward).await? else {
            continue;
        };
        let first = one(store, &query, Position::START, Direction::Forward).await?;
        all.insert(node.name.clone(), Seen { first: first.unwrap_or(last), last });
    }
    Ok(all)
}

async fn one(
    store: &dyn EventStore,
    query: &Query,
    mut from: Position,
    direction: Direction,
) -> Result<Option<Glimpse>, StoreError> {
    loop {
        let page = store.read(query, from, direction, 1).await?;
        if let Some(event) = page.events.first() {
            return Ok(Some(Glimpse {
                schema_version: event.schema_version,
                position: event.position,
                recorded_at: event.recorded_at,
            }));
        }
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => return Ok(None),
        }
    }
}
