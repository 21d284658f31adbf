use async_trait::async_trait;
use quadrille_core::{
    Append, Clock, EventId, EventStore, ExpectedVersion, Position, Query, SystemClock,
    journal::{
        Fact, Operation, OperationAnswered, OperationError, OperationRequested, Operations,
        control_stream,
    },
    store::Direction,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

const PAGE: usize = 100;
/// How long to trust a store to tell of another process's events.
const POLL: Duration = Duration::from_millis(200);

/// Asks a running app for operations, through the control stream, and waits for its answers.
pub struct ControlStream {
    store: Arc<dyn EventStore>,
    patience: Duration,
}

impl ControlStream {
    /// A client that waits for an answer as long as `patience` says.
    pub fn new(store: Arc<dyn EventStore>, patience: Duration) -> Self {
        Self { store, patience }
    }

    async fn request(
        &self,
        operation: Operation,
        actor: &str,
    ) -> Result<(EventId, Position), OperationError> {
        let id = EventId::new();
        let metadata = OperationRequested::metadata(actor, SystemClock.now());
        let request = OperationRequested { operation, actor: actor.to_owned() };
        let event =
            request.event(id, metadata).map_err(|error| OperationError::Error(error.into()))?;
        let append = Append {
            stream: control_stream(),
            expected: ExpectedVersion::Any,
            events: vec![event],
        };
        Ok((id, self.store.append(append).await?.position))
    }

    /// The answer to a request, if it lies behind `from`, which moves on.
    async fn answer(
        &self,
        request: EventId,
        from: &mut Position,
    ) -> Result<Option<OperationAnswered>, OperationError> {
        let query = Query::all().stream(control_stream()).types([OperationAnswered::TYPE]);
        loop {
            let page = self.store.read(&query, *from, Direction::Forward, PAGE).await?;
            for event in &page.events {
                let answer = OperationAnswered::read(event)
                    .map_err(|error| OperationError::Error(error.into()))?;
                if let Some(answer) = answer.filter(|answer| answer.request == request) {
                    return Ok(Some(answer));
                }
            }
            if let Some(through) = page.through {
                *from = through.position;
            }
            if !page.more {
                return Ok(None);
            }
        }
    }
}

#[async_trait]
impl Operations for ControlStream {
    async fn perform(&self, operation: Operation, actor: &str) -> Result<(), OperationError> {
        let (request, mut from) = self.request(operation, actor).await?;
        let end = Instant::now() + self.patience;
        loop {
            if let Some(answer) = self.answer(request, &mut from).await? {
                return answer.error.map_or(Ok(()), |error| Err(OperationError::Failed(error)));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(OperationError::Unanswered { request, waited: self.patience });
            }
            // Running out of time is expected: a store may not know of other processes.
            let _ = timeout(left.min(POLL), self.store.appended_after(from)).await;
        }
    }
}
