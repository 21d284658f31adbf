use crate::{
    StoreError,
    read_model::{Rows, Table},
    row::Value,
};
use std::{cmp::Ordering, collections::BTreeMap, ops::Bound};

/// The rows of a table, by their keys.
#[derive(Debug, Default)]
pub(super) struct MemoryTable(BTreeMap<Key, Vec<Value>>);

impl MemoryTable {
    pub(super) fn rows(&self, keys: &[Vec<Value>]) -> Vec<Vec<Value>> {
        keys.iter().filter_map(|key| self.0.get(&Key(key.clone()))).cloned().collect()
    }

    pub(super) fn all(&self, after: Option<&[Value]>, limit: usize) -> Vec<Vec<Value>> {
        let after = after.map(|key| Key(key.to_vec()));
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        self.0.range(behind).take(limit).map(|(_, row)| row.clone()).collect()
    }

    pub(super) fn write(&mut self, table: &Table, rows: Rows) {
        for row in rows.upsert {
            let values = table.columns.iter().zip(&row);
            let key = values.filter(|(column, _)| column.key).map(|(_, value)| value.clone());
            self.0.insert(Key(key.collect()), row);
        }
        for key in rows.delete {
            self.0.remove(&Key(key));
        }
    }
}

/// Refuses a key that may be empty: SQL could not tell two such rows apart.
pub(super) fn check_keys(table: &Table) -> Result<(), StoreError> {
    match table.columns.iter().find(|column| column.key && column.nullable) {
        None => Ok(()),
        Some(column) => Err(StoreError::unusable(
            format!("table {}", table.name),
            format!("its key `{}` may be empty; make it a value that is always there", column.name),
        )),
    }
}

/// Refuses rows that do not have the table's columns, before any of them is written.
pub(super) fn check(table: &Table, rows: &Rows) -> Result<(), StoreError> {
    let width = table.columns.len();
    match rows.upsert.iter().find(|row| row.len() != width) {
        None => Ok(()),
        Some(row) => Err(StoreError::unusable(
            format!("table {}", table.name),
            format!("it has {width} columns, a row came with {} values", row.len()),
        )),
    }
}

/// A key with the total order that floating-point numbers lack.
#[derive(Debug, Clone)]
struct Key(Vec<Value>);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = self.0.iter().zip(&other.0).map(|(a, b)| compare(a, b));
        let first = by_value.into_iter().find(|ordering| ordering.is_ne());
        first.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

/// Values of one column have one type, or are empty: only the place of `Null` matters.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Integer(_) => 1,
        Value::Real(_) => 2,
        Value::Text(_) => 3,
        Value::Blob(_) => 4,
        Value::Bool(_) => 5,
        Value::Time(_) => 6,
    }
}
