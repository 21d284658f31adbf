//! Registered aggregates, their cached states, and commands that come as bytes.

use crate::{
    Aggregate, Command, Envelope, Event, ExecuteError, Message, Rejected, Rejection, StreamId,
    Version,
    app::{
        Engine, chain,
        history::{self, HistoryError, See},
    },
    consumer::panic_message,
    execute::{
        run::{self, Request, decode_own},
        slot::{Loaded, Slot},
    },
    journal::Outcome,
    manifest::AggregateManifest,
    state::Snapshot,
    store::Direction,
};
use async_trait::async_trait;
use futures_util::FutureExt;
use lru::LruCache;
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

/// Events read at once when an aggregate is loaded.
const LOAD_PAGE: usize = 1_000;

pub(crate) struct Snapshots<A> {
    pub every: u64,
    pub encode: fn(&A) -> Result<Vec<u8>, serde_json::Error>,
    pub decode: fn(&[u8]) -> Result<A, serde_json::Error>,
}

/// The state as JSON, for people to look at.
pub(crate) type Show<A> = fn(&A) -> Result<serde_json::Value, serde_json::Error>;

pub(crate) struct Registered<A: Aggregate> {
    pub component: String,
    snapshots: Option<Snapshots<A>>,
    show: Option<Show<A>>,
    cache: Mutex<LruCache<String, Arc<Slot<A>>>>,
}

impl<A: Aggregate> Registered<A> {
    pub fn new(component: String, cached: NonZeroUsize, register: Register<A>) -> Self {
        let Register { snapshots, show } = register;
        Self { component, snapshots, show, cache: Mutex::new(LruCache::new(cached)) }
    }

    pub fn slot(&self, stream: &StreamId) -> Arc<Slot<A>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = cache.get(stream.id()) {
            return slot.clone();
        }
        let slot = Arc::<Slot<A>>::default();
        cache.put(stream.id().to_owned(), slot.clone());
        slot
    }

    pub async fn load(
        &self,
        engine: &Engine,
        stream: &StreamId,
    ) -> Result<Loaded<A>, ExecuteError<A::Error>> {
        if let Some(mut loaded) = self.kept(engine, stream).await {
            if self.catch_up(engine, stream, &mut loaded).await?.is_some() {
                return Ok(loaded);
            }
            tracing::warn!(%stream, "a snapshot lies beyond the end of the log, and is not used");
        }
        let mut loaded = Loaded::new(A::default(), Version::NONE);
        self.catch_up(engine, stream, &mut loaded).await?;
        Ok(loaded)
    }

    /// A kept state, if there is one that this code can read.
    async fn kept(&self, engine: &Engine, stream: &StreamId) -> Option<Loaded<A>> {
        let codec = self.snapshots.as_ref()?;
        let kept = match engine.state.snapshot(stream).await {
            Ok(kept) => kept.filter(|kept| kept.aggregate_version == A::VERSION)?,
            Err(error) => {
                tracing::warn!(%stream, error = %chain(&error), "a snapshot could not be read");
                return None;
            }
        };
        let state = (codec.decode)(&kept.data).ok()?;
        Some(Loaded::new(state, kept.version))
    }

    /// Applies what the stream holds beyond `loaded`, and says how many events that was; `None` where
    /// the stream ends before: the log was set back to an older copy.
    pub async fn catch_up(
        &self,
        engine: &Engine,
        stream: &StreamId,
        loaded: &mut Loaded<A>,
    ) -> Result<Option<usize>, ExecuteError<A::Error>> {
        let before = loaded.version;
        // The last event that is known has to be there still.
        let mut above = Version(before.0.saturating_sub(1));
        loop {
            let page = engine.store.read_payloads(stream, above, LOAD_PAGE).await;
            let page = page.map_err(|error| ExecuteError::storage(stream, error))?;
            if page.is_empty() && above < before {
                return Ok(None);
            }
            for stored in page.iter().filter(|stored| stored.version > before) {
                let event = decode_own::<A::Event>(stored.encoded());
                let event = event.map_err(|error| ExecuteError::decoding(stream, error))?;
                loaded.state.evolve(&event);
                loaded.version = stored.version;
            }
            if page.len() < LOAD_PAGE {
                return Ok(Some((loaded.version.0 - before.0) as usize));
            }
            above = loaded.version;
        }
    }

    /// The state with what was just decided, where it is due to be kept: not before the log holds it.
    pub fn snapshot(&self, stream: &StreamId, loaded: &mut Loaded<A>) -> Option<Snapshot> {
        let codec = self.snapshots.as_ref()?;
        let before = loaded.version;
        if before.0 / codec.every == loaded.next_version().0 / codec.every {
            return None;
        }
        loaded.apply_ahead();
        match (codec.encode)(&loaded.state) {
            Ok(data) => {
                let version = loaded.version;
                Some(Snapshot { aggregate_version: A::VERSION, version, data })
            }
            Err(error) => {
                tracing::warn!(%stream, %error, "a snapshot could not be written as JSON");
                None
            }
        }
    }
}

/// All aggregates of an app, by type and by category.
#[derive(Default)]
pub(crate) struct Aggregates {
    by_type: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    by_category: HashMap<&'static str, Arc<dyn AnyAggregate>>,
}

impl Aggregates {
    /// Adds one; `false` when its category is taken.
    pub fn add<A: Aggregate>(&mut self, registered: Registered<A>) -> bool {
        let registered = Arc::new(registered);
        self.by_type.insert(TypeId::of::<A>(), registered.clone());
        self.by_category.insert(A::Event::CATEGORY, registered).is_none()
    }

    pub fn of<A: Aggregate>(&self) -> Option<Arc<Registered<A>>> {
        self.by_type.get(&TypeId::of::<A>())?.clone().downcast().ok()
    }

    pub fn named(&self, category: &str) -> Option<&Arc<dyn AnyAggregate>> {
        self.by_category.get(category)
    }

    /// Whether some aggregate here takes `category.command`.
    pub fn takes(&self, category: &str, command: &str) -> bool {
        self.named(category).is_some_and(|aggregate| aggregate.commands().contains(&command))
    }
}

/// How a command that a handler sent ended, and after how many attempts.
pub(crate) type Dispatched = (Outcome, u32);

/// Why a command that a handler sent did not end.
#[derive(Debug)]
pub(crate) enum DispatchError {
    /// Back off and send it again.
    Later(String),
    /// It can never be carried out.
    Never(String),
}

/// An aggregate whose type is not known where its commands come from.
#[async_trait]
pub(crate) trait AnyAggregate: Send + Sync {
    fn commands(&self) -> Vec<&'static str>;
    async fn dispatch(
        &self,
        engine: &Arc<Engine>,
        command: &str,
        data: &[u8],
        request: Request,
    ) -> Result<Dispatched, DispatchError>;
    async fn states(
        &self,
        engine: &Engine,
        stream: &StreamId,
        see: See<'_>,
    ) -> Result<(), HistoryError>;
}

#[async_trait]
impl<A: Aggregate> AnyAggregate for Registered<A> {
    fn commands(&self) -> Vec<&'static str> {
        A::Command::TYPES.iter().map(|command| command.name).collect()
    }

    async fn dispatch(
        &self,
        engine: &Arc<Engine>,
        command: &str,
        data: &[u8],
        request: Request,
    ) -> Result<Dispatched, DispatchError> {
        let category = A::Event::CATEGORY;
        let never = |why: String| DispatchError::Never(format!("{category}.{command}: {why}"));
        let decoded = A::Command::decode(command, data)
            .map_err(|error| never(chain(&error)))?
            .ok_or_else(|| never("the aggregate has no such command".into()))?;
        let id = request.aggregate_id.clone();
        let executed = run::execute::<A>(engine.clone(), decoded, request, None);
        // A worker outlives the panics of an aggregate that it sends to.
        let executed = AssertUnwindSafe(executed).catch_unwind().await;
        match executed.map_err(|panic| never(panic_message(&*panic)))? {
            Ok(receipt) if receipt.events.is_empty() => Ok((Outcome::Unchanged, receipt.attempts)),
            Ok(receipt) => Ok((Outcome::Accepted(receipt.events), receipt.attempts)),
            Err(ExecuteError::Rejected(rejection)) => {
                let rejected = Rejected {
                    aggregate: category.into(),
                    id,
                    command: command.into(),
                    code: rejection.code().into(),
                    message: rejection.to_string(),
                };
                Ok((Outcome::Rejected(rejected), 1))
            }
            Err(error) if error.is_retryable() => Err(DispatchError::Later(chain(&error))),
            Err(error) => Err(never(chain(&error))),
        }
    }

    async fn states(
        &self,
        engine: &Engine,
        stream: &StreamId,
        see: See<'_>,
    ) -> Result<(), HistoryError> {
        let show = self.show.ok_or_else(|| HistoryError::NotInspectable(stream.clone()))?;
        let (mut state, mut above) = (A::default(), Version::NONE);
        loop {
            let page = engine.store.read_stream(stream, above, Direction::Forward, history::PAGE);
            let page = page.await?;
            let Some(last) = page.last() else { return Ok(()) };
            above = last.version;
            for envelope in &page {
                let after = catch_unwind(AssertUnwindSafe(|| after(&mut state, show, envelope)));
                let after = after.unwrap_or_else(|panic| Err(panic_message(&*panic)));
                let after = after.map_err(|reason| HistoryError::Event {
                    stream: stream.clone(),
                    event: envelope.id,
                    version: envelope.version,
                    reason,
                })?;
                if see(envelope, &after).is_break() {
                    return Ok(());
                }
            }
        }
    }
}

/// The state after an event, to look at.
fn after<A: Aggregate>(
    state: &mut A,
    show: Show<A>,
    envelope: &Envelope,
) -> Result<serde_json::Value, String> {
    let event = decode_own::<A::Event>(envelope.encoded()).map_err(|error| chain(&error))?;
    state.evolve(&event);
    show(state).map_err(|error| format!("the state cannot be written as JSON: {error}"))
}

impl Engine {
    /// Carries out a command that a handler sent.
    pub(crate) async fn dispatch(
        self: &Arc<Self>,
        to: &StreamId,
        command: &str,
        data: &[u8],
        mut request: Request,
    ) -> Result<Dispatched, DispatchError> {
        let category = to.category().as_str();
        let aggregate = self.aggregates.named(category).ok_or_else(|| {
            DispatchError::Never(format!(
                "{category}.{command}: this app has no aggregate `{category}`"
            ))
        })?;
        request.aggregate_id = to.id().into();
        request.by_handler = true;
        aggregate.dispatch(self, command, data, request).await
    }
}

/// An aggregate, before the app is built.
pub(crate) trait Registration: Send {
    fn manifest(&self) -> AggregateManifest;
    fn register(
        self: Box<Self>,
        component: &str,
        cached: NonZeroUsize,
        aggregates: &mut Aggregates,
    ) -> bool;
}

pub(crate) struct Register<A: Aggregate> {
    pub snapshots: Option<Snapshots<A>>,
    pub show: Option<Show<A>>,
}

impl<A: Aggregate> Registration for Register<A> {
    fn manifest(&self) -> AggregateManifest {
        AggregateManifest::of::<A>()
    }

    fn register(
        self: Box<Self>,
        component: &str,
        cached: NonZeroUsize,
        aggregates: &mut Aggregates,
    ) -> bool {
        aggregates.add(Registered::<A>::new(component.into(), cached, *self))
    }
}

/// The stream that a message goes to.
pub(crate) fn stream_of(message: &Message) -> Result<StreamId, crate::InvalidName> {
    StreamId::new(crate::name::Category::new(message.aggregate)?, message.id.clone())
}
