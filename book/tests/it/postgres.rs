//! The chapters on stores and on PostgreSQL.

use quadrille::{
    Location,
    postgres::{Postgres, PostgresStore, query_scalar},
    prelude::*,
};
use quadrille_book::{
    account::*,
    postgres::{UnderWay, bank},
    transfer::*,
};
use quadrille_testing::postgres::TestPostgres;

async fn migrate(url: &str) {
    PostgresStore::options(url).migrate(true).open().await.unwrap().close().await;
    Postgres::options(url).migrate(true).open().await.unwrap().close().await;
}

// ANCHOR: test
#[tokio::test]
async fn the_bank_keeps_its_accounts_in_postgresql() {
    let Some(server) = TestPostgres::shared() else { return };
    let database = server.database().await;
    migrate(database.url()).await;
    let transfers = Component::new("transfers").aggregate::<Transfer>().projector(UnderWay);
    let app = bank(database.url(), transfers).await.unwrap();
    let request = TransferCommand::Request { from: "a".into(), to: "b".into(), cents: 5 };
    let receipt = app.execute::<Transfer>("t1", request).await.unwrap();
    app.wait(&receipt).await.unwrap();
    let pool = app.database::<Postgres>().unwrap().reader().await.unwrap();
    let cents: i64 = query_scalar("SELECT cents FROM under_way").fetch_one(&pool).await.unwrap();
    assert_eq!(cents, 5);
}
// ANCHOR_END: test

// ANCHOR: places
async fn open(store: &str, read_models: Option<&str>) -> Quadrille {
    let store: Location = store.parse().unwrap();
    let read_models: Option<Location> = read_models.map(|url| url.parse().unwrap());
    Quadrille::open(&store, read_models.as_ref()).await.unwrap()
}
// ANCHOR_END: places

#[tokio::test]
async fn events_and_read_models_may_lie_in_different_databases() {
    let Some(server) = TestPostgres::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("bank.db").display());
    let models = format!("sqlite:{}", folder.path().join("bank.models").display());
    let (one, other) = (server.database().await, server.database().await);
    for (store, read_models) in
        [(one.url(), Some(models.as_str())), (file.as_str(), Some(other.url()))]
    {
        let app = open(store, read_models).await.aggregate::<Account>().start().await.unwrap();
        let open = AccountCommand::Open { owner: "Alice".into() };
        app.execute::<Account>("alice", open).await.unwrap();
        app.settle().await.unwrap();
        app.shutdown().await;
    }
}

#[tokio::test]
async fn two_processes_share_the_work() {
    let Some(server) = TestPostgres::shared() else { return };
    let database = server.database().await;
    migrate(database.url()).await;
    let component = || Component::new("transfers").aggregate::<Transfer>().projector(UnderWay);
    let first = bank(database.url(), component()).await.unwrap();
    let second = bank(database.url(), component()).await.unwrap();
    assert!(!first.stands_by() && second.stands_by());
    first.shutdown().await;
    while second.stands_by() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
