use super::Faults;
use async_trait::async_trait;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, CorrelationId, EngineState, Envelope, EventId,
    EventStore, Position, Query, StoreError, StoreId, StreamId, Version,
    read_model::{ModelInfo, ReadModels, Rows, Table},
    row::Value,
    state::{
        Change, Claim, Consumer, ConsumerKind, ConsumerStatus, Consumers, Deadline, DeadlineFilter,
        Epoch, Held, Lease, ParkedEvent, RejectionRecord, Snapshot,
    },
    store::{AppendAll, Capabilities, Direction, Limits, Page, Place, StreamFilter, StreamInfo},
};
use std::{sync::Arc, time::Duration};

/// Storage whose operations are counted, and one of which may fail.
pub struct Faulty<T: ?Sized> {
    inner: Arc<T>,
    faults: Faults,
}

impl<T: ?Sized> Faulty<T> {
    /// `inner`, with faults.
    pub fn new(inner: Arc<T>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

impl<T: ?Sized> Clone for Faulty<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), faults: self.faults.clone() }
    }
}

fn describe(append: &Append) -> String {
    let types: Vec<_> = append.events.iter().map(|event| event.event_type.as_str()).collect();
    format!("append {} to {}", types.join(", "), append.stream)
}

#[async_trait]
impl<T: EventStore + ?Sized> EventStore for Faulty<T> {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.faults.write(describe(&append), self.inner.append(append)).await
    }

    async fn append_all(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        let what: Vec<_> = appends.appends.iter().map(describe).collect();
        self.faults.write(what.join(" and "), self.inner.append_all(appends)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let what = format!("read {stream} from {from}");
        self.faults.read(what, self.inner.read_stream(stream, from, direction, limit)).await
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let what = format!("read the log from {from}");
        self.faults.read(what, self.inner.read(query, from, direction, limit)).await
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        self.faults.read("read the head".into(), self.inner.head()).await
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        let what = format!("read the event at {position}");
        self.faults.read(what, self.inner.event_at(position)).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        self.faults.read(format!("read event {id}"), self.inner.event(id)).await
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        let what = format!("read what command {command} left in {stream}");
        self.faults.read(what, self.inner.events_of_command(stream, command)).await
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        self.faults.read("list streams".into(), self.inner.streams(filter, after, limit)).await
    }

    async fn appended_after(&self, after: Position) {
        if self.faults.is_dead() {
            std::future::pending::<()>().await;
        }
        self.inner.appended_after(after).await;
    }
}

#[async_trait]
impl<T: Consumers + ?Sized> Consumers for Faulty<T> {
    async fn claim(&self, consumer: &Consumer) -> Result<Claim, StoreError> {
        self.faults.write(format!("claim {consumer}"), self.inner.claim(consumer)).await
    }

    async fn lease(
        &self,
        consumer: &Consumer,
        lease: &Lease,
    ) -> Result<Result<Claim, Held>, StoreError> {
        self.faults.write(format!("lease {consumer}"), self.inner.lease(consumer, lease)).await
    }

    async fn held(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
        self.faults.read(format!("ask who holds {consumer}"), self.inner.held(consumer)).await
    }

    /// Not counted: how often it comes is a matter of time.
    async fn renew(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        time_to_live: Duration,
    ) -> Result<(), StoreError> {
        if self.faults.is_dead() {
            std::future::pending::<()>().await;
        }
        self.inner.renew(consumer, epoch, time_to_live).await
    }

    async fn release(&self, consumer: &Consumer, epoch: Epoch) -> Result<(), StoreError> {
        self.faults.write(format!("release {consumer}"), self.inner.release(consumer, epoch)).await
    }

    async fn progress(&self, consumer: &Consumer) -> Result<Option<Claim>, StoreError> {
        let what = format!("read the progress of {consumer}");
        self.faults.read(what, self.inner.progress(consumer)).await
    }

    async fn commit(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError> {
        let what = format!("commit {consumer}");
        self.faults.write(what, self.inner.commit(consumer, epoch, change)).await
    }

    async fn parked(&self, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError> {
        let what = format!("read what is parked at {consumer}");
        self.faults.read(what, self.inner.parked(consumer)).await
    }
}

#[async_trait]
impl<T: EngineState + ?Sized> EngineState for Faulty<T> {
    async fn deadlines(
        &self,
        filter: &DeadlineFilter,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError> {
        self.faults.read("read deadlines".into(), self.inner.deadlines(filter, limit)).await
    }

    /// Not counted: it happens by real time, and nothing depends on it.
    async fn set_status(&self, status: &ConsumerStatus) -> Result<(), StoreError> {
        self.inner.set_status(status).await
    }

    async fn statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        self.inner.statuses().await
    }

    async fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let what = format!("read the snapshot of {stream}");
        self.faults.read(what, self.inner.snapshot(stream)).await
    }

    async fn set_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        let what = format!("keep a snapshot of {stream}");
        self.faults.write(what, self.inner.set_snapshot(stream, snapshot)).await
    }

    async fn record_rejection(
        &self,
        rejection: &RejectionRecord,
        keep: usize,
    ) -> Result<(), StoreError> {
        let what = format!("record the rejection of {}", rejection.name);
        self.faults.write(what, self.inner.record_rejection(rejection, keep)).await
    }

    async fn rejections(
        &self,
        correlation: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<RejectionRecord>, StoreError> {
        self.faults.read("read rejections".into(), self.inner.rejections(correlation, limit)).await
    }
}

#[async_trait]
impl<T: ReadModels + ?Sized> ReadModels for Faulty<T> {
    async fn open(
        &self,
        kind: ConsumerKind,
        name: &str,
        version: u32,
    ) -> Result<Consumer, StoreError> {
        let what = format!("open read model {name}");
        self.faults.write(what, self.inner.open(kind, name, version)).await
    }

    async fn rebuild(&self, consumer: &Consumer) -> Result<Consumer, StoreError> {
        self.faults.write(format!("rebuild {consumer}"), self.inner.rebuild(consumer)).await
    }

    async fn go_live(&self, consumer: &Consumer) -> Result<(), StoreError> {
        self.faults.write(format!("let {consumer} go live"), self.inner.go_live(consumer)).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, StoreError> {
        self.faults.read("list read models".into(), self.inner.models()).await
    }

    async fn remove(&self, consumer: &Consumer) -> Result<(), StoreError> {
        self.faults.write(format!("remove {consumer}"), self.inner.remove(consumer)).await
    }

    async fn create_table(&self, consumer: &Consumer, table: &Table) -> Result<(), StoreError> {
        let what = format!("create table {}", table.name);
        self.faults.write(what, self.inner.create_table(consumer, table)).await
    }

    async fn rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        keys: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let what = format!("read rows of {}", table.name);
        self.faults.read(what, self.inner.rows(consumer, table, keys)).await
    }

    async fn all_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let what = format!("read all rows of {}", table.name);
        self.faults.read(what, self.inner.all_rows(consumer, table, after, limit)).await
    }

    async fn commit_rows(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        table: &Table,
        rows: Rows,
        change: Change,
    ) -> Result<(), StoreError> {
        let what = format!("commit rows of {}", table.name);
        let committed = self.inner.commit_rows(consumer, epoch, table, rows, change);
        self.faults.write(what, committed).await
    }
}
