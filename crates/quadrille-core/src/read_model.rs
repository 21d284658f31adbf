//! Databases that read models live in.

use crate::{
    StoreError,
    row::{Column, Value},
    state::{Change, Consumer, ConsumerKind, Consumers, Epoch},
};
use async_trait::async_trait;
use std::future::Future;

/// The table of a row projector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, at least one of them a key; a key is never nullable.
    pub columns: &'static [Column],
}

/// Rows to write and keys to delete.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// Whole rows, in the order of the table's columns; one with the same key is replaced.
    pub upsert: Vec<Vec<Value>>,
    /// Keys, in the order of the key's columns.
    pub delete: Vec<Vec<Value>>,
}

/// Whether a read model is the one that queries see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is being built.
    Building,
    /// Queries see it.
    Live,
    /// Another one took its place.
    Retired,
}

/// A read model in its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Whose it is.
    pub consumer: Consumer,
    /// Whether queries see it.
    pub stage: Stage,
    /// Where it lies: a file, a schema.
    pub location: String,
}

/// Read models, each in a namespace of its name, version and generation, together with its
/// checkpoint.
///
/// `quadrille_testing` has a suite for this; the guarantees name its cases.
#[async_trait]
pub trait ReadModels: Consumers {
    /// The consumer of this version of a read model: the generation of it that queries see, or else
    /// the newest that they saw, or else the newest that is being built
    /// (`a_rebuild_is_not_opened_before_it_is_live`, `a_retired_version_goes_on`), made if there
    /// is none. A name without any live version goes
    /// live at once (`the_first_version_of_a_name_goes_live_at_once`).
    ///
    /// # Errors
    /// When the storage cannot be reached or used.
    async fn open(
        &self,
        kind: ConsumerKind,
        name: &str,
        version: u32,
    ) -> Result<Consumer, StoreError>;

    /// A new, empty generation of a read model, to be built beside the live one.
    ///
    /// # Errors
    /// As [`ReadModels::open`].
    async fn rebuild(&self, consumer: &Consumer) -> Result<Consumer, StoreError>;

    /// Lets queries see this one from now on, and retires the one that they saw
    /// (`a_version_goes_live_in_place_of_another`).
    ///
    /// # Errors
    /// As [`ReadModels::open`].
    async fn go_live(&self, consumer: &Consumer) -> Result<(), StoreError>;

    /// All read models, by name, version and generation.
    ///
    /// # Errors
    /// As [`ReadModels::open`].
    async fn models(&self) -> Result<Vec<ModelInfo>, StoreError>;

    /// Deletes a read model that is not live.
    ///
    /// # Errors
    /// As [`ReadModels::open`], and when it is live (`a_live_read_model_is_not_removed`).
    async fn remove(&self, consumer: &Consumer) -> Result<(), StoreError>;

    /// Makes a row projector's table if it is not there.
    ///
    /// # Errors
    /// As [`ReadModels::open`], when a key may be empty (`a_key_that_may_be_empty_is_refused`), and
    /// where the table is there with other columns.
    async fn create_table(&self, consumer: &Consumer, table: &Table) -> Result<(), StoreError>;

    /// The rows with these keys, in any order; keys without a row are left out.
    ///
    /// # Errors
    /// As [`ReadModels::open`].
    async fn rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        keys: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, StoreError>;

    /// Rows in the order of their keys, text by its bytes, at most `limit`, behind the key `after`
    /// (`rows_come_page_by_page_in_the_order_of_their_keys`).
    ///
    /// # Errors
    /// As [`ReadModels::open`].
    async fn all_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError>;

    /// Writes rows and progress together or not at all (`rows_and_progress_are_committed_together`).
    ///
    /// # Errors
    /// As [`Consumers::commit`].
    async fn commit_rows(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        table: &Table,
        rows: Rows,
        change: Change,
    ) -> Result<(), StoreError>;

    /// The read model that queries see under a name.
    ///
    /// # Errors
    /// As [`ReadModels::open`].
    async fn live(&self, name: &str) -> Result<Option<Consumer>, StoreError> {
        let models = self.models().await?;
        let live = |model: &ModelInfo| model.consumer.name == name && model.stage == Stage::Live;
        Ok(models.into_iter().find(live).map(|model| model.consumer))
    }
}

/// A database that projectors write with SQL of their own.
pub trait ReadDatabase: ReadModels + Clone {
    /// An open transaction in one read model's namespace. Dropping it rolls back.
    type Tx: Send;

    /// Whether an error that a projector returned is this database's and may pass: nothing is
    /// parked for it then, and the projector does not stop.
    fn is_passing(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
        let _ = error;
        false
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// When the storage cannot be reached or used.
    fn begin(
        &self,
        consumer: &Consumer,
    ) -> impl Future<Output = Result<Self::Tx, StoreError>> + Send;

    /// Whether the namespace was set up, in this transaction or before it; `mark` says that it
    /// now is.
    ///
    /// # Errors
    /// As [`ReadDatabase::begin`].
    fn set_up(
        &self,
        tx: &mut Self::Tx,
        mark: bool,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Commits what was written together with progress.
    ///
    /// # Errors
    /// As [`Consumers::commit`].
    fn commit_tx(
        &self,
        tx: Self::Tx,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A database's open transaction.
pub type Tx<D> = <D as ReadDatabase>::Tx;
