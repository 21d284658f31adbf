//! What the gateway costs: one log, in process and through the protocol of KurrentDB on loopback.

use crate::{ours::Place, read_models};
use anyhow::{Result, ensure};
use bench_harness::{
    About, Deposited, Extra, Load, Target, closed_loop, grouped, report,
    settings::{scaled, seconds},
};
use eventstore::{AppendToStreamOptions, Client, EventData, ExpectedRevision};
use futures_util::{StreamExt, TryStreamExt, stream};
use quadrille::{
    Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent, Quadrille,
    StreamId,
    kurrentdb::KurrentDbStore,
    sqlite::{Sqlite, SqliteStore},
};
use quadrille_gateway::{Gateway, Settings};
use std::{fs, path::Path, sync::Arc, time::Instant};
use uuid::Uuid;

/// Appends that are on their way at a time.
const IN_FLIGHT: [usize; 3] = [1, 64, 256];
/// Events of each append that fills the log.
const AT_ONCE: usize = 100;

pub async fn run(about: &About, place: Place) -> Result<()> {
    ensure!(place == Place::Sqlite, "the gateway is measured on SQLite");
    let target = Target::of("quadrille", "gateway", true).await?;
    let direct = SqliteStore::open(target.folder.join("events.db")).await?;
    let settings = Settings::default().framework_streams(true);
    let gateway = Gateway::new(Arc::new(direct.clone()), settings);
    let gateway = gateway.bind(([127, 0, 0, 1], 0).into()).await?;
    let url = format!("esdb://{}?tls=false", gateway.address());
    let through = KurrentDbStore::open(&url).await?;
    let client = Client::new(url.parse()?)?;
    for in_flight in IN_FLIGHT {
        let case = format!("{in_flight} in flight");
        let alone = append(&direct, in_flight).await?;
        report(about, "append to the store", &case, alone.rate(), &alone.extra());
        let remote = append(&through, in_flight).await?;
        let remark = part(remote.rate(), alone.rate());
        let extra = Extra { remark, ..remote.extra() };
        report(about, "append by the store on KurrentDB", &case, remote.rate(), &extra);
        let plain = append_by_client(&client, in_flight).await?;
        let remark = part(plain.rate(), alone.rate());
        let extra = Extra { remark, ..plain.extra() };
        report(about, "append by a client", &case, plain.rate(), &extra);
    }
    fill(&direct, scaled(100_000)).await?;
    let (events, alone) = catch_up(direct.clone(), &target.folder.join("direct")).await?;
    let case = format!("{} events", grouped(events));
    report(about, "catch-up with rows, in process", &case, alone, &Extra::default());
    let (seen, remote) = catch_up(through, &target.folder.join("through")).await?;
    ensure!(seen == events, "{seen} of {events} events came through the gateway");
    let extra = Extra { remark: part(remote, alone), ..Extra::default() };
    report(about, "catch-up with rows, through the gateway", &case, remote, &extra);
    gateway.stop().await;
    direct.close().await;
    Ok(())
}

fn part(of: f64, whole: f64) -> String {
    format!("{:.2} of in process", of / whole)
}

fn deposits(account: Uuid, n: u64, count: usize) -> Result<Append> {
    let event = |deposited: Deposited| {
        let flow = CorrelationId::new();
        let mut metadata = Metadata::new(flow, flow.0, "bank", chrono::Utc::now());
        metadata.actor = Some("clerk-17".into());
        let data = serde_json::to_vec(&deposited)?;
        Ok(NewEvent::new(EventId::new(), "account.deposited", data, metadata)?)
    };
    let events = Deposited::several(account, n, count).into_iter().map(event);
    Ok(Append {
        stream: format!("account-{account}").parse::<StreamId>()?,
        expected: ExpectedVersion::NoStream,
        events: events.collect::<Result<_>>()?,
    })
}

/// As programs in other languages append: one call, and nothing is looked at before or after.
async fn append_by_client(client: &Client, in_flight: usize) -> Result<Load> {
    let client = client.clone();
    let one = move |_, n| {
        let client = client.clone();
        async move {
            let account = Uuid::now_v7();
            let event = EventData::json("account.deposited", &Deposited::new(account, n));
            let event = event.map_err(anyhow::Error::from)?.id(Uuid::new_v4());
            let options = AppendToStreamOptions::default();
            let options = options.expected_revision(ExpectedRevision::NoStream);
            let stream = format!("account-{account}");
            let done = client.append_to_stream(stream, &options, event).await;
            done.map_err(anyhow::Error::from)?;
            Ok(())
        }
    };
    closed_loop(in_flight, seconds(), None, one).await
}

async fn append(store: &(impl EventStore + Clone), in_flight: usize) -> Result<Load> {
    let store = store.clone();
    let one = move |_, n| {
        let store = store.clone();
        async move {
            store.append(deposits(Uuid::now_v7(), n, 1)?).await.map_err(anyhow::Error::from)?;
            Ok(())
        }
    };
    closed_loop(in_flight, seconds(), None, one).await
}

/// Makes the log longer by so many events.
async fn fill(store: &SqliteStore, count: u64) -> Result<()> {
    let appends = stream::iter(0..count / AT_ONCE as u64).map(|n| async move {
        store.append(deposits(Uuid::now_v7(), n, AT_ONCE)?).await?;
        anyhow::Ok(())
    });
    appends.buffer_unordered(16).try_collect::<Vec<()>>().await.map(drop)
}

/// How many events went from the log into a read model of rows, and how many a second.
async fn catch_up(store: impl EventStore, folder: &Path) -> Result<(u64, f64)> {
    let _ = fs::remove_dir_all(folder);
    let app = Quadrille::new(store).name("reader").database(Sqlite::open(folder).await?);
    let begun = Instant::now();
    let app = read_models::one(app).start().await?;
    app.settle().await?;
    let elapsed = begun.elapsed().as_secs_f64();
    let seen = read_models::events(&app).await?;
    app.shutdown().await;
    Ok((seen, seen as f64 / elapsed))
}
