//! What has come due at one process instance.

use super::Process;
use crate::{
    EventId, ProcessManager,
    consumer::{Failure, Work, parking::parked},
    state::{Deadline, ParkedEvent},
    telemetry::{MOST_LINKS, spans},
};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use tracing::{Instrument, Span};

/// An instance whose deadlines are now these, and what was parked if it could not be fired.
type Fired = (String, Vec<Deadline>, Option<ParkedEvent>);

impl<P: ProcessManager> Process<P> {
    /// Fires what is due at one instance.
    pub(super) async fn fire(
        &self,
        work: &Work<'_>,
        key: String,
        due: Vec<Deadline>,
        now: DateTime<Utc>,
    ) -> Result<Fired, Failure> {
        let span = spans::fire(work.consumer, &key, &due);
        if work.engine.traces(&span) {
            self.link_causes(work, &key, &due, &span).await;
        }
        let fired = self.fire_due(work, key, due, now).instrument(span.clone()).await;
        match &fired {
            Ok((.., Some(_))) => spans::failed(&span, "parked"),
            fired => spans::handled(&span, fired.as_ref().map(|_| "handled")),
        }
        fired
    }

    /// Links a span to those in which it was set what is due, as far as they can be read: what is
    /// due fires in any case.
    async fn link_causes(&self, work: &Work<'_>, key: &str, due: &[Deadline], span: &Span) {
        let Ok(unit) = self.unit(work, key).await else { return };
        let mut known = HashSet::new();
        let ids = due.iter().filter_map(|deadline| unit.cause_of(deadline.id));
        let ids: Vec<EventId> = ids.filter(|id| known.insert(*id)).take(MOST_LINKS).collect();
        self.keep(unit);
        let mut causes = Vec::with_capacity(ids.len());
        for id in ids {
            // A store that is away is not asked for each of them.
            let Ok(cause) = work.engine.store.event(id).await else { break };
            causes.extend(cause);
        }
        work.engine.link(span, causes.iter().map(|cause| cause.metadata.trace.as_ref()));
    }

    /// Fires what is due at one instance. What cannot be handled is parked, by the step that set
    /// the deadline, and its deadlines leave the table until somebody decides.
    async fn fire_due(
        &self,
        work: &Work<'_>,
        key: String,
        due: Vec<Deadline>,
        now: DateTime<Utc>,
    ) -> Result<Fired, Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut unit = self.unit(work, &key).await?;
            let (reason, subject) = match unit.fire_due(now).await {
                Ok(()) => {
                    spans::attempts(&Span::current(), attempts);
                    let deadlines = unit.deadlines();
                    self.keep(unit);
                    return Ok((key, deadlines, None));
                }
                Err(Failure::Event { reason, subject }) => (reason, subject),
                Err(failure) => return Err(failure),
            };
            let wait = work.engine.settings.handler_retry.wait(attempts, fastrand::f64());
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
                continue;
            }
            spans::attempts(&Span::current(), attempts);
            let mut ids = subject.into_iter().chain(due.iter().map(|deadline| deadline.id));
            let open = ids.find_map(|id| Some((id, unit.cause_of(id)?)));
            let Some((subject, cause)) = open else { return Err(Failure::event(reason)) };
            let envelope = work.engine.store.event(cause).await?;
            let Some(envelope) = envelope else { return Err(Failure::event(reason)) };
            let event = parked(work, &envelope, key.clone(), reason, attempts);
            return Ok((key, Vec::new(), Some(ParkedEvent { subject: Some(subject), ..event })));
        }
    }
}
