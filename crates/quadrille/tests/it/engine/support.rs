use quadrille::{
    App, Append, CommandId, Envelope, EventStore, ExpectedVersion, ManualClock, Metadata, NewEvent,
    Position, Quadrille, Query, StreamId,
    journal::Fact,
    memory::{MemoryState, MemoryStore},
    read_model::{ModelInfo, ReadModels, Stage},
    state::Consumer,
    store::Direction,
};
use std::future::Future;

/// Runs a test on a store that can do everything, and on one that can do no more than KurrentDB.
pub fn on_both<F: Future<Output = ()>>(test: impl Fn(MemoryStore) -> F) {
    for (name, store) in
        [("full", MemoryStore::new()), ("like KurrentDB", MemoryStore::like_kurrentdb())]
    {
        eprintln!("on a store that is {name}");
        run(test(store));
    }
}

/// Runs a test on a thread of its own.
pub fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(test);
}

/// Stores and a clock that outlive an app, as those of a process that is started again.
#[derive(Clone)]
pub struct Home {
    pub store: MemoryStore,
    pub state: MemoryState,
    pub clock: ManualClock,
}

impl Home {
    pub fn new(store: MemoryStore) -> Self {
        let start = chrono::DateTime::UNIX_EPOCH + chrono::Duration::days(20_000);
        Self { store, state: MemoryState::new(), clock: ManualClock::new(start) }
    }

    pub fn app(&self) -> Quadrille {
        app_on(self.store.clone(), self)
    }

    /// The same, with engine state and read models lost.
    pub fn without_state(&self) -> Self {
        Self { state: MemoryState::new(), ..self.clone() }
    }
}

/// The read models there are: version, generation and stage.
pub async fn stages(home: &Home) -> Vec<(u32, u32, Stage)> {
    let stage = |model: ModelInfo| {
        let Consumer { version, generation, .. } = model.consumer;
        (version, generation, model.stage)
    };
    home.state.models().await.unwrap().into_iter().map(stage).collect()
}

/// An app on any store, with the rest from `home`, and handlers that give up at once.
pub fn app_on(store: impl EventStore, home: &Home) -> Quadrille {
    Quadrille::new(store)
        .state(home.state.clone())
        .read_models(home.state.clone())
        .clock(home.clock.clone())
        .settings(|settings| settings.handler_retry = quadrille::RetryPolicy::NEVER)
}

pub fn id(n: u128) -> CommandId {
    quadrille_testing::crash::command_id(n)
}

pub async fn stream(app: &App, name: &str) -> Vec<Envelope> {
    stream_of(app, &name.parse().unwrap()).await
}

pub async fn stream_of(app: &App, stream: &StreamId) -> Vec<Envelope> {
    let none = quadrille::Version::NONE;
    app.store().read_stream(stream, none, Direction::Forward, 10_000).await.unwrap()
}

/// The types of a stream's events, without their categories.
pub async fn types(app: &App, name: &str) -> Vec<String> {
    let short = |event: &Envelope| event.event_type.rsplit('.').next().unwrap().to_owned();
    stream(app, name).await.iter().map(short).collect()
}

/// All facts of one type, in the order of the log.
pub async fn facts<F: Fact>(app: &App) -> Vec<F> {
    let query = Query::everything().types([F::TYPE]);
    let (mut found, mut after) = (Vec::new(), Position::START);
    loop {
        let page = app.store().read(&query, after, Direction::Forward, 1_000).await.unwrap();
        found.extend(page.events.iter().filter_map(|event| F::read(event).unwrap()));
        match page.through {
            Some(place) if page.more => after = place.position,
            _ => return found,
        }
    }
}

/// An event that no command of the app led to.
pub fn event(event_type: &str, data: &str) -> NewEvent {
    let flow = quadrille::CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, "elsewhere", chrono::Utc::now());
    NewEvent::new(quadrille::EventId::new(), event_type, data, metadata).unwrap()
}

/// Appends such an event past the app.
pub async fn append(app: &App, stream: &str, event: NewEvent) {
    let (stream, expected) = (stream.parse().unwrap(), ExpectedVersion::Any);
    app.store().append(Append { stream, expected, events: vec![event] }).await.unwrap();
}
