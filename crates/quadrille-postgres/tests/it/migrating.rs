//! Migrations that wait for others.

use crate::support::{database, hold, is_told_who};
use quadrille_postgres::{Postgres, PostgresStore};
use quadrille_testing::postgres::TestDatabase;
use sqlx::Executor;
use std::{
    fmt,
    sync::{Mutex, Once},
    time::Duration,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// What this program was warned of, one text for each.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Warnings;

impl Warnings {
    /// For the whole program: callsites that several threads share are not told apart by thread.
    fn keep() {
        static KEPT: Once = Once::new();
        KEPT.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        WARNINGS.lock().unwrap().push(text.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{field}: {value:?}; ");
    }
}

/// Warnings about a database.
fn warnings(database: &TestDatabase) -> Vec<String> {
    let ends = [";", "?"].map(|end| format!("/{}{end}", database.name()));
    let of_database = |text: &&String| ends.iter().any(|end| text.contains(end));
    WARNINGS.lock().unwrap().iter().filter(of_database).cloned().collect()
}

const MIGRATES: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('quadrille migrates quadrille', 0))";

#[tokio::test]
async fn a_migration_waits_for_another_and_says_who_that_is() {
    let Some(database) = database().await else { return };
    Warnings::keep();
    let mut session = hold(&database, MIGRATES).await;
    let ended = tokio::time::timeout(Duration::from_secs(60), async {
        while warnings(&database).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        session.execute("ROLLBACK").await.unwrap();
    });
    let store = PostgresStore::options(database.url()).migrate(true);
    let (opened, ended) = tokio::join!(store.patience(Duration::from_secs(4)).open(), ended);
    ended.expect("somebody is named");
    opened.unwrap();
    let told = warnings(&database);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("a migration waits for a lock"), "{told:?}");
    assert!(told[0].contains("forgotten_shell"), "{told:?}");
}

#[tokio::test]
async fn a_migration_that_waits_for_too_long_names_who_it_waits_for() {
    let Some(database) = database().await else { return };
    let mut session = hold(&database, MIGRATES).await;
    let open = || {
        let models = Postgres::options(database.url()).migrate(true);
        models.patience(Duration::from_secs(4)).migration_patience(Duration::from_secs(3)).open()
    };
    is_told_who(open()).await;
    session.execute("ROLLBACK").await.unwrap();
    open().await.unwrap();
}
