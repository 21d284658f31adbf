//! Read models in SQL, on files.

use super::super::{domain::bank::*, support::run};
use quadrille::{
    StartError,
    app::{HistoryError, QueryError, SettleError},
    prelude::*,
    sqlite::{SqliteStore, query_scalar},
    state::Activity,
};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// The sum of all deposits; one of `bad` cents cannot be projected.
struct Total(Arc<AtomicI64>);

impl Projector for Total {
    const NAME: &'static str = "total";
    type Event = AccountEvent;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute("CREATE TABLE total (account TEXT PRIMARY KEY, cents INTEGER NOT NULL)").await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<AccountEvent>, tx: &mut Tx<Sqlite>) -> Projected {
        let AccountEvent::Deposited { cents, .. } = **event else { return Ok(()) };
        let add = "INSERT INTO total VALUES (?, ?) ON CONFLICT DO UPDATE SET cents = cents + excluded.cents";
        tx.execute(query(add).bind(event.id().to_owned()).bind(cents)).await?;
        if cents == self.0.load(Ordering::SeqCst) {
            return Err(quadrille::ProjectionError::message("a bad deposit"));
        }
        Ok(())
    }
}

async fn open(folder: &Path) -> Quadrille {
    let app = Quadrille::sqlite(folder.join("bank.db")).await.unwrap();
    let never = quadrille::RetryPolicy::NEVER;
    app.aggregate::<Account>().fold(balance).settings(|settings| settings.handler_retry = never)
}

async fn total(app: &App, account: &str) -> i64 {
    let read = app.database::<Sqlite>().unwrap();
    let sum = query_scalar("SELECT coalesce(sum(cents), 0) FROM total.total WHERE account = ?");
    let pool = read.reader().await.unwrap();
    sum.bind(account.to_owned()).fetch_one(&pool).await.unwrap()
}

#[test]
fn a_projector_that_fails_stops_where_it_failed_and_goes_on_there() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let bad = Arc::new(AtomicI64::new(13));
        let app = open(folder.path()).await.projector(Total(bad.clone())).start().await.unwrap();
        let mut receipt = app.execute::<Account>("a", deposit(1)).await.unwrap();
        for cents in [2, 13, 4] {
            receipt = app.execute::<Account>("a", deposit(cents)).await.unwrap();
        }
        let error = app.settle().await.unwrap_err();
        assert!(
            matches!(&error, SettleError::Stopped { reason, .. } if reason.contains("a bad deposit"))
        );
        let waited = app.wait(&receipt).await.unwrap_err();
        assert!(matches!(waited, QueryError::Stopped { .. }), "{waited}");
        let statuses = app.statuses().await.unwrap();
        let status = statuses.iter().find(|status| status.consumer.name == "total").unwrap();
        assert_eq!(status.activity, Activity::Stopped);
        assert!(status.last_error.as_ref().unwrap().contains("account.deposited"));
        assert_eq!(total(&app, "a").await, 3, "what came before it counts");
        bad.store(0, Ordering::SeqCst);
        app.resume("total").await.unwrap();
        app.wait(&receipt).await.unwrap();
        assert_eq!(total(&app, "a").await, 20, "every deposit counts once");
        app.shutdown().await;
    });
}

#[test]
fn a_projector_that_may_park_goes_on_until_the_cap() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let bad = Arc::new(AtomicI64::new(13));
        let app = open(folder.path()).await.projector(Total(bad.clone())).parks(1);
        let app = app.start().await.unwrap();
        for (account, cents) in [("a", 13), ("a", 1), ("b", 2)] {
            app.execute::<Account>(account, deposit(cents)).await.unwrap();
        }
        app.settle().await.unwrap();
        assert_eq!((total(&app, "a").await, total(&app, "b").await), (0, 2));
        assert_eq!(app.parked().await.unwrap().len(), 2);
        app.execute::<Account>("b", deposit(13)).await.unwrap();
        assert!(matches!(app.settle().await, Err(SettleError::Stopped { .. })));
        bad.store(0, Ordering::SeqCst);
        app.resume("total").await.unwrap();
        app.settle().await.unwrap();
        let parked = app.parked().await.unwrap()[0].1.event;
        app.replay("total", parked, "fixed", "ann").await.unwrap();
        assert_eq!((total(&app, "a").await, total(&app, "b").await), (14, 15));
        app.shutdown().await;
    });
}

#[test]
fn a_bank_on_a_file_goes_on_after_a_restart() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        for n in 1..=3 {
            let total_of = Total(Arc::default());
            let app = open(folder.path()).await.projector(total_of).start().await.unwrap();
            app.execute::<Account>("a", deposit(5)).await.unwrap();
            assert_eq!(app.row::<Balance>("a").await.unwrap().map(|row| row.cents), Some(5 * n));
            app.settle().await.unwrap();
            assert_eq!(total(&app, "a").await, 5 * n);
            app.rebuild("total").await.unwrap();
            app.settle().await.unwrap();
            assert_eq!(total(&app, "a").await, 5 * n, "built anew");
            app.shutdown().await;
        }
    });
}

#[test]
fn a_model_in_sql_does_not_tell_the_history_of_a_row() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path()).await.projector(Total(Arc::default())).start().await.unwrap();
        let error = app
            .row_history("total", &["a".into()], &mut |_, _| std::ops::ControlFlow::Continue(()))
            .await
            .unwrap_err();
        assert!(matches!(&error, HistoryError::NotRows(name) if name == "total"), "{error}");
    });
}

#[test]
fn a_store_that_was_restored_from_an_older_copy_is_refused() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let app = open(folder.path()).await.start().await.unwrap();
        app.execute::<Account>("a", deposit(5)).await.unwrap();
        app.shutdown().await;
        for end in ["", "-wal"] {
            let (from, to) = (file(&format!("bank.db{end}")), file(&format!("copy.db{end}")));
            if from.exists() {
                std::fs::copy(from, to).unwrap();
            }
        }
        app.execute::<Account>("a", deposit(6)).await.unwrap();
        drop(app);
        let app = open(folder.path()).await.start().await.unwrap();
        app.settle().await.unwrap();
        app.shutdown().await;
        let restored = Quadrille::new(SqliteStore::open(file("copy.db")).await.unwrap())
            .database(Sqlite::beside(file("bank.db")).await.unwrap())
            .aggregate::<Account>()
            .fold(balance);
        let Err(StartError::Invalid(why)) = restored.start().await else { panic!("it started") };
        assert!(why.contains("restored from an older copy"), "{why}");
        assert!(why.contains("restore the read models from the same time"), "{why}");
    });
}
