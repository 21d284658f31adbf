//! Reading ahead: while a consumer that is behind handles a page, the next one is read.

use super::Worker;
use crate::{
    Position, Query, StoreError,
    app::Engine,
    consumer::{Failure, tail::SharedPage},
};
use std::{panic, sync::Arc};
use tokio::task::JoinHandle;

/// A page on its way.
pub(super) struct Reading {
    after: Position,
    task: JoinHandle<Result<SharedPage, StoreError>>,
}

impl Reading {
    fn start(engine: &Arc<Engine>, query: &Query, after: Position) -> Self {
        let (engine, query) = (engine.clone(), query.clone());
        let read = async move { read(&engine, &query, after).await };
        Self { after, task: tokio::spawn(read) }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Worker {
    /// The next page of the log. Whoever is behind finds most of them read already.
    pub(super) async fn read(&mut self) -> Result<SharedPage, Failure> {
        let mut was_ahead = true;
        let mut page = match self.reading.take().filter(|reading| reading.after == self.position) {
            Some(mut reading) => match (&mut reading.task).await {
                Ok(page) => page?,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => panic::resume_unwind(panic),
                    // The runtime stops.
                    Err(error) => return Err(Failure::Later(error.to_string())),
                },
            },
            None => {
                was_ahead = false;
                read(&self.engine, &self.query, self.position).await?
            }
        };
        let next = page.through.filter(|_| page.behind && page.more);
        self.reading =
            next.map(|through| Reading::start(&self.engine, &self.query, through.position));
        // What was the end of the log when it was read is so no more.
        page.more |= was_ahead;
        Ok(page)
    }
}

async fn read(engine: &Engine, query: &Query, after: Position) -> Result<SharedPage, StoreError> {
    engine.tail.read(&*engine.store, query, after, engine.settings.page_size).await
}
