//! cqrs-es: one aggregate, one view, two storage crates.
use bench_harness::{AccountState, Deposited};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, View};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AccountEvent {
    Deposited(Deposited),
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        "Deposited".into()
    }
    fn event_version(&self) -> String {
        "1.0".into()
    }
}

pub enum AccountCommand {
    Deposit(Vec<Deposited>),
}

#[derive(Debug, thiserror::Error)]
#[error("rejected")]
pub struct AccountError;

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Account(pub AccountState);

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), AccountError> {
        let AccountCommand::Deposit(all) = command;
        for d in all {
            if d.amount <= 0 {
                return Err(AccountError);
            }
            sink.write(AccountEvent::Deposited(d), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        let AccountEvent::Deposited(d) = event;
        self.0.apply(&d);
    }
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct AccountView(pub AccountState);

impl View<Account> for AccountView {
    fn update(&mut self, event: &EventEnvelope<Account>) {
        let AccountEvent::Deposited(d) = &event.payload;
        self.0.apply(d);
    }
}

/// The two storage crates have the same API under different names.
#[macro_export]
macro_rules! cqrs_es_peer {
    ($database:literal, $durability:literal, $note:literal, $cqrs:ident, $new:path, $repo:path, $view:path, $pool:ty, $open:expr, $ddl:expr) => {
        use std::sync::Arc;
        use std::time::{Duration, Instant};

        use bench_harness::{
            About, AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target,
            phases, run,
        };
        use cqrs_es::persist::{GenericQuery, PersistedEventStore, QueryReplay};
        use cqrs_es::{AggregateContext, AggregateError, EventStore};
        use peer_cqrs_es::*;
        use uuid::Uuid;

        #[derive(Clone)]
        struct P {
            pool: $pool,
            cqrs: Arc<$cqrs<Account>>,
        }

        impl P {
            async fn open(t: Target) -> anyhow::Result<Self> {
                let pool: $pool = $open(&t).await?;
                if t.fresh {
                    for ddl in $ddl {
                        sqlx::query(ddl).execute(&pool).await?;
                    }
                }
                Ok(P { cqrs: Arc::new($new(pool.clone(), vec![], ())), pool })
            }
        }

        impl Subject for P {
            async fn deposit(
                &self,
                account: Uuid,
                n: u64,
                events: usize,
            ) -> Result<(), CommandError> {
                let cmd = AccountCommand::Deposit(Deposited::several(account, n, events));
                match self.cqrs.execute(&account.to_string(), cmd).await {
                    Ok(()) => Ok(()),
                    Err(AggregateError::AggregateConflict) => Err(CommandError::Conflict),
                    Err(e) => Err(CommandError::Other(anyhow::anyhow!("{e:?}"))),
                }
            }

            async fn load(&self, account: Uuid) -> anyhow::Result<AccountState> {
                let store = PersistedEventStore::<_, Account>::new_event_store(<$repo>::new(
                    self.pool.clone(),
                ));
                let mut c = store
                    .load_aggregate(&account.to_string())
                    .await
                    .map_err(|e| anyhow::anyhow!("{e:?}"))?;
                Ok(c.aggregate().0.clone())
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
                // replay stream by stream: replay_all orders the table by
                // (sequence) and binds a parameter that the query lacks
                // TRUNCATE, or the dead rows of the last round slow this one; SQLite has only DELETE
                if sqlx::query("TRUNCATE account_view").execute(&self.pool).await.is_err() {
                    sqlx::query("DELETE FROM account_view").execute(&self.pool).await?;
                }
                let view = Arc::new(<$view>::new("account_view", self.pool.clone()));
                let query: GenericQuery<_, AccountView, Account> = GenericQuery::new(view);
                let replay = QueryReplay::new(<$repo>::new(self.pool.clone()), query);
                let [short, long] = bench_harness::settings::seeded();
                let (t, mut done, mut i) = (Instant::now(), 0u64, 0u64);
                while done < total && t.elapsed() < budget {
                    replay
                        .replay(&bench_harness::account(i).to_string())
                        .await
                        .map_err(|e| anyhow::anyhow!("{e:?}"))?;
                    done += if i < short.0 { short.1 } else { long.1 } as u64;
                    i += 1;
                }
                let elapsed = t.elapsed();
                let (n,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM account_view")
                    .fetch_one(&self.pool)
                    .await?;
                anyhow::ensure!(n as u64 == i, "view has {n} rows of {i}");
                Ok(Some(Projected { events: done, elapsed, note: "" }))
            }
        }

        #[tokio::main]
        async fn main() -> anyhow::Result<()> {
            let about = About::new("cqrs-es", "0.5.0", $database, $durability, $note);
            run(&about, &phases(0), P::open).await
        }
    };
}
