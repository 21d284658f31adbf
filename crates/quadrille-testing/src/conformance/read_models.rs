//! What every [`ReadModels`] must do, one claim a case. Each case wants a fresh, empty one.
//!
//! [`read_models_conformance!`](crate::read_models_conformance) makes a test of each.

mod registry;
mod rows;

pub use registry::*;
pub use rows::*;

use quadrille_core::{
    read_model::{ReadModels, Rows, Table},
    row::{Column, Kind, Value},
    state::{Change, Consumer, ConsumerKind, Epoch},
};

/// Makes a test of every case of [`conformance::read_models`](crate::conformance::read_models):
/// give it a closure that opens a fresh [`ReadModels`], such as `|| async { MemoryState::new() }`, and where it needs a server a condition as
/// [`conformance!`](crate::conformance!) takes it.
#[macro_export]
macro_rules! read_models_conformance {
    (if $available:expr => $open:expr $(,)?) => {
        $crate::__state_cases!(
            read_models, $available, $open;
            the_first_version_of_a_name_goes_live_at_once
            another_version_is_built_beside_the_live_one
            a_version_goes_live_in_place_of_another
            a_rebuilt_version_starts_empty_beside_the_live_one
            a_rebuild_is_not_opened_before_it_is_live
            a_retired_version_goes_on
            a_live_read_model_is_not_removed
            a_removed_read_model_is_gone
            a_read_model_that_was_never_opened_is_refused
            generations_do_not_share_rows_or_progress
            a_table_is_made_once
            a_key_that_may_be_empty_is_refused
            every_kind_of_value_comes_back
            every_kind_of_key_finds_its_row
            keys_of_several_columns_find_their_rows
            rows_are_replaced_and_deleted
            a_row_of_keys_alone_is_kept
            thousands_of_rows_are_written_and_found
            rows_come_page_by_page_in_the_order_of_their_keys
            rows_and_progress_are_committed_together
            a_fenced_commit_of_rows_writes_nothing
            a_commit_of_rows_that_do_not_fit_writes_nothing
        );
    };
    ($open:expr $(,)?) => {
        $crate::read_models_conformance! { if true => $open }
    };
}

const fn column(name: &'static str, kind: Kind, key: bool) -> Column {
    Column { name, kind, key, nullable: false }
}

/// An ordinary table, with names that need quoting.
const BALANCES: Table = Table {
    name: "balance",
    columns: &[
        column("account", Kind::Text, true),
        column("order", Kind::Integer, false),
        Column { name: "note", kind: Kind::Text, key: false, nullable: true },
    ],
};

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn balance(account: &str, cents: i64) -> Vec<Value> {
    vec![text(account), Value::Integer(cents), Value::Null]
}

async fn open(models: &dyn ReadModels, version: u32) -> Consumer {
    models.open(ConsumerKind::RowProjector, "balance", version).await.unwrap()
}

/// A read model that is ready to be written.
async fn writable(models: &dyn ReadModels, table: &Table) -> (Consumer, Epoch) {
    let consumer = open(models, 1).await;
    let epoch = models.claim(&consumer).await.unwrap().epoch;
    models.create_table(&consumer, table).await.unwrap();
    (consumer, epoch)
}

async fn upsert(
    models: &dyn ReadModels,
    (consumer, epoch): &(Consumer, Epoch),
    table: &Table,
    upsert: Vec<Vec<Value>>,
) {
    let rows = Rows { upsert, delete: Vec::new() };
    models.commit_rows(consumer, *epoch, table, rows, Change::default()).await.unwrap();
}

async fn all(models: &dyn ReadModels, consumer: &Consumer, table: &Table) -> Vec<Vec<Value>> {
    models.all_rows(consumer, table, None, usize::MAX).await.unwrap()
}
