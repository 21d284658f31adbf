//! A database that was dumped and restored into another cluster.

use crate::support::{models, store};
use chrono::Utc;
use quadrille_core::{
    Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent, Position,
    Query,
    state::{Change, Checkpoint, Consumer, ConsumerKind, Consumers},
    store::Direction,
};
use quadrille_testing::postgres::TestPostgres;
use std::process::Command;

fn append(stream: &str) -> Append {
    let flow = CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, "test", Utc::now());
    let event = NewEvent::new(EventId::new(), "order.placed", "{}", metadata).unwrap();
    let (stream, expected) = (stream.parse().unwrap(), ExpectedVersion::NoStream);
    Append { stream, expected, events: vec![event] }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_order_and_checkpoints_survive_a_dump_into_a_young_cluster() {
    let (Some(old), Some(young)) = (TestPostgres::shared(), TestPostgres::private()) else {
        return;
    };
    let Some(binaries) = young.binaries() else { return };
    let (from, to) = (old.database().await, young.database().await);
    let log = store(from.url()).await;
    for number in 0..50 {
        log.append(append(&format!("order-{number}"))).await.unwrap();
    }
    let before = log.read(&Query::all(), Position::START, Direction::Forward, 100).await.unwrap();
    let consumer = Consumer::handler(ConsumerKind::Reaction, "mail");
    let state = models(from.url()).await;
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let checkpoint = Checkpoint { store: log.id(), place: before.through.unwrap() };
    let change = Change { checkpoint: Some(checkpoint), ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();

    let dump = Command::new(binaries.join("pg_dump")).arg(from.url()).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let file = std::env::temp_dir().join(format!("{}-{}.sql", from.name(), uuid::Uuid::new_v4()));
    std::fs::write(&file, &dump.stdout).unwrap();
    let mut psql = Command::new(binaries.join("psql"));
    let restored = psql.args(["-v", "ON_ERROR_STOP=1", "-q", "-f"]).arg(&file).arg(to.url());
    let restored = restored.output().unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));

    let log = store(to.url()).await;
    let after = log.read(&Query::all(), Position::START, Direction::Forward, 100).await.unwrap();
    assert_eq!(after, before);
    let claim = models(to.url()).await.claim(&consumer).await.unwrap();
    assert_eq!(claim.checkpoint, Some(checkpoint));
    let next = log.append(append("order-next")).await.unwrap();
    assert!(next.position > before.through.unwrap().position);
    let from = before.through.unwrap().position;
    let new = log.read(&Query::all(), from, Direction::Forward, 100).await.unwrap();
    assert_eq!(new.events.len(), 1);
}
