//! What queries see: views on the live tables, replaced in the transaction that lets another
//! version go live, so that a query meets the one or the other.
//!
//! The tables of a read model are found under its name, and those whose name no other read model
//! uses under the schema of all views too.

use super::{
    Postgres,
    decode::Decode,
    name::{model_schema, quote, views_schema},
    registry::make_schema,
    writer::WriteTx,
};
use quadrille_core::StoreError;
use sqlx::{AssertSqlSafe, ConnectOptions, Error, PgPool, Row, postgres::PgPoolOptions, query};
use std::collections::{BTreeMap, BTreeSet};

/// A live table.
struct Table {
    model: String,
    name: String,
    namespace: String,
}

impl Postgres {
    /// Makes the views of a read model anew, and says so to every process.
    pub(super) async fn refresh_views(
        &self,
        tx: &mut WriteTx,
        model: &str,
    ) -> Result<(), StoreError> {
        let (own, common) = (model_schema(self.server(), model), views_schema(self.server()));
        make_schema(tx, &own).await?;
        make_schema(tx, &common).await?;
        let replaced = self.replace_views(tx, model, &own, &common).await;
        replaced.map_err(|error| match &error {
            Error::Database(refused) if refused.code().as_deref() == Some("2BP01") => {
                StoreError::unusable(
                    format!("the views of {model}"),
                    format!(
                        "{refused}; drop what was made of them by hand, and make it again afterwards"
                    ),
                )
            }
            _ => tx.fail(error),
        })
    }

    async fn replace_views(
        &self,
        tx: &mut WriteTx,
        model: &str,
        own: &str,
        common: &str,
    ) -> Result<(), Error> {
        let mut models = BTreeMap::<String, Vec<Table>>::new();
        for table in self.live_tables(tx).await? {
            models.entry(table.name.clone()).or_default().push(table);
        }
        let before = views_in(tx, own).await?;
        let of_model = |tables: &Vec<Table>| tables.iter().any(|table| table.model == model);
        let now = models.iter().filter(|(_, tables)| of_model(tables)).map(|(name, _)| name);
        let touched: BTreeSet<String> = before.iter().chain(now).cloned().collect();
        for name in &touched {
            drop_view(tx, common, name).await?;
            drop_view(tx, own, name).await?;
            let tables = models.get(name).map(Vec::as_slice).unwrap_or_default();
            if let [table] = tables {
                create_view(tx, common, table).await?;
            }
            if let Some(table) = tables.iter().find(|table| table.model == model) {
                create_view(tx, own, table).await?;
            }
        }
        let raise = "UPDATE {schema}.quadrille_revision SET revision = revision + 1";
        tx.run(query(self.sql(raise))).await.map(drop)
    }

    async fn live_tables(&self, tx: &mut WriteTx) -> Result<Vec<Table>, Error> {
        let rows = tx.run(query(self.sql(include_str!("views/tables.sql")))).await?;
        let table = |row: &sqlx::postgres::PgRow| {
            Ok(Table {
                model: row.text("model")?,
                name: row.text("table")?,
                namespace: row.text("namespace")?,
            })
        };
        rows.iter().map(table).collect()
    }

    /// Connections for queries, on which the live tables of all read models have their plain names:
    /// `SELECT … FROM revenue`. One that several read models have must be written with the schema
    /// of its read model, such as `quadrille_shop.revenue`, which is there for the others too; in
    /// other programs all of them are found in the schema `quadrille_views`.
    ///
    /// Ask for it anew for each query: after another version went live, it gives other
    /// connections, which know nothing of the old one.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn reader(&self) -> Result<PgPool, StoreError> {
        let find = "SELECT revision FROM {schema}.quadrille_revision";
        let rows = self.pool().fetch(|| query(self.sql(find))).await?;
        let row = rows.first().ok_or_else(|| self.fail(Error::RowNotFound))?;
        let revision: i64 = row.try_get(0).map_err(|error| self.fail(error))?;
        let mut readers = self.inner.readers.lock().await;
        if let Some((known, pool)) = &*readers
            && *known >= revision
        {
            return Ok(pool.clone());
        }
        let settings = self.settings();
        let mut connect = self.server().connect_options().clone().disable_statement_logging();
        if !settings.pooler {
            let path = format!("{},public", views_schema(self.server()));
            connect = connect.options([("search_path", path)]);
        }
        let pool = PgPoolOptions::new()
            .min_connections(0)
            .max_connections(settings.readers)
            .acquire_timeout(settings.patience)
            .connect_lazy_with(connect);
        *readers = Some((revision, pool.clone()));
        Ok(pool)
    }
}

async fn views_in(tx: &mut WriteTx, schema: &str) -> Result<Vec<String>, Error> {
    let views = "SELECT viewname::text FROM pg_views WHERE schemaname = $1";
    let rows = tx.run(query(views).bind(schema)).await?;
    rows.iter().map(|row| row.text("viewname")).collect()
}

async fn drop_view(tx: &mut WriteTx, schema: &str, name: &str) -> Result<(), Error> {
    let drop_view = format!("DROP VIEW IF EXISTS {}.{}", quote(schema), quote(name));
    tx.run(query(AssertSqlSafe(drop_view))).await.map(drop)
}

async fn create_view(tx: &mut WriteTx, schema: &str, table: &Table) -> Result<(), Error> {
    let Table { name, namespace, .. } = table;
    let (view, table) = (quote(schema), quote(namespace));
    let create = format!("CREATE VIEW {view}.{0} AS SELECT * FROM {table}.{0}", quote(name));
    tx.run(query(AssertSqlSafe(create))).await.map(drop)
}
