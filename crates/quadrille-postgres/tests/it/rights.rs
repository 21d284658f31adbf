//! A role that did not make the tables gets what `grants.sql` says, which the book shows: it is
//! enough for all that an app does, and each right is needed for something.

mod grants;
mod log;
mod models;

use crate::support::{database, models, store};
use grants::{App, part};
use quadrille_postgres::PostgresStore;
use sqlx::Executor;
use std::error::Error;

type Done = Result<(), Box<dyn Error + Send + Sync>>;

/// All causes of an error in one text.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Everything can be done with these rights, and not everything without any one of them.
async fn check_each_is_needed<F: Future<Output = Done>>(
    app: &App,
    parts: &[&'static str],
    run: impl Fn() -> F,
) {
    let rights: Vec<_> = parts.iter().flat_map(|part| grants::rights(part)).collect();
    for right in &rights {
        app.grant(right).await;
    }
    run().await.unwrap_or_else(|error| panic!("with all rights: {}", told(&*error)));
    for right in &rights {
        app.revoke(right).await;
        let refused = run().await.err().map(|error| told(&*error));
        let refused = refused.unwrap_or_else(|| panic!("{right} is not needed for anything"));
        let denied =
            refused.contains("permission denied") || refused.contains("this user may not make it");
        assert!(denied, "without {right}: {refused}");
        app.grant(right).await;
    }
    run().await.unwrap_or_else(|error| panic!("with all rights again: {}", told(&*error)));
}

#[tokio::test]
async fn each_right_on_the_log_is_needed_and_together_they_are_enough() {
    let Some(database) = database().await else { return };
    store(database.url()).await.close().await;
    let app = App::of(&database).await;
    check_each_is_needed(&app, &[part("events")], || log::work(app.url())).await;
}

#[tokio::test]
async fn each_right_on_read_models_and_state_is_needed_and_together_they_are_enough() {
    let Some(database) = database().await else { return };
    models(database.url()).await.close().await;
    let app = App::of(&database).await;
    let parts = [part("state"), part("create")];
    check_each_is_needed(&app, &parts, || models::work(app.url())).await;
}

#[tokio::test]
async fn schemas_that_were_made_for_it_do_instead_of_the_right_to_make_them() {
    let Some(database) = database().await else { return };
    models(database.url()).await.close().await;
    let app = App::of(&database).await;
    app.run(part("state")).await;
    let refused = models::rows(app.url(), "balance").await.unwrap_err();
    assert!(told(&*refused).contains("this user may not make it"), "{refused}");
    app.run(part("schemas")).await;
    models::rows(app.url(), "balance").await.unwrap();
}

/// A role that has lost its right to connect is told so, instead of trying again for ever.
#[tokio::test]
async fn who_may_not_connect_is_told_so() {
    let Some(database) = database().await else { return };
    let app = App::of(&database).await;
    let error = PostgresStore::open(app.url()).await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn the_log_is_out_of_reach_for_whoever_only_works_with_it() {
    let Some(database) = database().await else { return };
    store(database.url()).await.close().await;
    models(database.url()).await.close().await;
    let app = App::of(&database).await;
    for part in ["events", "state", "create"].map(part) {
        app.run(part).await;
    }
    log::work(app.url()).await.unwrap();
    let mut connection = app.connect().await;
    for change in [
        "UPDATE quadrille.events SET data = ''",
        "DELETE FROM quadrille.events",
        "TRUNCATE quadrille.events",
        "DELETE FROM quadrille.tags",
        "INSERT INTO quadrille.store (only_one, id) VALUES (true, gen_random_uuid())",
        "UPDATE quadrille.store SET id = gen_random_uuid()",
        "DROP TRIGGER events_refuse_changes ON quadrille.events",
        "ALTER TABLE quadrille.events DISABLE TRIGGER events_refuse_changes",
        "ALTER TABLE quadrille.events DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "SELECT setval('quadrille.events_position_seq', 1)",
        "ALTER SEQUENCE quadrille.events_position_seq RESTART",
        "ALTER FUNCTION quadrille.refuse_changes() RENAME TO allow_changes",
        "DROP TABLE quadrille.events",
        "CREATE TABLE quadrille.mine ()",
        "DROP SCHEMA quadrille CASCADE",
        "DELETE FROM quadrille.quadrille_event_migrations",
        "DELETE FROM quadrille.quadrille_models",
    ] {
        let error = connection.execute(change).await.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{change}: {error}");
    }
}
