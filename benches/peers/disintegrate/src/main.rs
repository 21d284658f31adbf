//! disintegrate: DecisionMaker over PgEventStore, PgEventListener for the view.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bench_harness::{
    About, AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target, phases, run,
};
use disintegrate::serde::json::Json;
use disintegrate::{
    Decision, Event, EventListener, EventSourcedStateStore, EventStore, LoadState, NoSnapshot,
    PersistedEvent, StateMutate, StateQuery, StreamQuery, query,
};
use disintegrate_postgres::{
    PgDecisionMaker, PgEventId, PgEventListener, PgEventListenerConfig, PgEventStore,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(AccountEvent, [Deposit])]
pub enum DomainEvent {
    Deposit {
        #[id]
        account_id: String,
        amount: i64,
        currency: String,
        reference: String,
        memo: String,
    },
}

fn event(deposited: Deposited) -> DomainEvent {
    let Deposited { account_id, amount, currency, reference, memo } = deposited;
    DomainEvent::Deposit { account_id, amount, currency, reference, memo }
}

#[derive(Default, StateQuery, Clone, Serialize, Deserialize)]
#[state_query(AccountEvent)]
pub struct Account {
    #[id]
    account_id: String,
    balance: i64,
    events: u64,
}

impl StateMutate for Account {
    fn mutate(&mut self, event: Self::Event) {
        let AccountEvent::Deposit { amount, .. } = event;
        self.balance += amount;
        self.events += 1;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("rejected")]
pub struct Rejected;

pub struct MakeDeposit(Vec<Deposited>);

impl Decision for MakeDeposit {
    type Event = DomainEvent;
    type StateQuery = Account;
    type Error = Rejected;

    fn state_query(&self) -> Account {
        Account { account_id: self.0[0].account_id.clone(), ..Default::default() }
    }

    fn process(&self, _: &Account) -> Result<Vec<DomainEvent>, Rejected> {
        if self.0.iter().any(|deposit| deposit.amount <= 0) {
            return Err(Rejected);
        }
        Ok(self.0.iter().cloned().map(event).collect())
    }
}

struct View {
    id: &'static str,
    pool: PgPool,
    query: StreamQuery<PgEventId, DomainEvent>,
    done: Arc<AtomicU64>,
}

#[async_trait]
impl EventListener<PgEventId, DomainEvent> for View {
    type Error = sqlx::Error;

    fn id(&self) -> &'static str {
        self.id
    }

    fn query(&self) -> &StreamQuery<PgEventId, DomainEvent> {
        &self.query
    }

    async fn handle(
        &self,
        event: PersistedEvent<PgEventId, DomainEvent>,
    ) -> Result<(), sqlx::Error> {
        let DomainEvent::Deposit { account_id, amount, .. } = event.into_inner();
        sqlx::query(bench_harness::domain::VIEW_UPSERT)
            .bind(account_id)
            .bind(amount)
            .execute(&self.pool)
            .await?;
        self.done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

type Store = PgEventStore<DomainEvent, Json<DomainEvent>>;

#[derive(Clone)]
struct P {
    pool: PgPool,
    store: Store,
    decider: PgDecisionMaker<DomainEvent, Json<DomainEvent>, NoSnapshot>,
}

fn conflict(e: &(dyn std::error::Error + 'static)) -> bool {
    let mut at = Some(e);
    while let Some(e) = at {
        let text = e.to_string();
        if matches!(e.downcast_ref(), Some(disintegrate_postgres::Error::Concurrency))
            || text.contains("could not serialize")
            || text.contains("oncurren")
        {
            return true;
        }
        at = e.source();
    }
    false
}

impl P {
    async fn open(t: Target) -> anyhow::Result<Self> {
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(bench_harness::settings::POOL)
            .connect(&t.url)
            .await?;
        sqlx::query(bench_harness::domain::VIEW_DDL).execute(&pool).await?;
        if t.fresh {
            sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        }
        let store = Store::new_uninitialized(pool.clone(), Json::default());
        let decider = disintegrate_postgres::decision_maker(store.clone(), NoSnapshot);
        Ok(P { pool, store, decider })
    }
}

impl Subject for P {
    async fn deposit(&self, account: Uuid, n: u64, events: usize) -> Result<(), CommandError> {
        match self.decider.make(MakeDeposit(Deposited::several(account, n, events))).await {
            Ok(_) => Ok(()),
            Err(e) if conflict(&e) => Err(CommandError::Conflict),
            Err(e) => Err(CommandError::Other(anyhow::anyhow!("{e:?}"))),
        }
    }

    async fn seed(&self, account: Uuid, events: usize) -> Result<(), CommandError> {
        self.store
            .append_without_validation(
                Deposited::several(account, 0, events).into_iter().map(event).collect(),
            )
            .await?;
        Ok(())
    }

    async fn load(&self, account: Uuid) -> anyhow::Result<AccountState> {
        let states = EventSourcedStateStore::new(self.store.clone(), NoSnapshot);
        let s = states
            .load(Account { account_id: account.to_string(), ..Default::default() })
            .await
            .map_err(|e| anyhow::anyhow!("{e:?}"))?;
        Ok(AccountState { balance: s.state().balance, events: s.state().events })
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
        sqlx::query("TRUNCATE account_view").execute(&self.pool).await?;
        let done = Arc::new(AtomicU64::new(0));
        let view = View {
            id: Box::leak(format!("view-{}", Uuid::now_v7()).into_boxed_str()),
            pool: self.pool.clone(),
            query: query!(DomainEvent),
            done: done.clone(),
        };
        let t = Instant::now();
        let config = PgEventListenerConfig::poller(Duration::from_millis(50)).fetch_size(1000);
        let listener = PgEventListener::builder(self.store.clone())
            .uninitialized()
            .register_listener(view, config)
            .start_with_shutdown({
                let done = done.clone();
                async move {
                    while done.load(Ordering::Relaxed) < total && t.elapsed() < budget {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            });
        listener.await?;
        let events = done.load(Ordering::Relaxed);
        Ok(Some(Projected { events, elapsed: t.elapsed(), note: "" }))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let note = "pool of 16; its tables are made by a copy of its SQL, in which a hexadecimal number that needs PostgreSQL 16 is decimal";
    let about = About::new("disintegrate", "4.0.1", "PostgreSQL", "every commit is flushed", note);
    run(&about, &phases(0), P::open).await
}
