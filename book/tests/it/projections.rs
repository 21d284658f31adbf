use crate::support::{request, two_accounts};
use quadrille::{RetryPolicy, prelude::*, sqlite::query_as};
use quadrille_book::{account::*, choreography, statements::*};
use std::path::Path;

async fn bank(folder: &Path) -> App {
    // ANCHOR: start
    let app = Quadrille::sqlite(folder.join("bank.db"))
        .await
        .unwrap()
        .component(choreography::accounts())
        .component(choreography::transfers())
        .component(reporting())
        .start()
        .await
        .unwrap();
    // ANCHOR_END: start
    app
}

#[tokio::test]
async fn read_models_are_queried_by_key_and_with_sql() {
    let folder = tempfile::tempdir().unwrap();
    let app = bank(folder.path()).await;
    two_accounts(&app).await.unwrap();
    // ANCHOR: row
    let deposit = AccountCommand::Deposit { cents: 100 };
    let receipt = app.execute::<Account>("bob", deposit).await.unwrap();
    let bob = app.row::<Balance>("bob").await.unwrap();
    assert_eq!(bob, Some(Balance { account: "bob".into(), owner: "Bob".into(), cents: 100 }));
    app.wait(&receipt).await.unwrap(); // every read model has it now
    // ANCHOR_END: row
    request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    // ANCHOR: sql
    let read_models = app.database::<Sqlite>().expect("the app runs on SQLite");
    let pool = read_models.reader().await.unwrap();
    let found: Vec<(String, i64, String)> = query_as(
        "SELECT balances.owner, transfers.cents, transfers.state
         FROM transfers, connections JOIN balances ON balances.account = connections.\"to\"",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(found, [("Bob".to_owned(), 200, "completed".to_owned())]);
    // ANCHOR_END: sql
    let connection = app.row::<Connection>(("alice".to_owned(), "bob".to_owned())).await.unwrap();
    assert_eq!(connection.map(|row| (row.transfers, row.cents)), Some((1, 200)));
    app.shutdown().await;
}

#[tokio::test]
async fn a_rebuilt_read_model_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let app = bank(folder.path()).await;
    two_accounts(&app).await.unwrap();
    let before = app.all_rows::<Balance>().await.unwrap();
    // ANCHOR: rebuild
    app.rebuild("balances").await.unwrap();
    app.settle().await.unwrap();
    // ANCHOR_END: rebuild
    assert_eq!(app.all_rows::<Balance>().await.unwrap(), before);
    app.shutdown().await;
}

mod second {
    use super::*;

    // ANCHOR: version
    #[derive(Debug, PartialEq, Row)]
    #[row(table = "balances", version = 2)] // version 1 had no `movements`
    pub struct Balance {
        #[row(stream_id)]
        pub account: String,
        pub cents: i64,
        pub movements: i64,
    }
    // ANCHOR_END: version

    pub fn balance(row: &mut Balance, event: &Recorded<AccountEvent>) {
        let change = match **event {
            AccountEvent::Deposited { cents } | AccountEvent::Credited { cents, .. } => cents,
            AccountEvent::Withdrawn { cents } | AccountEvent::Debited { cents, .. } => -cents,
            _ => return,
        };
        row.cents += change;
        row.movements += 1;
    }
}

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_and_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let app = bank(folder.path()).await;
    two_accounts(&app).await.unwrap();
    app.settle().await.unwrap();
    app.shutdown().await;
    drop(app);
    let app = Quadrille::sqlite(folder.path().join("bank.db")).await.unwrap();
    let app = app.fold(second::balance).start().await.unwrap();
    app.settle().await.unwrap();
    let pool = app.database::<Sqlite>().unwrap().reader().await.unwrap();
    let found: Vec<(String, i64, i64)> =
        query_as("SELECT account, cents, movements FROM balances").fetch_all(&pool).await.unwrap();
    assert_eq!(found, [("alice".to_owned(), 500, 1), ("bob".to_owned(), 0, 0)]);
    app.shutdown().await;
}

mod broken {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    /// Fails on large amounts until it is mended.
    pub struct Large {
        pub mended: Arc<AtomicBool>,
    }

    #[derive(View)]
    #[reads("account.deposited")]
    pub struct Deposited {
        cents: i64,
    }

    impl Projector for Large {
        const NAME: &'static str = "large";
        type Event = Deposited;
        type Db = Sqlite;

        async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
            tx.execute("CREATE TABLE large (cents INTEGER NOT NULL) STRICT").await?;
            Ok(())
        }

        async fn project(&self, event: &Recorded<Deposited>, tx: &mut Tx<Sqlite>) -> Projected {
            if event.cents > 100 && !self.mended.load(Ordering::SeqCst) {
                return Err(quadrille::ProjectionError::message("too large"));
            }
            tx.execute(query("INSERT INTO large VALUES (?)").bind(event.cents)).await?;
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_parked_event_is_tried_again_when_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mended = std::sync::Arc::<std::sync::atomic::AtomicBool>::default();
    let large = broken::Large { mended: mended.clone() };
    let app = Quadrille::sqlite(folder.path().join("bank.db")).await.unwrap();
    let app = app.settings(|all| all.handler_retry = RetryPolicy::NEVER).aggregate::<Account>();
    // ANCHOR: parks
    let app = app.projector(large).parks(10); // without `parks` it would stop
    // ANCHOR_END: parks
    let app = app.start().await.unwrap();
    two_accounts(&app).await.unwrap();
    app.settle().await.unwrap();
    mended.store(true, std::sync::atomic::Ordering::SeqCst);
    // ANCHOR: replay
    let (_, event) = app.parked().await.unwrap().remove(0);
    app.replay("large", event.event, "the projector is mended", "carol").await.unwrap();
    assert!(app.parked().await.unwrap().is_empty());
    // ANCHOR_END: replay
    app.shutdown().await;
}
