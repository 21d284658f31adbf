//! What is refused, and what is advised then.

use crate::support::{database, models, store};
use quadrille_core::{EventStore, StoreError, read_model::ReadModels, state::ConsumerKind};
use quadrille_postgres::{Postgres, PostgresStore};
use sqlx::{Connection, Executor, PgConnection};

async fn run(url: &str, script: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(sqlx::raw_sql(script)).await.unwrap();
}

fn refused<T: std::fmt::Debug>(opened: Result<T, StoreError>, part: &str) {
    let error = opened.unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
    assert!(error.to_string().contains(part), "{error}");
}

#[tokio::test]
async fn a_schema_that_was_not_migrated_is_refused_with_advice() {
    let Some(database) = database().await else { return };
    refused(PostgresStore::open(database.url()).await, "migrate it with `quadrille migrate`");
    refused(Postgres::open(database.url()).await, "migrate it with `quadrille migrate`");
    assert!(Postgres::options(database.url()).open_if_there().await.unwrap().is_none());
    let id = store(database.url()).await.id();
    assert_eq!(PostgresStore::open(database.url()).await.unwrap().id(), id);
    let other = PostgresStore::options(database.url()).schema("other").migrate(true);
    assert_ne!(other.open().await.unwrap().id(), id);
}

#[tokio::test]
async fn a_schema_of_a_newer_release_is_refused() {
    let Some(database) = database().await else { return };
    store(database.url()).await.close().await;
    let newer = "INSERT INTO quadrille.quadrille_event_migrations (number, name, format)
        VALUES (1000, 'later', 1000)";
    run(database.url(), newer).await;
    refused(PostgresStore::open(database.url()).await, "use a newer release");
}

#[tokio::test]
async fn a_log_whose_order_cannot_be_relied_on_is_refused() {
    let Some(database) = database().await else { return };
    store(database.url()).await.close().await;
    run(database.url(), "ALTER SEQUENCE quadrille.events_position_seq CACHE 20").await;
    refused(PostgresStore::open(database.url()).await, "CACHE 1");
    run(database.url(), "ALTER SEQUENCE quadrille.events_position_seq CACHE 1").await;
    run(database.url(), "ALTER TABLE quadrille.events DISABLE TRIGGER events_register_floor").await;
    refused(PostgresStore::open(database.url()).await, "ENABLE ALWAYS TRIGGER");
}

#[tokio::test]
async fn transactions_that_see_an_old_log_are_refused() {
    let Some(database) = database().await else { return };
    store(database.url()).await.close().await;
    let repeatable =
        format!("{}?options[default_transaction_isolation]=repeatable%20read", database.url());
    let store = PostgresStore::open(&repeatable).await.unwrap();
    let error = store.head().await.unwrap_err().to_string();
    assert!(error.contains("READ COMMITTED"), "{error}");
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_log() {
    let Some(database) = database().await else { return };
    store(database.url()).await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    for change in [
        "UPDATE quadrille.events SET data = ''",
        "DELETE FROM quadrille.events",
        "TRUNCATE quadrille.events",
        "UPDATE quadrille.store SET id = gen_random_uuid()",
        "DELETE FROM quadrille.tags",
    ] {
        let error = connection.execute(change).await.unwrap_err().to_string();
        assert!(error.contains("the log is append-only"), "{change}: {error}");
    }
    let error = connection
        .execute("INSERT INTO quadrille.events (position) VALUES (7)")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("position"), "{error}");
}

/// A role that owns one schema and may make no other.
#[tokio::test]
async fn a_role_that_owns_nothing_but_its_schema_can_keep_a_log_there() {
    let Some(database) = database().await else { return };
    let script =
        "DO $$ BEGIN CREATE ROLE narrow LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        CREATE SCHEMA quadrille AUTHORIZATION narrow";
    run(database.url(), script).await;
    let narrow = database.url().replace("postgres://postgres@", "postgres://narrow@");
    let opened = store(&narrow).await;
    assert!(opened.head().await.unwrap().is_none());
    let models = models(&narrow).await;
    let open = models.open(ConsumerKind::RowProjector, "balance", 1).await;
    refused(open, "grant CREATE on the database");
    let made = "CREATE SCHEMA quadrille_balance_v1 AUTHORIZATION narrow;
        CREATE SCHEMA quadrille_balance AUTHORIZATION narrow;
        CREATE SCHEMA quadrille_views AUTHORIZATION narrow";
    run(database.url(), made).await;
    models.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap();
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so_without_secrets() {
    let Some(database) = database().await else { return };
    let nobody = database.url().replace("postgres://postgres@", "postgres://nobody_here:s3cr3t@");
    let error = PostgresStore::open(&nobody).await.unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
}
