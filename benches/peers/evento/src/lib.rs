//! evento: one aggregate and view, generic over the executor. Events are
//! stored as bitcode, not JSON (the crate offers nothing else).
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bench_harness::{AccountState, CommandError, Projected};
use evento::metadata::Event;
use evento::projection::{Projection, ProjectionCursor};
use evento::subscription::{Context, SubscriptionBuilder};
use evento::{Executor, WriteBuilder, WriteError};
use uuid::Uuid;

#[evento::aggregate]
pub enum Account {
    MoneyDeposited {
        account_id: String,
        amount: i64,
        currency: String,
        reference: String,
        memo: String,
    },
}

/// `snapshot(none)`: W2 measures the replay of the whole stream.
#[evento::snapshot(none)]
#[evento::projection]
pub struct AccountView {
    pub balance: i64,
    pub events: u64,
}

#[evento::handler]
async fn on_deposited(event: Event<MoneyDeposited>, view: &mut AccountView) -> anyhow::Result<()> {
    view.balance += event.data.amount;
    view.events += 1;
    Ok(())
}

/// The read model: one upsert an event, by whatever database the peer has.
#[derive(Clone)]
pub enum ViewDb {
    Pg(sqlx09::PgPool),
    Sqlite(sqlx09::SqlitePool),
    None,
}

#[derive(Clone)]
pub struct Done(Arc<AtomicU64>);

#[evento::subscription]
async fn to_view<E: Executor>(
    ctx: &Context<'_, E>,
    event: Event<MoneyDeposited>,
) -> anyhow::Result<()> {
    let db: ViewDb = ctx.extract();
    let done: Done = ctx.extract();
    match &db {
        ViewDb::Pg(p) => {
            sqlx09::query(bench_harness::domain::VIEW_UPSERT)
                .bind(event.aggregate_id.clone())
                .bind(event.data.amount)
                .execute(p)
                .await?;
        }
        ViewDb::Sqlite(p) => {
            sqlx09::query(bench_harness::domain::VIEW_UPSERT)
                .bind(event.aggregate_id.clone())
                .bind(event.data.amount)
                .execute(p)
                .await?;
        }
        ViewDb::None => {}
    }
    done.0.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

fn event(account: Uuid, n: u64) -> MoneyDeposited {
    let d = bench_harness::Deposited::new(account, n);
    MoneyDeposited {
        account_id: d.account_id,
        amount: d.amount,
        currency: d.currency,
        reference: d.reference,
        memo: d.memo,
    }
}

async fn view<E: Executor>(ex: &E, account: Uuid) -> anyhow::Result<Option<AccountView>> {
    Projection::<_, AccountView>::new::<Account>()
        .handler(on_deposited())
        .load(account.to_string())
        .execute(ex)
        .await
}

pub async fn deposit<E: Executor>(
    ex: &E,
    account: Uuid,
    n: u64,
    events: usize,
) -> Result<(), CommandError> {
    let version = view(ex, account).await?.map_or(0, |v| v.get_aggregate_version());
    let mut write = WriteBuilder::new(account.to_string());
    write.original_version(version);
    for n in n..n + events as u64 {
        write.event(&event(account, n));
    }
    match write.commit(ex).await {
        Ok(_) => Ok(()),
        Err(WriteError::InvalidOriginalVersion) => Err(CommandError::Conflict),
        Err(e) => Err(CommandError::Other(anyhow::anyhow!("{e:?}"))),
    }
}

pub async fn seed<E: Executor>(ex: &E, account: Uuid, events: usize) -> anyhow::Result<()> {
    let mut w = WriteBuilder::new(account.to_string());
    for n in 0..events as u64 {
        w.event(&event(account, n));
    }
    w.commit(ex).await?;
    Ok(())
}

pub async fn load<E: Executor>(ex: &E, account: Uuid) -> anyhow::Result<AccountState> {
    let v = view(ex, account).await?.unwrap_or_default();
    Ok(AccountState { balance: v.balance, events: v.events })
}

pub async fn catch_up<E: Executor + Clone>(
    ex: &E,
    db: ViewDb,
    total: u64,
    budget: Duration,
) -> anyhow::Result<Option<Projected>> {
    let note = if matches!(db, ViewDb::None) { "in memory" } else { "" };
    match &db {
        ViewDb::Pg(p) => drop(sqlx09::query("TRUNCATE account_view").execute(p).await?),
        ViewDb::Sqlite(p) => drop(sqlx09::query("DELETE FROM account_view").execute(p).await?),
        ViewDb::None => {}
    }
    let done = Done(Arc::default());
    let t = Instant::now();
    let sub = SubscriptionBuilder::new(format!("view-{}", Uuid::now_v7()))
        .data(db)
        .data(done.clone())
        .handler(to_view())
        .any_routing_key()
        .start(ex)
        .await?;
    while done.0.load(Ordering::Relaxed) < total && t.elapsed() < budget {
        anyhow::ensure!(!sub.is_finished(), "subscription stopped");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (events, elapsed) = (done.0.load(Ordering::Relaxed), t.elapsed());
    sub.shutdown().await?;
    Ok(Some(Projected { events, elapsed, note }))
}

#[macro_export]
macro_rules! evento_peer {
    ($database:literal, $durability:literal, $note:literal, $ex:ty, $setup:expr) => {
        use std::time::Duration;

        use bench_harness::{
            About, AccountState, CatchUp, CommandError, Projected, Subject, Target, phases, run,
        };
        use peer_evento::ViewDb;
        use uuid::Uuid;

        #[derive(Clone)]
        struct P {
            ex: $ex,
            db: ViewDb,
        }

        impl P {
            async fn open(t: Target) -> anyhow::Result<Self> {
                let (ex, db) = $setup(&t).await?;
                Ok(P { ex, db })
            }
        }

        impl Subject for P {
            async fn deposit(
                &self,
                account: Uuid,
                n: u64,
                events: usize,
            ) -> Result<(), CommandError> {
                peer_evento::deposit(&self.ex, account, n, events).await
            }
            async fn seed(&self, account: Uuid, events: usize) -> Result<(), CommandError> {
                Ok(peer_evento::seed(&self.ex, account, events).await?)
            }
            async fn load(&self, account: Uuid) -> anyhow::Result<AccountState> {
                peer_evento::load(&self.ex, account).await
            }
            async fn catch_up(
                &self,
                how: CatchUp,
                total: u64,
                budget: Duration,
            ) -> anyhow::Result<Option<Projected>> {
                if how != CatchUp::Raw {
                    return Ok(None);
                }
                peer_evento::catch_up(&self.ex, self.db.clone(), total, budget).await
            }
        }

        #[tokio::main]
        async fn main() -> anyhow::Result<()> {
            let about = About::new("evento", "2.0.0-alpha.38", $database, $durability, $note);
            run(&about, &phases(0), P::open).await
        }
    };
}
