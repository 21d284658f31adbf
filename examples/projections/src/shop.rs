//! The shop whose log we read: everything that is asked of it here leaves its events alone.

use crate::{READ_MODELS, show};
use quadrille::{
    Position, Query, RetryPolicy,
    prelude::*,
    sqlite::{SqlitePool, SqliteStore},
    store::Direction,
};
use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// A handler that fails is tried three times within milliseconds: nobody shall wait for a bug.
const QUICK: RetryPolicy =
    RetryPolicy { attempts: 3, first: Duration::from_millis(1), ..RetryPolicy::HANDLER };

pub struct Shop {
    log: PathBuf,
    read_models: PathBuf,
}

impl Shop {
    /// The shop with this log, and an empty folder for our read models.
    pub fn at(log: &Path) -> Result<Self, Box<dyn Error>> {
        if !log.exists() {
            return Err(format!(
                "open the log: there is no {}; make one with `cargo run -p order-fulfilment`",
                log.display()
            )
            .into());
        }
        let read_models = log.with_file_name(READ_MODELS);
        if read_models == Sqlite::directory_beside(log) {
            let folder = read_models.display();
            return Err(format!(
                "empty {folder}: it belongs to this log's own app; rename the log"
            )
            .into());
        }
        match fs::remove_dir_all(&read_models) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("empty {}: {error}", read_models.display()).into())
            }
            _ => Ok(Self { log: log.to_owned(), read_models }),
        }
    }

    /// An app on the log, with read models in our folder. A deployment, if you like: each step
    /// starts another one.
    pub async fn app(&self) -> Result<Quadrille, Box<dyn Error>> {
        let database = Sqlite::open(&self.read_models).await?;
        Ok(self.app_in_memory().await?.database(database))
    }

    /// The same with read models in memory: built from nothing whenever it starts.
    pub async fn app_in_memory(&self) -> Result<Quadrille, Box<dyn Error>> {
        let log = SqliteStore::open(&self.log).await?;
        Ok(Quadrille::new(log).name("projections").settings(|s| s.handler_retry = QUICK))
    }

    /// Says what there is, and returns the number of events.
    pub async fn introduce(&self) -> Result<u64, Box<dyn Error>> {
        let app = self.app().await?.start().await?;
        let events = count(&app, &[]).await?;
        let orders = count(&app, &["order.placed"]).await?;
        let folder = self.read_models.display();
        show::line(format_args!("{}: {events} events, {orders} orders.", self.log.display()))?;
        show::line(format_args!(
            "Read models of this example lie in {folder}, which was emptied first."
        ))?;
        app.shutdown().await;
        if orders == 0 {
            return Err(
                "find orders: this log has none; try the one of `cargo run -p order-fulfilment`"
                    .into(),
            );
        }
        Ok(events)
    }
}

/// How many events of these types the log holds, without the framework's own; no types for all.
pub async fn count(app: &App, types: &[&str]) -> Result<u64, Box<dyn Error>> {
    let query = Query::all().types(types.iter().copied());
    let (mut after, mut events) = (Position::START, 0);
    loop {
        let page = app.store().read(&query, after, Direction::Forward, 1_000).await?;
        events += page.events.len() as u64;
        after = page.through.map_or(after, |place| place.position);
        if !page.more {
            return Ok(events);
        }
    }
}

/// Connections on which all live read models can be queried. Asked for before each query, since
/// another version may have gone live.
pub async fn reader(app: &App) -> Result<SqlitePool, Box<dyn Error>> {
    let database = app.database::<Sqlite>().ok_or("the read models do not lie in SQLite")?;
    Ok(database.reader().await?)
}
