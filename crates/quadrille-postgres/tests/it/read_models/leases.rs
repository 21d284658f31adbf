//! Leases, while projectors are at work.

use crate::support::database;
use quadrille_core::{
    EngineState, ReadDatabase,
    read_model::ReadModels,
    state::{Change, ConsumerKind, Consumers, Lease},
};
use quadrille_postgres::Postgres;
use std::time::Duration;

#[tokio::test]
async fn projectors_that_keep_all_connections_do_not_keep_leases_from_being_renewed() {
    let Some(database) = database().await else { return };
    let options = Postgres::options(database.url()).migrate(true).connections(2);
    let db = options.patience(Duration::from_secs(4)).open().await.unwrap();
    let mut open = Vec::new();
    let lease = Lease { holder: "here".into(), time_to_live: Duration::from_secs(600) };
    for name in ["revenue", "stock"] {
        let consumer = db.open(ConsumerKind::Projector, name, 1).await.unwrap();
        let epoch = db.lease(&consumer, &lease).await.unwrap().unwrap().epoch;
        open.push((db.begin(&consumer).await.unwrap(), consumer, epoch));
    }
    let busy = db.statuses().await.unwrap_err().to_string();
    assert!(busy.contains("all of whose connections are busy"), "{busy}");
    for (_, consumer, epoch) in &open {
        db.renew(consumer, *epoch, lease.time_to_live).await.unwrap();
    }
    let (tx, consumer, epoch) = open.pop().unwrap();
    db.release(&consumer, epoch).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
    assert_eq!(db.held(&consumer).await.unwrap(), None);
    assert!(db.held(&open[0].1).await.is_ok_and(|held| held.is_some()));
}
