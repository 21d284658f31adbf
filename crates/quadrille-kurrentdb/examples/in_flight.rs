//! How many appends a second, with 1, 64 and 256 of them in flight, each to a stream of its own:
//! against the server that is named, or against a gateway to a store in memory.

use quadrille_core::{
    Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent, StoreError,
    StreamId, Version, error::BoxError, store::Direction,
};
use quadrille_gateway::{Gateway, Settings};
use quadrille_kurrentdb::KurrentDbStore;
use std::{sync::Arc, time::Instant};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (mut gateway, mut url) = (None, std::env::args().nth(1));
    if url.is_none() {
        let store = Arc::new(quadrille::memory::MemoryStore::new());
        let settings = Settings::default().framework_streams(true);
        let running =
            Gateway::new(store, settings).bind(([127, 0, 0, 1], 0).into()).await?;
        url = Some(format!("esdb://{}?tls=false", running.address()));
        gateway = Some(running);
    }
    let store = Arc::new(KurrentDbStore::open(&url.unwrap_or_default()).await?);
    read(&store).await?;
    for in_flight in [1, 64, 256] {
        let each = 100.max(4_000 / in_flight);
        let began = Instant::now();
        let writers = (0..in_flight).map(|_| tokio::spawn(write(Arc::clone(&store), each)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await??;
        }
        let seconds = began.elapsed().as_secs_f64();
        println!("{in_flight:>4} in flight: {:>8.0} appends/s", (in_flight * each) as f64 / seconds);
    }
    drop(gateway);
    Ok(())
}

async fn read(store: &KurrentDbStore) -> Result<(), StoreError> {
    let missing: StreamId = "order-missing".parse().expect("a stream's name");
    let began = Instant::now();
    for _ in 0..100 {
        store.read_stream(&missing, Version::NONE, Direction::Forward, 1).await?;
    }
    println!("one read after another: {:.2} ms each", began.elapsed().as_secs_f64() * 10.0 / 2.0);
    Ok(())
}

async fn write(store: Arc<KurrentDbStore>, count: usize) -> Result<(), BoxError> {
    let flow = CorrelationId::new();
    let stream: StreamId = format!("order-{flow}").parse()?;
    for n in 0..count {
        let metadata = Metadata::new(flow, flow.0, "bench", chrono::Utc::now());
        let event = NewEvent::new(EventId::new(), "order.placed", *b"{\"cents\":100}", metadata)?;
        let expected = ExpectedVersion::at(Version::NONE.after(n));
        let append = Append { stream: stream.clone(), expected, events: vec![event] };
        store.append(append).await?;
    }
    Ok(())
}
