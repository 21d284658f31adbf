//! What reactions and process managers share: events of different keys are handled at the same
//! time, those of one key in the order of the log, and a key whose event was parked waits.

use super::{
    Batch, Failure, Handled, Work,
    parking::{parked, waiting},
};
use crate::{
    Envelope,
    state::{Change, Deadline, ParkedEvent},
    telemetry::spans,
};
use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use std::{cmp::Ordering, collections::HashMap, sync::Arc};
use tracing::Instrument;

/// What was done for one event.
#[derive(Default)]
pub(super) struct Done {
    /// Whether the event was none of this handler's worries.
    pub unmatched: bool,
    /// The instance whose deadlines are now these.
    pub deadlines: Option<(String, Vec<Deadline>)>,
    /// A fact to record with the others of the page.
    pub fact: Option<crate::NewEvent>,
}

#[async_trait]
pub(super) trait Keyed: Send + Sync {
    type Input: Send;

    /// The key and the input of an event; `None` when it is not for this handler.
    fn route(&self, envelope: &Arc<Envelope>) -> Result<Option<(String, Self::Input)>, String>;

    /// Handles one event. Everything that it does is idempotent.
    async fn one(
        &self,
        work: &Work<'_>,
        key: &str,
        envelope: &Arc<Envelope>,
        input: Self::Input,
    ) -> Result<Done, Failure>;
}

impl Work<'_> {
    /// Commits progress, or leaves it for later where that is all there is to commit: everything
    /// that a handler does is idempotent, so its checkpoint only saves work.
    pub(super) async fn commit(&self, change: Change) -> Result<bool, Failure> {
        let progress_only =
            change.park.is_empty() && change.unpark.is_empty() && change.deadlines.is_empty();
        if self.may_defer && progress_only {
            return Ok(true);
        }
        self.engine.state.commit(self.consumer, self.claim.epoch, change).await?;
        Ok(false)
    }
}

/// What an event that cannot even be read is parked by.
fn unreadable_key(envelope: &Envelope) -> String {
    format!("stream {}", envelope.stream)
}

struct Routed<I> {
    envelope: Arc<Envelope>,
    input: I,
}

/// What came of the events of one key.
#[derive(Default)]
struct OfKey {
    done: Vec<Done>,
    parked: Vec<ParkedEvent>,
}

/// What came of a page.
#[derive(Default)]
pub(super) struct OfPage {
    pub handled: Handled,
    pub deadlines: Vec<(String, Vec<Deadline>)>,
    pub facts: Vec<crate::NewEvent>,
}

pub(super) async fn handle_page<K: Keyed>(
    keyed: &K,
    work: &Work<'_>,
    batch: &Batch<'_>,
) -> Result<OfPage, Failure> {
    let mut page = OfPage::default();
    let mut groups: HashMap<String, Vec<Routed<K::Input>>> = HashMap::new();
    let mut unreadable: HashMap<String, ParkedEvent> = HashMap::new();
    for envelope in batch.events {
        let stream_key = unreadable_key(envelope);
        let blocked = work.parked.get(&stream_key).or_else(|| unreadable.get(&stream_key));
        match blocked.map(|behind| (behind, behind.position.cmp(&envelope.position))) {
            Some((behind, Ordering::Less)) => {
                page.handled.parked.push(waiting(work, envelope, stream_key, behind));
                continue;
            }
            Some((_, Ordering::Equal)) => continue,
            Some((_, Ordering::Greater)) | None => {}
        }
        match keyed.route(envelope) {
            Ok(None) => {}
            Ok(Some((key, input))) => {
                let routed = Routed { envelope: envelope.clone(), input };
                groups.entry(key).or_default().push(routed);
            }
            Err(reason) => {
                let event = parked(work, envelope, stream_key.clone(), reason, 1);
                unreadable.insert(stream_key, event.clone());
                page.handled.parked.push(event);
            }
        }
    }
    let concurrency = work.engine.settings.concurrency;
    let mut results = stream::iter(groups)
        .map(|(key, events)| of_key(keyed, work, key, events))
        .buffer_unordered(concurrency);
    while let Some(of_key) = results.next().await {
        let of_key = of_key?;
        page.handled.parked.extend(of_key.parked);
        for done in of_key.done {
            page.handled.handled += 1;
            page.handled.unmatched += u64::from(done.unmatched);
            page.facts.extend(done.fact);
            if let Some((key, deadlines)) = done.deadlines {
                page.deadlines.retain(|(known, _)| *known != key);
                page.deadlines.push((key, deadlines));
            }
        }
    }
    Ok(page)
}

async fn of_key<K: Keyed>(
    keyed: &K,
    work: &Work<'_>,
    key: String,
    events: Vec<Routed<K::Input>>,
) -> Result<OfKey, Failure> {
    let mut result = OfKey::default();
    let mut behind = work.parked.get(&key).cloned();
    for Routed { envelope, input } in events {
        // A page is handled again when the answer to its commit was lost: what was put aside then
        // stays as it is, and what lies before it is none of those that wait.
        match behind.as_ref().map(|behind| (behind, behind.position.cmp(&envelope.position))) {
            Some((behind, Ordering::Less)) => {
                result.parked.push(waiting(work, &envelope, key.clone(), behind));
                continue;
            }
            Some((_, Ordering::Equal)) => continue,
            Some((_, Ordering::Greater)) | None => {}
        }
        let (handled, attempts) = handle(keyed, work, &key, &envelope, input).await;
        match handled {
            Ok(done) => result.done.push(done),
            Err(Failure::Event { reason, subject }) => {
                let event = parked(work, &envelope, key.clone(), reason, attempts);
                let event = ParkedEvent { subject, ..event };
                behind = Some(event.clone());
                result.parked.push(event);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(result)
}

/// What came of an event, and after how many attempts.
type Tried = (Result<Done, Failure>, u32);

async fn handle<K: Keyed>(
    keyed: &K,
    work: &Work<'_>,
    key: &str,
    envelope: &Arc<Envelope>,
    input: K::Input,
) -> Tried {
    let span = spans::handle(work.consumer, key, envelope);
    work.engine.link(&span, [envelope.metadata.trace.as_ref()]);
    let tried = with_retries(keyed, work, key, envelope, input).instrument(span.clone()).await;
    let outcome = |done: &Done| if done.unmatched { "unmatched" } else { "handled" };
    spans::attempts(&span, tried.1);
    match &tried.0 {
        Err(Failure::Event { .. }) => spans::failed(&span, "parked"),
        handled => spans::handled(&span, handled.as_ref().map(outcome)),
    }
    tried
}

async fn with_retries<K: Keyed>(
    keyed: &K,
    work: &Work<'_>,
    key: &str,
    envelope: &Arc<Envelope>,
    input: K::Input,
) -> Tried {
    let mut next = Some(input);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let input = match next.take() {
            Some(input) => input,
            None => match keyed.route(envelope) {
                Ok(Some((_, input))) => input,
                Ok(None) => return (Ok(Done::default()), attempts),
                Err(reason) => return (Err(Failure::event(reason)), attempts),
            },
        };
        let failure = match keyed.one(work, key, envelope, input).await {
            Ok(done) => return (Ok(done), attempts),
            Err(failure) => failure,
        };
        let Failure::Event { .. } = &failure else { return (Err(failure), attempts) };
        let wait = work.engine.settings.handler_retry.wait(attempts, fastrand::f64());
        let Some(wait) = wait else { return (Err(failure), attempts) };
        // The reason may quote a payload: it is told only where the event is parked.
        let (consumer, event) = (work.consumer, envelope.id);
        tracing::warn!(%consumer, %event, attempts, "a handler failed");
        tokio::time::sleep(wait).await;
    }
}
