use super::App;
use crate::{
    Position, Receipt, Row, StoreError, StreamId,
    consumer::{
        Handle,
        rows::{row_from, table_of},
    },
    state::Activity,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Rows that are read at once.
const PAGE: usize = 10_000;

/// Why a read model could not be queried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// It is not registered in this app.
    #[error("query {0}: this app has no such read model")]
    Unknown(String),
    /// It has not seen what the query waited for.
    #[error(
        "query {projection}: it is at position {position}, {wanted} is wanted, and {:?} have passed",
        waited
    )]
    NotCaughtUp {
        /// The read model.
        projection: String,
        /// Where it stands.
        position: Position,
        /// Where it should be.
        wanted: Position,
        /// How long the query waited.
        waited: Duration,
    },
    /// An event of the stream that matters was put aside.
    #[error("query {projection}: events of {stream} are parked there")]
    Parked {
        /// The read model.
        projection: String,
        /// The stream.
        stream: StreamId,
    },
    /// It gave up on an event.
    #[error("query {projection}: it has stopped: {reason}")]
    Stopped {
        /// The read model.
        projection: String,
        /// Why.
        reason: String,
    },
    /// The database has a problem.
    #[error("query a read model")]
    Store(#[from] StoreError),
}

impl App {
    /// A row of a read model, once the model has seen what this app last appended.
    ///
    /// # Errors
    /// When the model does not get there, or cannot be read.
    pub async fn row<R: Row>(&self, key: impl Into<R::Key>) -> Result<Option<R>, QueryError> {
        let handle = self.caught_up::<R>().await?;
        let (consumer, table) = (handle.consumer.clone(), table_of::<R>());
        let keys = [R::key_values(&key.into())];
        let found = self.engine.models.rows(&consumer, &table, &keys).await?;
        found.into_iter().next().map(|v| row_from(&consumer, v)).transpose().map_err(Into::into)
    }

    /// All rows of a read model in the order of their keys, once the model has seen what this app
    /// last appended.
    ///
    /// # Errors
    /// As [`App::row`].
    pub async fn all_rows<R: Row>(&self) -> Result<Vec<R>, QueryError> {
        let handle = self.caught_up::<R>().await?;
        let (consumer, table) = (handle.consumer.clone(), table_of::<R>());
        let mut rows: Vec<R> = Vec::new();
        loop {
            let after = rows.last().map(|row| R::key_values(&row.key()));
            let models = &self.engine.models;
            let page = models.all_rows(&consumer, &table, after.as_deref(), PAGE).await?;
            let last = page.len() < PAGE;
            for values in page {
                rows.push(row_from(&consumer, values)?);
            }
            if last {
                return Ok(rows);
            }
        }
    }

    /// Waits until every read model has seen a command's events.
    ///
    /// # Errors
    /// As [`App::row`].
    pub async fn wait(&self, receipt: &Receipt) -> Result<(), QueryError> {
        for handle in self.engine.handles() {
            if handle.behaviour.kind().is_projector() && !handle.is_building() {
                self.reach(handle, receipt.position, Some(&receipt.stream)).await?;
            }
        }
        Ok(())
    }

    async fn caught_up<R: Row>(&self) -> Result<Arc<Handle>, QueryError> {
        let handle = self.read_model(R::TABLE)?;
        // Even without a receipt: one that is being built holds only a part yet.
        let (position, stream) = self.engine.last_receipt().unzip();
        self.reach(handle, position.unwrap_or(Position::START), stream.as_ref()).await
    }

    fn read_model(&self, name: &str) -> Result<Arc<Handle>, QueryError> {
        let handles = self.engine.handles();
        let is_it = |h: &&Arc<Handle>| h.behaviour.kind().is_projector() && h.name() == name;
        let handle = handles.iter().filter(is_it).min_by_key(|h| h.is_building()).cloned();
        handle.ok_or_else(|| QueryError::Unknown(name.into()))
    }

    /// Waits until a read model is where it should be, and says which worker serves it then.
    async fn reach(
        &self,
        mut handle: Arc<Handle>,
        wanted: Position,
        stream: Option<&StreamId>,
    ) -> Result<Arc<Handle>, QueryError> {
        let waited = self.engine.settings.catch_up_timeout;
        let end = Instant::now() + waited;
        let projection = handle.name().to_owned();
        let progress = loop {
            let mut progress = handle.progress.subscribe();
            let there = progress.wait_for(|progress| {
                let there = progress.position >= wanted && progress.activity != Activity::Building;
                there || progress.retired || progress.activity == Activity::Stopped
            });
            let progress = match tokio::time::timeout_at(end, there).await {
                Ok(Ok(progress)) => progress.clone(),
                Ok(Err(_)) | Err(_) => {
                    let position = handle.progress.borrow().position;
                    return Err(QueryError::NotCaughtUp { projection, position, wanted, waited });
                }
            };
            if progress.position >= wanted || !progress.retired {
                break progress;
            }
            // It was built anew, and goes on under another worker.
            handle = self.read_model(&projection)?;
        };
        if progress.position < wanted {
            let reason = progress.last_error.unwrap_or_default();
            return Err(QueryError::Stopped { projection, reason });
        }
        match stream {
            Some(stream) if progress.parked.contains(&stream.to_string()) => {
                Err(QueryError::Parked { projection, stream: stream.clone() })
            }
            _ => Ok(handle),
        }
    }
}
