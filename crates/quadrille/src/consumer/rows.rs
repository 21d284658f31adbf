//! Read models of rows: a page of events is folded in memory, and its rows are written at once.

use super::{
    Batch, Behaviour, Databases, Failure, Handled, PartOf, Work, generations,
    lease::give_back,
    panic_message,
    parking::{parked, waiting},
};
use crate::{
    Envelope, EventId, Position, Query, Read, Recorded, Row, RowProjector, StoreError, View,
    app::{
        Engine,
        aggregates::Aggregates,
        chain,
        history::{self, HistoryError, LeftOut, See},
    },
    read_model::{ModelInfo, Rows, Table},
    row::Value,
    state::{Claim, Consumer, ConsumerKind, Consumers, Held, ParkedEvent},
    store::Direction,
    view::reads_of,
};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

struct RowModel<R: Row, E, K, F> {
    keys: K,
    apply: F,
    is_gone: fn(&R) -> bool,
    part: PartOf,
    event: std::marker::PhantomData<fn(E)>,
}

/// A read model from its own trait.
pub(crate) fn of_projector<R: RowProjector>(part: PartOf) -> Arc<dyn Behaviour> {
    let keys = |event: &Recorded<R::Event>| R::keys(event).into_iter().collect::<Vec<_>>();
    model(keys, |row: &mut R, event: &Recorded<R::Event>| row.apply(event), R::is_gone, part)
}

/// A read model from a function, keyed by stream.
pub(crate) fn of_fold<R: Row, E: View>(
    apply: impl Fn(&mut R, &Recorded<E>) + Send + Sync + 'static,
    part: PartOf,
) -> Arc<dyn Behaviour> {
    let keys = |event: &Recorded<E>| R::stream_key(event.id()).into_iter().collect::<Vec<_>>();
    model(keys, apply, |_| false, part)
}

fn model<R, E, K, F>(keys: K, apply: F, is_gone: fn(&R) -> bool, part: PartOf) -> Arc<dyn Behaviour>
where
    R: Row,
    E: View,
    K: Fn(&Recorded<E>) -> Vec<R::Key> + Send + Sync + 'static,
    F: Fn(&mut R, &Recorded<E>) + Send + Sync + 'static,
{
    Arc::new(RowModel { keys, apply, is_gone, part, event: std::marker::PhantomData::<fn(E)> })
}

/// The table of a row type.
pub(crate) const fn table_of<R: Row>() -> Table {
    Table { name: R::TABLE, columns: R::COLUMNS }
}

#[async_trait]
impl<R, E, K, F> Behaviour for RowModel<R, E, K, F>
where
    R: Row,
    E: View,
    K: Fn(&Recorded<E>) -> Vec<R::Key> + Send + Sync + 'static,
    F: Fn(&mut R, &Recorded<E>) + Send + Sync + 'static,
{
    fn kind(&self) -> ConsumerKind {
        ConsumerKind::RowProjector
    }

    fn name(&self) -> &str {
        R::TABLE
    }

    fn part(&self) -> &PartOf {
        &self.part
    }

    fn reads(&self) -> Vec<Read> {
        reads_of::<E>()
    }

    fn check(&self, _: &Aggregates, _: &Databases) -> Result<(), String> {
        Ok(())
    }

    async fn open(&self, engine: &Engine) -> Result<Consumer, StoreError> {
        engine.models.open(self.kind(), R::TABLE, R::VERSION).await
    }

    fn consumers<'a>(&self, engine: &'a Engine) -> &'a dyn Consumers {
        &*engine.models
    }

    async fn lease(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Result<Claim, Held>, StoreError> {
        let models = &engine.models;
        let claim = match models.lease(consumer, &engine.lease).await? {
            Ok(claim) => claim,
            Err(held) => return Ok(Err(held)),
        };
        if let Err(error) = models.create_table(consumer, &table_of::<R>()).await {
            give_back(&**models, consumer, claim).await;
            return Err(error);
        }
        Ok(Ok(claim))
    }

    async fn handle(&self, work: &Work<'_>, batch: Batch<'_>) -> Result<Handled, Failure> {
        let mut page = self.read(work, batch.events);
        let rows = loop {
            let mut rows = self.load(work, &page.events).await?;
            match self.fold(&page.events, &mut rows) {
                Ok(()) => break rows,
                Err((at, reason)) => page.failed(work, at, reason).await,
            }
        };
        work.record(&batch, &page.parked).await?;
        let handled = page.events.len() as u64;
        let change = work.change(&batch, &page.parked);
        let rows = self.written(rows);
        let (table, epoch) = (table_of::<R>(), work.claim.epoch);
        work.engine.models.commit_rows(work.consumer, epoch, &table, rows, change).await?;
        Ok(Handled { handled, parked: page.parked, ..Handled::default() })
    }

    async fn rebuild(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Option<Consumer>, StoreError> {
        engine.models.rebuild(consumer).await.map(Some)
    }

    async fn generations(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Vec<ModelInfo>, StoreError> {
        generations(&*engine.models, consumer).await
    }

    async fn remove(&self, engine: &Engine, consumer: &Consumer) -> Result<(), StoreError> {
        engine.models.remove(consumer).await
    }

    async fn live(&self, engine: &Engine) -> Result<Option<Consumer>, StoreError> {
        engine.models.live(R::TABLE).await
    }

    async fn go_live(&self, engine: &Engine, consumer: &Consumer) -> Result<(), StoreError> {
        engine.models.go_live(consumer).await
    }

    async fn row_history(
        &self,
        engine: &Engine,
        key: &[String],
        see: See<'_>,
    ) -> Result<LeftOut, HistoryError> {
        let wanted = history::key_from_text(R::TABLE, R::COLUMNS, key)?;
        let query = Query::all().types(self.reads().into_iter().map(|read| read.event_type));
        let (mut after, mut row) = (Position::START, None);
        let (mut left_out, mut blocked) = (LeftOut::default(), HashSet::new());
        loop {
            let page = engine.store.read(&query, after, Direction::Forward, history::PAGE).await?;
            for envelope in page.events.into_iter().map(Arc::new) {
                if blocked.contains(&envelope.stream) {
                    left_out.events += 1;
                    continue;
                }
                let next = catch_unwind(AssertUnwindSafe(|| {
                    self.touched(&wanted, row.as_deref(), &envelope)
                }));
                match next.unwrap_or_else(|panic| Err(panic_message(&*panic))) {
                    Ok(None) => {}
                    Ok(Some(next)) => {
                        let shown = next.clone().map(|next| history::row_json(R::COLUMNS, next));
                        if see(&envelope, &shown.unwrap_or_default()).is_break() {
                            return Ok(left_out);
                        }
                        row = next;
                    }
                    Err(reason) => {
                        left_out.events += 1;
                        left_out.first.get_or_insert((envelope.id, reason));
                        blocked.insert(envelope.stream.clone());
                    }
                }
            }
            after = page.through.map_or(after, |place| place.position);
            if !page.more {
                return Ok(left_out);
            }
        }
    }
}

/// The decoded events of a page, and what could not be used.
struct ReadPage<E, Key> {
    events: Vec<(Recorded<E>, Vec<Key>)>,
    parked: Vec<ParkedEvent>,
    attempts: HashMap<EventId, u32>,
}

type FoldedRows<R> = BTreeMap<<R as Row>::Key, Option<R>>;

impl<R, E, K, F> RowModel<R, E, K, F>
where
    R: Row,
    E: View,
    K: Fn(&Recorded<E>) -> Vec<R::Key> + Send + Sync + 'static,
    F: Fn(&mut R, &Recorded<E>) + Send + Sync + 'static,
{
    fn read(&self, work: &Work<'_>, events: &[Arc<Envelope>]) -> ReadPage<E, R::Key> {
        let mut page =
            ReadPage { events: Vec::new(), parked: Vec::new(), attempts: HashMap::new() };
        let mut blocked: HashMap<String, ParkedEvent> = HashMap::new();
        for envelope in events {
            let stream = envelope.stream.to_string();
            if let Some(behind) = blocked.get(&stream).or_else(|| work.parked.get(&stream)) {
                page.parked.push(waiting(work, envelope, stream, behind));
                continue;
            }
            let read = E::decode(envelope).map_err(|error| chain(&error)).and_then(|event| {
                let Some(event) = event else { return Ok(None) };
                let recorded = Recorded::new(event, envelope.clone());
                let keys = catch_unwind(AssertUnwindSafe(|| (self.keys)(&recorded)));
                let keys = keys.map_err(|panic| panic_message(&*panic))?;
                Ok(Some((recorded, keys)))
            });
            match read {
                Ok(event) => page.events.extend(event),
                Err(reason) => {
                    let event = parked(work, envelope, stream.clone(), reason, 1);
                    blocked.insert(stream, event.clone());
                    page.parked.push(event);
                }
            }
        }
        page
    }

    async fn load(
        &self,
        work: &Work<'_>,
        events: &[(Recorded<E>, Vec<R::Key>)],
    ) -> Result<FoldedRows<R>, Failure> {
        let keys = events.iter().flat_map(|(_, keys)| keys.iter().cloned());
        let mut rows: FoldedRows<R> = keys.map(|key| (key, None)).collect();
        let wanted: Vec<_> = rows.keys().map(R::key_values).collect();
        if wanted.is_empty() {
            return Ok(rows);
        }
        let found = work.engine.models.rows(work.consumer, &table_of::<R>(), &wanted).await?;
        for values in found {
            let row = row_from::<R>(work.consumer, values)?;
            rows.insert(row.key(), Some(row));
        }
        Ok(rows)
    }

    /// Applies every event; on a panic, says at which.
    fn fold(
        &self,
        events: &[(Recorded<E>, Vec<R::Key>)],
        rows: &mut FoldedRows<R>,
    ) -> Result<(), (usize, String)> {
        for (at, (event, keys)) in events.iter().enumerate() {
            for key in keys {
                let row = rows.get_mut(key).expect("every key of the page was put in");
                let row = row.get_or_insert_with(|| R::new(key.clone()));
                let applied = catch_unwind(AssertUnwindSafe(|| {
                    (self.apply)(row, event);
                    (self.is_gone)(row)
                }));
                if applied.map_err(|panic| (at, panic_message(&*panic)))? {
                    rows.insert(key.clone(), None);
                }
            }
        }
        Ok(())
    }

    /// What an event makes of the row with this key; `None` where it does not touch it. A key that
    /// it names twice it touches twice, as in [`Self::fold`].
    fn touched(
        &self,
        key: &[Value],
        row: Option<&[Value]>,
        envelope: &Arc<Envelope>,
    ) -> Result<Option<Option<Vec<Value>>>, String> {
        let event = E::decode(envelope).map_err(|error| chain(&error))?;
        let Some(event) = event else { return Ok(None) };
        let event = Recorded::new(event, envelope.clone());
        let mut keys = (self.keys)(&event);
        keys.retain(|named| R::key_values(named) == key);
        if keys.is_empty() {
            return Ok(None);
        }
        let mut row = row.map(|values| R::from_values(values.to_vec())).transpose()?;
        for key in keys {
            let changed = row.get_or_insert_with(|| R::new(key));
            (self.apply)(changed, &event);
            if (self.is_gone)(changed) {
                row = None;
            }
        }
        Ok(Some(row.map(|row| row.values())))
    }

    fn written(&self, rows: FoldedRows<R>) -> Rows {
        let mut written = Rows::default();
        for (key, row) in rows {
            match row {
                Some(row) => written.upsert.push(row.values()),
                None => written.delete.push(R::key_values(&key)),
            }
        }
        written
    }
}

impl<E, Key> ReadPage<E, Key> {
    /// An event could not be applied: it is tried again, and parked when the policy gives up.
    async fn failed(&mut self, work: &Work<'_>, at: usize, reason: String) {
        let envelope = self.events[at].0.envelope().clone();
        let attempts = self.attempts.entry(envelope.id).or_default();
        *attempts += 1;
        let wait = work.engine.settings.handler_retry.wait(*attempts, fastrand::f64());
        if let Some(wait) = wait {
            return tokio::time::sleep(wait).await;
        }
        let stream = envelope.stream.to_string();
        let event = parked(work, &envelope, stream.clone(), reason, *attempts);
        self.parked.push(event.clone());
        let mut kept = Vec::with_capacity(self.events.len());
        for (n, (recorded, keys)) in std::mem::take(&mut self.events).into_iter().enumerate() {
            let later = n > at && recorded.envelope().stream == envelope.stream;
            if later {
                self.parked.push(waiting(work, recorded.envelope(), stream.clone(), &event));
            } else if n != at {
                kept.push((recorded, keys));
            }
        }
        self.events = kept;
    }
}

/// A row from what the database returned.
pub(crate) fn row_from<R: Row>(
    consumer: &Consumer,
    values: Vec<crate::row::Value>,
) -> Result<R, StoreError> {
    R::from_values(values).map_err(|problem| StoreError::corrupt(consumer.to_string(), problem))
}
