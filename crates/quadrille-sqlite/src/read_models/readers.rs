//! Connections for queries, on which every live read model goes by its own name.

use super::{
    Sqlite,
    error::store_error,
    file::{connect_options, pool_options, read_pool},
    name::{file_name, quote},
    registry,
};
use quadrille_core::{StoreError, state::Consumer};
use sqlx::{AssertSqlSafe, Executor, SqliteConnection, SqlitePool, query, query_scalar};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many files SQLite attaches to one connection.
const MAX_ATTACHED: usize = 10;

/// The pools in use. Those of earlier revisions live on in the hands of whoever holds them.
#[derive(Default)]
pub(super) struct Readers {
    all: Option<(i64, SqlitePool)>,
    single: BTreeMap<String, (Consumer, SqlitePool)>,
}

impl Readers {
    pub async fn close(&mut self) {
        if let Some((_, pool)) = self.all.take() {
            pool.close().await;
        }
        while let Some((_, (_, pool))) = self.single.pop_first() {
            pool.close().await;
        }
    }
}

impl Sqlite {
    /// Read-only connections on which every live read model can be queried, also together.
    ///
    /// A table goes by its own name, or by `"model"."table"`, which is needed where two read
    /// models have a table of the same name. Ask again for each query: it costs little, and the
    /// answer is another one once a new version has gone live.
    ///
    /// # Errors
    /// When the files cannot be reached or used, and when more than 10 read models are live,
    /// which is all that SQLite can join: use [`Sqlite::model_reader`] then.
    pub async fn reader(&self) -> Result<SqlitePool, StoreError> {
        let state = self.state();
        // Asked first, so that the pool is never older than it says.
        let revision =
            registry::revision(state.reads()).await.map_err(|error| state.fail(error))?;
        let mut readers = self.readers().lock().await;
        if let Some((known, pool)) = &readers.all
            && *known >= revision
        {
            return Ok(pool.clone());
        }
        let pool = self.attached_pool().await?;
        readers.all = Some((revision, pool.clone()));
        Ok(pool)
    }

    /// Read-only connections to one live read model.
    ///
    /// # Errors
    /// When the file cannot be reached or used, and when no read model of this name is live.
    pub async fn model_reader(&self, name: &str) -> Result<SqlitePool, StoreError> {
        let state = self.state();
        let live = registry::live(state.reads(), name).await.map_err(|error| state.fail(error))?;
        let Some(live) = live else {
            let problem = "no read model of this name is live; check its spelling, and that the app has started";
            return Err(StoreError::unusable(format!("read model {name:?}"), problem));
        };
        let mut readers = self.readers().lock().await;
        if let Some((known, pool)) = readers.single.get(name)
            && *known == live
        {
            return Ok(pool.clone());
        }
        let file = self.model(&live).await?;
        let pool = read_pool(file.path(), self.settings());
        readers.single.insert(name.to_owned(), (live, pool.clone()));
        Ok(pool)
    }

    async fn attached_pool(&self) -> Result<SqlitePool, StoreError> {
        let state = self.state();
        let live = registry::live_of(state.reads()).await.map_err(|error| state.fail(error))?;
        if live.len() > MAX_ATTACHED {
            let what = format!("all {} read models on one connection", live.len());
            let problem = "SQLite joins at most 10; query one with `model_reader(name)`";
            return Err(StoreError::unusable(what, problem));
        }
        for consumer in &live {
            // Makes the file, if a crash came between its row and itself.
            self.model_if_there(consumer).await?;
        }
        let (registry, directory) = (state.reads().clone(), Arc::<Path>::from(self.directory()));
        let pool = pool_options(self.settings())
            .after_connect(move |connection, _| {
                let (registry, directory) = (registry.clone(), Arc::clone(&directory));
                Box::pin(async move {
                    let live = registry::live_of(&registry).await?;
                    attach_all(connection, &directory, live).await
                })
            })
            .connect_with(connect_options(self.settings()).filename(":memory:").read_only(true))
            .await;
        pool.map_err(|error| store_error(self.directory(), error))
    }
}

async fn attach_all(
    connection: &mut SqliteConnection,
    directory: &Path,
    live: Vec<Consumer>,
) -> Result<(), sqlx::Error> {
    let mut models_by_table = BTreeMap::<String, Vec<String>>::new();
    for consumer in live {
        let path = directory.join(file_name(&consumer));
        if !path.exists() {
            continue;
        }
        for table in attach(connection, &consumer.name, path).await? {
            models_by_table.entry(table).or_default().push(consumer.name.clone());
        }
    }
    for (table, models) in models_by_table.iter().filter(|(_, models)| models.len() > 1) {
        let view = ambiguous_view(table, models);
        connection.execute(AssertSqlSafe(view)).await?;
    }
    Ok(())
}

/// Attaches a file under a name and says which tables are in it, in lower case.
async fn attach(
    connection: &mut SqliteConnection,
    name: &str,
    path: PathBuf,
) -> Result<Vec<String>, sqlx::Error> {
    let alias = quote(name);
    // The path was text when it was made.
    let path = path.to_string_lossy().into_owned();
    query(AssertSqlSafe(format!("ATTACH DATABASE ? AS {alias}")))
        .bind(path)
        .execute(&mut *connection)
        .await?;
    let tables = format!(
        "SELECT lower(name) FROM {alias}.sqlite_schema WHERE type IN ('table', 'view')
         AND name NOT GLOB 'quadrille_*' AND name NOT GLOB 'sqlite_*'"
    );
    query_scalar(AssertSqlSafe(tables)).fetch_all(connection).await
}

/// SQLite would silently take the first of several tables of one name. A view of that name stands
/// before them all, and what it reads does not exist: SQLite names it in the error.
fn ambiguous_view(table: &str, models: &[String]) -> String {
    let choices: Vec<_> =
        models.iter().map(|model| format!("{}.{}", quote(model), quote(table))).collect();
    let advice = format!("{table}: several read models have it, write {}", choices.join(" or "));
    format!("CREATE TEMP VIEW {} AS SELECT * FROM temp.{}", quote(table), quote(&advice))
}
