use quadrille::memory::MemoryStore;
use quadrille_core::{CorrelationId, EventId, EventStore, Metadata, NewEvent, StreamId};
use quadrille_gateway::{Gateway, Running, Settings};
use quadrille_kurrentdb::KurrentDbStore;
use std::{net::SocketAddr, sync::Arc};

/// The client of others: the same crate as the store's, since `eventstore` will not have another's
/// `rustls` provider beside it.
#[cfg(not(feature = "kurrentdb-client"))]
pub use eventstore as official;
#[cfg(feature = "kurrentdb-client")]
pub use kurrentdb as official;

/// A gateway to a store, which serves as the server.
pub async fn gateway(store: impl EventStore) -> Running {
    gateway_at(Arc::new(store), ([127, 0, 0, 1], 0).into()).await
}

pub async fn gateway_at(store: Arc<dyn EventStore>, address: SocketAddr) -> Running {
    let settings = Settings::default().framework_streams(true);
    Gateway::new(store, settings).bind(address).await.unwrap()
}

/// A gateway to a store in memory that can do no more than the server.
pub async fn small_gateway() -> Running {
    gateway(MemoryStore::like_kurrentdb()).await
}

pub fn url(address: SocketAddr) -> String {
    format!("esdb://{address}?tls=false")
}

pub async fn open(address: SocketAddr) -> KurrentDbStore {
    KurrentDbStore::open(&url(address)).await.unwrap()
}

pub fn stream(name: &str) -> StreamId {
    name.parse().unwrap()
}

pub fn event(event_type: &str) -> NewEvent {
    let flow = CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, "test", chrono::Utc::now());
    NewEvent::new(EventId::new(), event_type, *b"{}", metadata).unwrap()
}
