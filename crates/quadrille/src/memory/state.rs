use super::{lock, models::Models};
use crate::{
    CorrelationId, EngineState, EventId, StoreError, StreamId,
    state::{
        Change, Checkpoint, Claim, Consumer, ConsumerStatus, Consumers, Deadline, DeadlineFilter,
        Epoch, Held, Lease, ParkedEvent, RejectionRecord, Snapshot,
    },
};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Engine state and read models of rows in memory. Clones share what they hold.
#[derive(Debug, Clone, Default)]
pub struct MemoryState(pub(super) Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) progress: BTreeMap<Consumer, Progress>,
    pub(super) models: Models,
    pub(super) statuses: BTreeMap<Consumer, ConsumerStatus>,
    deadlines: BTreeMap<(String, String), Vec<Deadline>>,
    snapshots: HashMap<StreamId, Snapshot>,
    rejections: VecDeque<RejectionRecord>,
}

#[derive(Debug)]
pub(super) struct Progress {
    epoch: Epoch,
    checkpoint: Option<Checkpoint>,
    parked: HashMap<EventId, ParkedEvent>,
    /// Who holds it, and until when.
    lease: Option<(String, Instant)>,
}

impl Progress {
    fn new() -> Self {
        Self { epoch: Epoch(0), checkpoint: None, parked: HashMap::new(), lease: None }
    }

    fn claim(&self) -> Claim {
        Claim { epoch: self.epoch, checkpoint: self.checkpoint }
    }

    fn take_over(&mut self, lease: Option<(String, Instant)>) -> Claim {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.lease = lease;
        self.claim()
    }
}

impl MemoryState {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn with<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut lock(&self.0))
    }
}

impl State {
    /// Whether `epoch` may still commit.
    pub(super) fn check(&self, consumer: &Consumer, epoch: Epoch) -> Result<(), StoreError> {
        match self.progress.get(consumer) {
            Some(progress) if progress.epoch == epoch => Ok(()),
            _ => Err(StoreError::Fenced { consumer: consumer.to_string(), epoch: epoch.0 }),
        }
    }

    fn progress_of(&mut self, consumer: &Consumer) -> &mut Progress {
        self.progress.entry(consumer.clone()).or_insert_with(Progress::new)
    }

    pub(super) fn apply(&mut self, consumer: &Consumer, change: Change) {
        if let Some(progress) = self.progress.get_mut(consumer) {
            progress.checkpoint = change.checkpoint.or(progress.checkpoint);
            for event in change.unpark {
                progress.parked.remove(&event);
            }
            for event in change.park {
                progress.parked.insert(event.event, event);
            }
        }
        for (process, key, deadlines) in change.deadlines {
            if deadlines.is_empty() {
                self.deadlines.remove(&(process, key));
            } else {
                self.deadlines.insert((process, key), deadlines);
            }
        }
    }
}

#[async_trait]
impl Consumers for MemoryState {
    async fn claim(&self, consumer: &Consumer) -> Result<Claim, StoreError> {
        Ok(self.with(|state| state.progress_of(consumer).take_over(None)))
    }

    async fn lease(
        &self,
        consumer: &Consumer,
        lease: &Lease,
    ) -> Result<Result<Claim, Held>, StoreError> {
        Ok(self.with(|state| {
            let progress = state.progress_of(consumer);
            let now = Instant::now();
            if let Some((holder, until)) = &progress.lease
                && *holder != lease.holder
                && *until > now
            {
                return Err(Held { holder: holder.clone(), remaining: *until - now });
            }
            Ok(progress.take_over(Some((lease.holder.clone(), now + lease.time_to_live))))
        }))
    }

    async fn held(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
        Ok(self.with(|state| {
            let (holder, until) = state.progress.get(consumer)?.lease.as_ref()?;
            let remaining = until.checked_duration_since(Instant::now())?;
            (!remaining.is_zero()).then(|| Held { holder: holder.clone(), remaining })
        }))
    }

    async fn renew(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        time_to_live: Duration,
    ) -> Result<(), StoreError> {
        self.with(|state| {
            state.check(consumer, epoch)?;
            if let Some((_, until)) = &mut state.progress_of(consumer).lease {
                *until = Instant::now() + time_to_live;
            }
            Ok(())
        })
    }

    async fn release(&self, consumer: &Consumer, epoch: Epoch) -> Result<(), StoreError> {
        self.with(|state| {
            if state.check(consumer, epoch).is_ok() {
                state.progress_of(consumer).lease = None;
            }
        });
        Ok(())
    }

    async fn progress(&self, consumer: &Consumer) -> Result<Option<Claim>, StoreError> {
        Ok(self.with(|state| state.progress.get(consumer).map(Progress::claim)))
    }

    async fn commit(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError> {
        self.with(|state| {
            state.check(consumer, epoch)?;
            state.apply(consumer, change);
            Ok(())
        })
    }

    async fn parked(&self, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError> {
        let mut parked: Vec<ParkedEvent> = self.with(|state| {
            let progress = state.progress.get(consumer);
            progress.into_iter().flat_map(|progress| progress.parked.values()).cloned().collect()
        });
        parked.sort_by_key(|event| event.position);
        Ok(parked)
    }
}

#[async_trait]
impl EngineState for MemoryState {
    async fn deadlines(
        &self,
        filter: &DeadlineFilter,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError> {
        let selected = |deadline: &&Deadline| {
            filter.process.as_ref().is_none_or(|process| *process == deadline.process)
                && filter.due_by.is_none_or(|by| deadline.due <= by)
                && filter.correlation.is_none_or(|flow| flow == deadline.correlation)
        };
        let mut deadlines: Vec<Deadline> = self
            .with(|state| state.deadlines.values().flatten().filter(selected).cloned().collect());
        deadlines.sort_by_key(|deadline| (deadline.due, deadline.id));
        deadlines.truncate(limit);
        Ok(deadlines)
    }

    async fn set_status(&self, status: &ConsumerStatus) -> Result<(), StoreError> {
        self.with(|state| state.statuses.insert(status.consumer.clone(), status.clone()));
        Ok(())
    }

    async fn statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        Ok(self.with(|state| state.statuses.values().cloned().collect()))
    }

    async fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.with(|state| state.snapshots.get(stream).cloned()))
    }

    async fn set_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.with(|state| state.snapshots.insert(stream.clone(), snapshot));
        Ok(())
    }

    async fn record_rejection(
        &self,
        rejection: &RejectionRecord,
        keep: usize,
    ) -> Result<(), StoreError> {
        self.with(|state| {
            state.rejections.push_front(rejection.clone());
            state.rejections.truncate(keep);
        });
        Ok(())
    }

    async fn rejections(
        &self,
        correlation: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<RejectionRecord>, StoreError> {
        let of_flow =
            |record: &&RejectionRecord| correlation.is_none_or(|flow| flow == record.correlation);
        Ok(self
            .with(|state| state.rejections.iter().filter(of_flow).take(limit).cloned().collect()))
    }
}
