use crate::read_models::{Postgres, decode::Decode, progress::of, writer::WriteTx};
use quadrille_core::{
    StoreError,
    read_model::Stage,
    state::{Consumer, ConsumerKind},
};
use sqlx::{Error, postgres::PgRow, query};

/// A row of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read_models) struct Entry {
    pub consumer: Consumer,
    /// `None` for one that was removed.
    pub stage: Option<Stage>,
    /// The schema of its tables.
    pub namespace: String,
}

const fn stage_name(stage: Option<Stage>) -> &'static str {
    match stage {
        Some(Stage::Building) => "building",
        Some(Stage::Live) => "live",
        Some(Stage::Retired) => "retired",
        None => "removed",
    }
}

fn stage_from_name(name: &str) -> Option<Option<Stage>> {
    [Some(Stage::Building), Some(Stage::Live), Some(Stage::Retired), None]
        .into_iter()
        .find(|stage| stage_name(*stage) == name)
}

fn read(row: &PgRow) -> Result<Entry, Error> {
    Ok(Entry {
        consumer: Consumer {
            kind: row.named("kind", ConsumerKind::from_name)?,
            name: row.text("name")?,
            version: row.small("version")?,
            generation: row.small("generation")?,
        },
        stage: row.named("stage", stage_from_name)?,
        namespace: row.text("namespace")?,
    })
}

const ENTRIES: &str =
    "SELECT name, version, generation, kind, stage, namespace FROM {schema}.quadrille_models";

/// All rows, by name, version and generation.
pub(super) async fn entries(db: &Postgres) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("{ENTRIES} ORDER BY name, version, generation");
    let rows = db.pool().fetch(|| query(db.sql(&sql))).await?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| db.fail(error))
}

const ONE: &str = "WHERE name = $1 AND version = $2 AND generation = $3";

/// The row of one read model.
pub(super) async fn find(db: &Postgres, consumer: &Consumer) -> Result<Option<Entry>, StoreError> {
    let sql = format!("{ENTRIES} {ONE}");
    let rows = db.pool().fetch(|| {
        let name = query(db.sql(&sql)).bind(consumer.name.clone());
        name.bind(i64::from(consumer.version)).bind(i64::from(consumer.generation))
    });
    rows.await?.first().map(read).transpose().map_err(|error| db.fail(error))
}

pub(super) async fn entry(
    db: &Postgres,
    tx: &mut WriteTx,
    consumer: &Consumer,
) -> Result<Option<Entry>, Error> {
    let find = query(db.sql(&format!("{ENTRIES} {ONE}")))
        .bind(&consumer.name)
        .bind(i64::from(consumer.version))
        .bind(i64::from(consumer.generation));
    tx.run(find).await?.first().map(read).transpose()
}

/// The read model that queries see under a name.
pub(super) async fn live(
    db: &Postgres,
    tx: &mut WriteTx,
    name: &str,
) -> Result<Option<Consumer>, Error> {
    let sql = format!("{ENTRIES} WHERE stage = 'live' AND name = $1");
    let rows = tx.run(query(db.sql(&sql)).bind(name)).await?;
    rows.first().map(|row| read(row).map(|entry| entry.consumer)).transpose()
}

/// All generations of a version, removed ones too, the newest first.
pub(super) async fn generations(
    db: &Postgres,
    tx: &mut WriteTx,
    name: &str,
    version: u32,
) -> Result<Vec<Entry>, Error> {
    let sql = format!("{ENTRIES} WHERE name = $1 AND version = $2 ORDER BY generation DESC");
    let generations = query(db.sql(&sql)).bind(name).bind(i64::from(version));
    tx.run(generations).await?.iter().map(read).collect()
}

pub(super) async fn lookalike(
    db: &Postgres,
    tx: &mut WriteTx,
    name: &str,
) -> Result<Option<String>, Error> {
    let sql = "SELECT name FROM {schema}.quadrille_models
        WHERE lower(name) = lower($1) AND name <> $1 AND stage <> 'removed' LIMIT 1";
    let rows = tx.run(query(db.sql(sql)).bind(name)).await?;
    rows.first().map(|row| row.text("name")).transpose()
}

pub(super) async fn insert(
    db: &Postgres,
    tx: &mut WriteTx,
    consumer: &Consumer,
    namespace: &str,
) -> Result<(), Error> {
    let sql = "INSERT INTO {schema}.quadrille_models
        (kind, name, version, generation, stage, namespace) VALUES ($1, $2, $3, $4, $5, $6)";
    let insert = of(db.sql(sql), consumer).bind(stage_name(Some(Stage::Building))).bind(namespace);
    tx.run(insert).await.map(drop)
}

pub(super) async fn set_stage(
    db: &Postgres,
    tx: &mut WriteTx,
    consumer: &Consumer,
    stage: Option<Stage>,
) -> Result<(), Error> {
    let sql = "UPDATE {schema}.quadrille_models SET stage = $5
        WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4";
    let set = of(db.sql(sql), consumer).bind(stage_name(stage));
    tx.run(set).await.map(drop)
}

/// Leaves nobody who could commit.
pub(super) async fn forget_consumer(
    db: &Postgres,
    tx: &mut WriteTx,
    consumer: &Consumer,
) -> Result<(), Error> {
    let sql = "DELETE FROM {schema}.quadrille_consumers
        WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4";
    tx.run(of(db.sql(sql), consumer)).await.map(drop)
}
