//! Words of few kinds that rows refer to by number, as the writer knows them.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Params};
use std::collections::HashMap;

/// Entries kept at most; beyond, all are looked up again.
const MOST: usize = 10_000;

/// Numbers never change once committed. Those made in a transaction that was rolled back must be
/// forgotten, by dropping all.
#[derive(Default)]
pub(super) struct Numbers {
    kinds: HashMap<String, HashMap<String, i64>>,
    kinds_known: usize,
    names: HashMap<String, i64>,
    blocks: HashMap<i64, i64>,
}

impl Numbers {
    /// The number of an event type within a category.
    pub(super) fn kind(
        &mut self,
        connection: &Connection,
        category: &str,
        event_type: &str,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.kinds.get(category).and_then(|types| types.get(event_type)) {
            return Ok(*number);
        }
        let number = number(
            connection
                .prepare_cached("SELECT number FROM kinds WHERE category = ? AND type = ?")?,
            connection.prepare_cached("INSERT INTO kinds (category, type) VALUES (?, ?)")?,
            (category, event_type),
        )?;
        if self.kinds_known >= MOST {
            (self.kinds, self.kinds_known) = (HashMap::new(), 0);
        }
        self.kinds.entry(category.to_owned()).or_default().insert(event_type.to_owned(), number);
        self.kinds_known += 1;
        Ok(number)
    }

    /// The number of a component or a command's type.
    pub(super) fn name(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.names.get(name) {
            return Ok(*number);
        }
        let number = number(
            connection.prepare_cached("SELECT number FROM names WHERE name = ?")?,
            connection.prepare_cached("INSERT INTO names (name) VALUES (?)")?,
            (name,),
        )?;
        if self.names.len() >= MOST {
            self.names.clear();
        }
        self.names.insert(name.to_owned(), number);
        Ok(number)
    }

    /// Notes that a kind occurs in a block of positions.
    pub(super) fn block(
        &mut self,
        connection: &Connection,
        kind: i64,
        block: i64,
    ) -> rusqlite::Result<()> {
        if self.blocks.get(&kind) == Some(&block) {
            return Ok(());
        }
        connection
            .prepare_cached("INSERT OR IGNORE INTO kind_blocks (kind, block) VALUES (?, ?)")?
            .execute([kind, block])?;
        if self.blocks.len() >= MOST {
            self.blocks.clear();
        }
        self.blocks.insert(kind, block);
        Ok(())
    }
}

fn number(
    mut find: CachedStatement<'_>,
    mut insert: CachedStatement<'_>,
    words: impl Params + Copy,
) -> rusqlite::Result<i64> {
    match find.query_row(words, |row| row.get(0)).optional()? {
        Some(number) => Ok(number),
        None => insert.insert(words),
    }
}
