//! The subject: an app on one of the stores.

use crate::{
    domain::{Account, AccountCommand::Deposit},
    read_models,
};
use anyhow::{Result, anyhow, ensure};
use bench_harness::{
    AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target, fresh_database,
};
use quadrille::{
    App, ExecuteError, Quadrille,
    postgres::{Postgres, PostgresStore},
    sqlite::{Durability, Sqlite, SqliteStore},
};
use std::{
    fs,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Where events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Sqlite,
    SqliteFast,
    Postgres,
}

#[derive(Clone)]
enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

#[derive(Clone)]
pub struct Ours {
    store: Store,
    target: Target,
    pub app: App,
}

impl Ours {
    /// Opens the store and starts an app with nothing but the aggregate.
    pub async fn open(place: Place, target: Target) -> Result<Self> {
        let sqlite = |durability| {
            let options = SqliteStore::options().durability(durability);
            options.open(target.folder.join("events.db"))
        };
        let store = match place {
            Place::Sqlite => Store::Sqlite(sqlite(Durability::Full).await?),
            Place::SqliteFast => Store::Sqlite(sqlite(Durability::LastCommitsMayBeLost).await?),
            Place::Postgres => {
                let options = PostgresStore::options(&target.url).migrate(true);
                Store::Postgres(options.open().await?)
            }
        };
        let app = build(&store).name("writer").aggregate::<Account>();
        let app = match &store {
            Store::Sqlite(_) => app.database(Sqlite::open(target.folder.join("state")).await?),
            Store::Postgres(_) => {
                app.database(Postgres::options(&target.url).migrate(true).open().await?)
            }
        };
        let app = app.start().await?;
        Ok(Self { store, target, app })
    }

    /// Another app on the same store, whose read models and state are empty.
    pub async fn reader(&self) -> Result<Quadrille> {
        let app = build(&self.store).name("reader");
        Ok(match &self.store {
            Store::Sqlite(_) => {
                let folder = self.target.folder.join("views");
                let _ = fs::remove_dir_all(&folder);
                app.database(Sqlite::open(folder).await?)
            }
            Store::Postgres(_) => {
                let url = fresh_database("quadrille_views").await?;
                app.database(Postgres::options(&url).migrate(true).open().await?)
            }
        })
    }
}

fn build(store: &Store) -> Quadrille {
    match store {
        Store::Sqlite(store) => Quadrille::new(store.clone()),
        Store::Postgres(store) => Quadrille::new(store.clone()),
    }
}

impl Subject for Ours {
    async fn deposit(&self, account: Uuid, n: u64, events: usize) -> Result<(), CommandError> {
        let command = Deposit { deposits: Deposited::several(account, n, events) };
        match self.app.execute::<Account>(account, command).actor("clerk-17").await {
            Ok(_) => Ok(()),
            Err(ExecuteError::Conflict { .. }) => Err(CommandError::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn load(&self, account: Uuid) -> Result<AccountState> {
        Ok(self.app.load::<Account>(account).await?.0)
    }

    async fn catch_up(
        &self,
        how: CatchUp,
        total: u64,
        budget: Duration,
    ) -> Result<Option<Projected>> {
        let reader = self.reader().await?;
        let reader = match (how, &self.store) {
            (CatchUp::Rows, _) => read_models::one(reader),
            (CatchUp::FourRows, _) => read_models::four(reader),
            (CatchUp::Raw, Store::Sqlite(_)) => reader.projector(read_models::OnSqlite),
            (CatchUp::Raw, Store::Postgres(_)) => reader.projector(read_models::OnPostgres),
        };
        let begun = Instant::now();
        let app = reader.start().await?;
        // All of it, or else there would be nothing to check.
        let settled = tokio::time::timeout(budget * 10, app.settle()).await;
        settled.map_err(|_| anyhow!("{how}: not done in {:?}", budget * 10))??;
        let elapsed = begun.elapsed();
        let seen = match how {
            CatchUp::Raw => read_models::counted(&app).await?,
            CatchUp::Rows | CatchUp::FourRows => read_models::events(&app).await?,
        };
        ensure!(seen == total, "{how}: {seen} of {total} events are in it");
        app.shutdown().await;
        Ok(Some(Projected { events: total, elapsed, note: "" }))
    }
}
