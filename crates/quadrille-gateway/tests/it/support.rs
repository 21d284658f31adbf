use eventstore::{
    AppendToStreamOptions, Client, EventData, ExpectedRevision, ReadAllOptions, ReadStream,
    ReadStreamOptions, ResolvedEvent, StreamPosition, Subscription,
};
use quadrille::memory::MemoryStore;
use quadrille_core::EventStore;
use quadrille_gateway::{Gateway, Running, Settings};
use quadrille_postgres::PostgresStore;
use quadrille_sqlite::SqliteStore;
use quadrille_testing::postgres::TestPostgres;
use serde_json::{Value, json};
use std::{any::Any, net::SocketAddr, sync::Arc, time::Duration};

/// A store, a gateway to it, and a client.
pub struct Served {
    pub store: Arc<dyn EventStore>,
    pub gateway: Running,
    pub client: Client,
    _kept: Box<dyn Any>,
}

/// Serves a store of each kind, one after the other.
pub async fn on_every_store(test: impl AsyncFn(Served)) {
    on_every_store_with(Settings::default(), test).await;
}

pub async fn on_every_store_with(settings: Settings, test: impl AsyncFn(Served)) {
    for (kind, store, kept) in stores().await {
        println!("on {kind}");
        let gateway = serve(store.clone(), settings.clone()).await;
        let client = connect(gateway.address());
        test(Served { store, gateway, client, _kept: kept }).await;
    }
}

/// A store, and what it needs.
type Opened = (&'static str, Arc<dyn EventStore>, Box<dyn Any>);

async fn stores() -> Vec<Opened> {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(directory.path().join("events.db")).await.unwrap();
    let mut stores: Vec<Opened> = vec![
        ("memory", Arc::new(MemoryStore::new()), Box::new(())),
        ("memory like KurrentDB", Arc::new(MemoryStore::like_kurrentdb()), Box::new(())),
        ("SQLite", Arc::new(sqlite), Box::new(directory)),
    ];
    if let Some(server) = TestPostgres::shared() {
        let database = server.database().await;
        let store = PostgresStore::options(database.url()).migrate(true).open().await.unwrap();
        stores.push(("PostgreSQL", Arc::new(store), Box::new(database)));
    }
    stores
}

pub async fn serve(store: Arc<dyn EventStore>, settings: Settings) -> Running {
    let address = "127.0.0.1:0".parse().unwrap();
    Gateway::new(store, settings).bind(address).await.unwrap()
}

pub fn connect(address: SocketAddr) -> Client {
    connect_by(&format!("esdb://{address}?tls=false&discoveryInterval=5"))
}

pub fn connect_by(url: &str) -> Client {
    Client::new(url.parse().unwrap()).unwrap()
}

pub fn event(event_type: &str, number: u64) -> EventData {
    EventData::json(event_type, &json!({ "number": number })).unwrap()
}

pub fn events(event_type: &str, count: u64) -> Vec<EventData> {
    (0..count).map(|number| event(event_type, number)).collect()
}

pub fn expecting(expected: ExpectedRevision) -> AppendToStreamOptions {
    AppendToStreamOptions::default().expected_revision(expected)
}

impl Served {
    /// Appends without any expectation; the revision of the last.
    pub async fn append(&self, stream: &str, events: Vec<EventData>) -> u64 {
        let options = expecting(ExpectedRevision::Any);
        let receipt = self.client.append_to_stream(stream, &options, events).await.unwrap();
        receipt.next_expected_version
    }

    pub async fn read(
        &self,
        stream: &str,
        options: &ReadStreamOptions,
    ) -> eventstore::Result<Vec<ResolvedEvent>> {
        all(self.client.read_stream(stream, options).await?).await
    }

    pub async fn read_all(
        &self,
        options: &ReadAllOptions,
    ) -> eventstore::Result<Vec<ResolvedEvent>> {
        all(self.client.read_all(options).await?).await
    }
}

pub async fn all(mut read: ReadStream) -> eventstore::Result<Vec<ResolvedEvent>> {
    let mut events = Vec::new();
    while let Some(event) = read.next().await? {
        events.push(event);
    }
    Ok(events)
}

pub fn from_start() -> ReadStreamOptions {
    ReadStreamOptions::default().position(StreamPosition::Start)
}

/// The field `number` of each.
pub fn numbers(events: &[ResolvedEvent]) -> Vec<u64> {
    events.iter().map(number).collect()
}

pub fn number(event: &ResolvedEvent) -> u64 {
    let value: Value = event.get_original_event().as_json().unwrap();
    value["number"].as_u64().unwrap()
}

/// Long enough for anything that is going to happen at all.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The next `count` events of a subscription.
pub async fn next(subscription: &mut Subscription, count: usize) -> Vec<ResolvedEvent> {
    let mut events = Vec::new();
    while events.len() < count {
        let event = tokio::time::timeout(PATIENCE, subscription.next()).await;
        events.push(event.expect("an event comes in time").unwrap());
    }
    events
}
