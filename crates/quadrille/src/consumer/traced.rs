//! What a consumer does, told to whoever traces it.

use super::{Batch, Behaviour, Failure, Handled, Work};
use crate::{CausationId, CorrelationId, Metadata, telemetry::spans};
use tracing::Instrument;

/// Handles events. A projector takes all of them in one span; others have a span for each.
pub(super) async fn handle(
    behaviour: &dyn Behaviour,
    work: &Work<'_>,
    batch: Batch<'_>,
) -> Result<Handled, Failure> {
    let events = batch.events;
    if events.is_empty() || !behaviour.kind().is_projector() {
        return behaviour.handle(work, batch).await;
    }
    let span = spans::project(work.consumer, events);
    work.engine.link(&span, events.iter().map(|event| event.metadata.trace.as_ref()));
    let handled = behaviour.handle(work, batch).instrument(span.clone()).await;
    spans::projected(&span, &handled);
    handled
}

impl Work<'_> {
    /// Metadata of a fact about what this consumer does now.
    pub(super) fn metadata(
        &self,
        flow: CorrelationId,
        causation: impl Into<CausationId>,
    ) -> Metadata {
        let now = self.engine.clock.now();
        let mut metadata = Metadata::new(flow, causation, self.component, now);
        metadata.trace = self.engine.current_trace();
        metadata
    }
}
