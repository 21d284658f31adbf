//! event_sourcing.rs: PgStore, optimistic (its lock_and_load holds one pooled
//! connection while it needs a second one, so 16 tasks on 16 connections hang).
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bench_harness::{
    About, AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target, phases, run,
};
use esrs::handler::TransactionalEventHandler;
use esrs::manager::AggregateManager;
use esrs::rebuilder::{PgRebuilder, Rebuilder};
use esrs::store::postgres::{PgStore, PgStoreBuilder, PgStoreError};
use esrs::store::{EventStore, StoreEvent};
use esrs::{Aggregate, AggregateState};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

#[derive(Clone)]
struct Account;

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Event {
    Deposited(Deposited),
}

#[derive(Debug, thiserror::Error)]
#[error("rejected")]
struct Rejected;

impl Aggregate for Account {
    const NAME: &'static str = "account";
    type State = AccountState;
    type Command = Vec<Deposited>;
    type Event = Event;
    type Error = Rejected;

    fn handle_command(_: &AccountState, command: Vec<Deposited>) -> Result<Vec<Event>, Rejected> {
        if command.iter().any(|d| d.amount <= 0) {
            return Err(Rejected);
        }
        Ok(command.into_iter().map(Event::Deposited).collect())
    }

    fn apply_event(mut state: AccountState, Event::Deposited(d): Event) -> AccountState {
        state.apply(&d);
        state
    }
}

struct View;

#[async_trait]
impl TransactionalEventHandler<Account, PgStoreError, PgConnection> for View {
    async fn handle(
        &self,
        e: &StoreEvent<Event>,
        tx: &mut PgConnection,
    ) -> Result<(), PgStoreError> {
        let Event::Deposited(d) = &e.payload;
        sqlx::query(bench_harness::domain::VIEW_UPSERT)
            .bind(&d.account_id)
            .bind(d.amount)
            .execute(tx)
            .await?;
        Ok(())
    }
}

#[derive(Clone)]
struct P {
    pool: PgPool,
    store: PgStore<Account>,
}

fn conflict(e: &PgStoreError) -> bool {
    matches!(e, PgStoreError::Sqlx(sqlx::Error::Database(d)) if d.is_unique_violation())
}

impl P {
    async fn open(t: Target) -> anyhow::Result<Self> {
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(bench_harness::settings::POOL)
            .connect(&t.url)
            .await?;
        sqlx::query(bench_harness::domain::VIEW_DDL).execute(&pool).await?;
        let store = PgStoreBuilder::new(pool.clone()).try_build().await?;
        Ok(P { pool, store })
    }
}

impl Subject for P {
    async fn deposit(&self, account: Uuid, n: u64, events: usize) -> Result<(), CommandError> {
        let m = AggregateManager::new(self.store.clone());
        let state = m.load(account).await?.unwrap_or_else(|| AggregateState::with_id(account));
        match m.handle_command(state, Deposited::several(account, n, events)).await {
            Ok(r) => Ok(r.map(|_| ())?),
            Err(e) if conflict(&e) => Err(CommandError::Conflict),
            Err(e) => Err(e.into()),
        }
    }

    async fn seed(&self, account: Uuid, events: usize) -> Result<(), CommandError> {
        let all =
            (0..events as u64).map(|n| Event::Deposited(Deposited::new(account, n))).collect();
        self.store.persist(&mut AggregateState::with_id(account), all).await?;
        Ok(())
    }

    async fn load(&self, account: Uuid) -> anyhow::Result<AccountState> {
        let m = AggregateManager::new(self.store.clone());
        Ok(m.load(account).await?.map(|s| s.into_inner()).unwrap_or_default())
    }

    async fn catch_up(
        &self,
        how: CatchUp,
        total: u64,
        _: Duration,
    ) -> anyhow::Result<Option<Projected>> {
        if how != CatchUp::Raw {
            return Ok(None);
        }
        sqlx::query("TRUNCATE account_view").execute(&self.pool).await?;
        // all_at_once: every event in memory, one transaction, one statement an event
        let rebuilder: PgRebuilder<Account> =
            PgRebuilder::new().with_transactional_event_handlers(vec![Box::new(View)]);
        let t = Instant::now();
        rebuilder.all_at_once(self.pool.clone()).await?;
        let elapsed = t.elapsed();
        let (n,): (i64,) = sqlx::query_as("SELECT SUM(events)::int8 FROM account_view")
            .fetch_one(&self.pool)
            .await?;
        anyhow::ensure!(n as u64 == total, "view counts {n} events of {total}");
        Ok(Some(Projected { events: total, elapsed, note: "" }))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let note = "pool of 16; optimistic, since its `lock_and_load` needs a second connection while it holds one; its rebuild is one transaction";
    let about = About::new("esrs", "0.18.0", "PostgreSQL", "every commit is flushed", note);
    run(&about, &phases(0), P::open).await
}
