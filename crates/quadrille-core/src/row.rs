//! Row projectors: read models that are folded in memory, row by row, without SQL.

mod column;

pub use column::{Column, ColumnType, Kind, Value};

use crate::{Recorded, View};

/// A row of a read model. The table comes from the struct: `#[derive(Row)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row",
    note = "add `#[derive(Row)]` to the struct and mark its key with `#[row(key)]` or `#[row(stream_id)]`"
)]
pub trait Row: Sized + Send + Sync + 'static {
    /// The table's name, which is also the read model's.
    const TABLE: &'static str;
    /// Raise it when columns or their meaning change (`#[row(version = 2)]`): the new version is
    /// built beside the old and takes its place when it has caught up.
    const VERSION: u32 = 1;
    /// The columns, in the order of the fields.
    const COLUMNS: &'static [Column];
    /// Whether the key is the id of the event's stream: `#[row(stream_id)]`.
    const KEYED_BY_STREAM: bool;

    /// The key's type: that of the marked field, or a tuple of several.
    type Key: Ord + Clone + Send + Sync + 'static;

    /// The key of the row for the stream with this id, if rows are keyed so.
    fn stream_key(id: &str) -> Option<Self::Key>;
    /// A row with this key and defaults for the rest.
    fn new(key: Self::Key) -> Self;
    /// The values of a key, in the order of the key's columns.
    fn key_values(key: &Self::Key) -> Vec<Value>;
    /// The row's key.
    fn key(&self) -> Self::Key;
    /// All values, in the order of the columns.
    fn values(&self) -> Vec<Value>;
    /// A row from all its values, in the order of the columns.
    ///
    /// # Errors
    /// When a value does not fit its column's type; it names the column.
    fn from_values(values: Vec<Value>) -> Result<Self, String>;
}

/// A read model of rows: each event changes the rows that it names, and the engine loads and
/// writes whole pages of them.
pub trait RowProjector: Row {
    /// What it reads.
    type Event: View;

    /// The rows that an event touches: none, one or several. Unless told otherwise, the row of
    /// the event's stream.
    fn keys(event: &Recorded<Self::Event>) -> impl IntoIterator<Item = Self::Key> {
        const {
            assert!(
                Self::KEYED_BY_STREAM,
                "implement `keys`, or mark the key field `#[row(stream_id)]`"
            )
        };
        Self::stream_key(event.id())
    }

    /// Changes one of these rows. A row that did not exist comes with its key and defaults.
    fn apply(&mut self, event: &Recorded<Self::Event>);

    /// A row that says so after `apply` is deleted.
    fn is_gone(&self) -> bool {
        false
    }
}
