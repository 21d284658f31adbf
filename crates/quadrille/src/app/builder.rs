use super::{
    App, Component, Engine, External, Settings, StopOnDrop, aggregates::Aggregates, chain,
};
use crate::{
    Aggregate, Append, AppendError, Clock, CorrelationId, EngineState, EventId, EventStore,
    ExpectedVersion, InvalidName, Messages, Metadata, ProcessManager, Projector, ReadDatabase,
    Recorded, Row, RowProjector, StoreError, SystemClock, View,
    consumer::{Behaviour, PartOf, Tail, Worker, holder_name, renew_leases},
    journal::{Fact, ManifestRecorded, manifest_stream},
    manifest::Manifest,
    memory::{MemoryState, MemoryStore},
    read_model::ReadModels,
    state::Lease,
    store::Direction,
    telemetry::Telemetry,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    fmt::Display,
    num::NonZeroU64,
    sync::{Arc, Mutex},
};
use tokio::sync::{Semaphore, watch};

/// Builds an [`App`]: stores first, then what it consists of, then [`Quadrille::start`].
///
/// What is added here directly belongs to a component that is named as the app.
pub struct Quadrille {
    name: String,
    store: Arc<dyn EventStore>,
    state: Arc<dyn EngineState>,
    models: Arc<dyn ReadModels>,
    databases: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    clock: Arc<dyn Clock>,
    telemetry: Option<Box<dyn Telemetry>>,
    settings: Settings,
    main: Component,
    components: Vec<Component>,
}

/// Why an app did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Storage has a problem.
    #[error("start the app")]
    Store(#[from] StoreError),
    /// What was registered does not fit together.
    #[error("start the app: {0}")]
    Invalid(String),
    /// A name cannot be kept.
    #[error("start the app")]
    Name(#[from] InvalidName),
    /// A store or read models cannot be found.
    #[error("start the app")]
    Location(#[from] super::InvalidLocation),
}

/// All consumers of an app.
type Behaviours = Vec<Arc<dyn Behaviour>>;

macro_rules! forward_to_main {
    ($($(#[$doc:meta])* $name:ident ($($arg:ident: $type:ty),*);)*) => { $(
        $(#[$doc])*
        pub fn $name(mut self, $($arg: $type),*) -> Self {
            self.main = self.main.$name($($arg),*);
            self
        }
    )* };
}

impl Quadrille {
    /// An app on any store. Until told otherwise, the engine's state and the read models lie in
    /// memory.
    pub fn new(store: impl EventStore) -> Self {
        let memory = MemoryState::new();
        Self {
            name: "app".into(),
            store: Arc::new(store),
            state: Arc::new(memory.clone()),
            models: Arc::new(memory),
            databases: HashMap::new(),
            clock: Arc::new(SystemClock),
            telemetry: None,
            settings: Settings::default(),
            main: Component::new("app"),
            components: Vec::new(),
        }
    }

    /// An app that keeps everything in memory, for tests and trials.
    pub fn in_memory() -> Self {
        Self::new(MemoryStore::new())
    }

    /// An app on a SQLite file, made if there is none, with its read models in a folder beside
    /// it: for `bank.db`, `bank.read-models`.
    ///
    /// # Errors
    /// When the file or the folder cannot be opened; the error says what to do.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: impl AsRef<std::path::Path>) -> Result<Self, StartError> {
        let store = quadrille_sqlite::SqliteStore::open(path.as_ref()).await?;
        let models = quadrille_sqlite::Sqlite::beside(path.as_ref()).await?;
        Ok(Self::new(store).database(models))
    }

    /// An app on a PostgreSQL database, with its read models in schemas beside the store's. Both
    /// must have been migrated: `quadrille migrate`, or `migrate(true)` where they are opened one
    /// by one.
    ///
    /// # Errors
    /// When the database cannot be reached or used; the error says what to do.
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, StartError> {
        let store = quadrille_postgres::PostgresStore::open(url).await?;
        let models = quadrille_postgres::Postgres::open(url).await?;
        Ok(Self::new(store).database(models))
    }

    /// The app's name, in the manifest and as the component of what is added here directly.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.main.name.clone_from(&self.name);
        self
    }

    /// The database for read models and for the engine's own state. A further one is at hand for
    /// projectors that write to it, by its type; the last one given is the default.
    pub fn database<D: ReadDatabase + EngineState>(mut self, database: D) -> Self {
        self.state = Arc::new(database.clone());
        self.models = Arc::new(database.clone());
        self.projections_database(database)
    }

    /// A database for SQL projectors that write to it, by its type; nothing else goes there.
    pub fn projections_database<D: ReadDatabase>(mut self, database: D) -> Self {
        self.databases.insert(TypeId::of::<D>(), Box::new(database));
        self
    }

    /// Where the engine keeps its own state.
    pub fn state(mut self, state: impl EngineState) -> Self {
        self.state = Arc::new(state);
        self
    }

    /// Where read models of rows lie.
    pub fn read_models(mut self, models: impl ReadModels) -> Self {
        self.models = Arc::new(models);
        self
    }

    /// The clock for occurred and due times.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What traces the spans of this app, so that what it appends says which trace it belongs to.
    pub fn telemetry(mut self, telemetry: impl Telemetry) -> Self {
        self.telemetry = Some(Box::new(telemetry));
        self
    }

    /// Other settings than the defaults.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Adds a component.
    pub fn component(mut self, component: Component) -> Self {
        self.components.push(component);
        self
    }

    forward_to_main! {
        /// Who answers for what is added here directly.
        owner(owner: impl Into<String>);
        /// As [`Component::external`].
        external(external: External);
        /// As [`Component::from_beginning`].
        from_beginning();
        /// As [`Component::was`].
        was(name: impl Into<String>);
        /// As [`Component::parks`].
        parks(cap: usize);
    }

    /// As [`Component::aggregate`].
    pub fn aggregate<A: Aggregate>(mut self) -> Self {
        self.main = self.main.aggregate::<A>();
        self
    }

    /// As [`Component::inspectable_aggregate`].
    pub fn inspectable_aggregate<A: Aggregate + Serialize>(mut self) -> Self {
        self.main = self.main.inspectable_aggregate::<A>();
        self
    }

    /// As [`Component::aggregate_with_snapshots`].
    pub fn aggregate_with_snapshots<A>(mut self, every: NonZeroU64) -> Self
    where
        A: Aggregate + Serialize + DeserializeOwned,
    {
        self.main = self.main.aggregate_with_snapshots::<A>(every);
        self
    }

    /// As [`Component::projector`].
    pub fn projector<P: Projector>(mut self, projector: P) -> Self {
        self.main = self.main.projector(projector);
        self
    }

    /// As [`Component::rows`].
    pub fn rows<R: RowProjector>(mut self) -> Self {
        self.main = self.main.rows::<R>();
        self
    }

    /// As [`Component::fold`].
    pub fn fold<R, E, F>(mut self, apply: F) -> Self
    where
        R: Row,
        E: View,
        F: Fn(&mut R, &Recorded<E>) + Send + Sync + 'static,
    {
        self.main = self.main.fold(apply);
        self
    }

    /// As [`Component::process`].
    pub fn process<P: ProcessManager>(mut self) -> Self {
        self.main = self.main.process::<P>();
        self
    }

    /// As [`Component::on`].
    pub fn on<E, M, F>(mut self, name: impl Into<String>, react: F) -> Self
    where
        E: View,
        M: Into<Messages>,
        F: Fn(&Recorded<E>) -> M + Send + Sync + 'static,
    {
        self.main = self.main.on(name, react);
        self
    }

    /// As [`Component::sends`].
    pub fn sends<A: Aggregate>(mut self, commands: impl IntoIterator<Item = &'static str>) -> Self {
        self.main = self.main.sends::<A>(commands);
        self
    }

    /// Starts the app: checks what was registered, records the manifest, and lets every consumer
    /// go on where it stood. One that another process works stands by, and takes over when that
    /// process has ended.
    ///
    /// # Errors
    /// When storage cannot be used, when a checkpoint does not belong to this store, or when what
    /// was registered does not fit together.
    pub async fn start(self) -> Result<App, StartError> {
        let head = self.store.head().await?;
        let (engine, consumers) = self.build(Tail::new(head))?;
        let _stop = Arc::new(StopOnDrop(engine.clone()));
        record_manifest(&engine).await?;
        // Before the first lease is taken: starting may take longer than it holds.
        engine.keep_task(tokio::spawn(renew_leases(engine.clone())));
        let mut workers: Vec<Worker> = Vec::new();
        for behaviour in consumers {
            match Worker::open(engine.clone(), behaviour).await {
                Ok(worker) => workers.push(worker),
                Err(error) => {
                    // Another process may be able to work the others.
                    for worker in workers {
                        worker.close().await;
                    }
                    return Err(error);
                }
            }
        }
        for worker in workers {
            engine.keep_task(tokio::spawn(worker.run()));
        }
        engine.keep_task(tokio::spawn(super::operations::listen(engine.clone())));
        Ok(App { engine, _stop })
    }

    fn build(self, tail: Tail) -> Result<(Arc<Engine>, Behaviours), StartError> {
        let mut components = vec![self.main];
        components.extend(self.components);
        let manifest = Manifest {
            app: self.name.clone(),
            store: self.store.id().to_string(),
            components: components.iter().map(Component::manifest).collect(),
        };
        let mut aggregates = Aggregates::default();
        let mut planned = Vec::new();
        let mut names = HashSet::new();
        for component in components {
            for aggregate in component.aggregates {
                let category = aggregate.manifest().category;
                let cached = self.settings.cached_aggregates;
                if !aggregate.register(&component.name, cached, &mut aggregates) {
                    return Err(twice(format!("two aggregates have the category `{category}`")));
                }
            }
            for consumer in component.consumers {
                let component = component.name.clone();
                let part = PartOf { component, options: consumer.options };
                let behaviour = (consumer.build)(part);
                let name = behaviour.name().to_owned();
                if !names.insert((behaviour.kind().is_projector(), name.clone())) {
                    return Err(twice(format!("two consumers are named `{name}`")));
                }
                planned.push(behaviour);
            }
        }
        for behaviour in &planned {
            if behaviour.kind().is_projector() && behaviour.part().options.was.is_some() {
                return Err(StartError::Invalid(format!(
                    "read model `{}` cannot go on as another one by `.was(…)`: only reactions and \
                     process managers can; leave it out, and it is built from the log",
                    behaviour.name()
                )));
            }
            behaviour.check(&aggregates, &self.databases).map_err(StartError::Invalid)?;
        }
        let lease = Lease { holder: holder_name(), time_to_live: self.settings.lease };
        let engine = Engine {
            lease,
            name: self.name,
            store: self.store,
            state: self.state,
            models: self.models,
            databases: self.databases,
            clock: self.clock,
            telemetry: self.telemetry,
            in_flight: Semaphore::new(self.settings.max_in_flight),
            settings: self.settings,
            aggregates,
            manifest,
            handles: Mutex::default(),
            nudge: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            tail,
            tasks: Mutex::default(),
            last_receipt: Mutex::default(),
        };
        Ok((Arc::new(engine), planned))
    }
}

fn twice(what: String) -> StartError {
    StartError::Invalid(format!("{what}: names are identity, give each its own"))
}

/// Records what was registered, unless the last start of this app recorded the same.
async fn record_manifest(engine: &Engine) -> Result<(), StartError> {
    let stream = manifest_stream(&engine.name)?;
    let last = crate::Version(u64::MAX);
    let found = engine.store.read_stream(&stream, last, Direction::Backward, 1).await?;
    let fact = ManifestRecorded { manifest: engine.manifest.clone() };
    let same = |kept: &ManifestRecorded| *kept == fact;
    if found.first().and_then(|e| ManifestRecorded::read(e).ok()?).as_ref().is_some_and(same) {
        return Ok(());
    }
    let flow = CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, engine.name.clone(), engine.clock.now());
    let event = fact.event(EventId::new(), metadata);
    let event = event.map_err(|error| StartError::Invalid(chain(&error)))?;
    let append = Append { stream, expected: ExpectedVersion::Any, events: vec![event] };
    match engine.store.append(append).await {
        Ok(_) => Ok(()),
        Err(AppendError::Store(error)) => Err(error.into()),
        Err(error) => Err(StartError::Invalid(error.to_string())),
    }
}

impl Display for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "app {} on store {}", self.engine.name, self.engine.store.id())
    }
}
