use crate::read_models::{decode::Decode, writer::WriteTx};
use quadrille_core::{
    read_model::Stage,
    state::{Consumer, ConsumerKind},
};
use sqlx::{Row, SqliteConnection, SqliteExecutor, query, sqlite::SqliteRow};

/// A row of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read_models) struct Entry {
    pub consumer: Consumer,
    /// `None` for one that was removed.
    pub stage: Option<Stage>,
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

fn read(row: &SqliteRow) -> Result<Entry, sqlx::Error> {
    Ok(Entry {
        consumer: Consumer {
            kind: row.named("kind", ConsumerKind::from_name)?,
            name: row.text("name")?,
            version: row.small("version")?,
            generation: row.small("generation")?,
        },
        stage: row.named("stage", stage_from_name)?,
    })
}

/// All rows, by name, version and generation.
pub(in crate::read_models) async fn entries(
    executor: impl SqliteExecutor<'_>,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = query(
        "SELECT name, version, generation, kind, stage FROM quadrille_models
         ORDER BY name, version, generation",
    )
    .fetch_all(executor)
    .await?;
    rows.iter().map(read).collect()
}

/// The row of one read model.
pub(in crate::read_models) async fn entry(
    executor: impl SqliteExecutor<'_>,
    consumer: &Consumer,
) -> Result<Option<Entry>, sqlx::Error> {
    let row = query(
        "SELECT name, version, generation, kind, stage FROM quadrille_models
         WHERE name = ? AND version = ? AND generation = ?",
    )
    .bind(&consumer.name)
    .bind(consumer.version)
    .bind(consumer.generation)
    .fetch_optional(executor)
    .await?;
    row.map(|row| read(&row)).transpose()
}

/// The read model that queries see under a name.
pub(in crate::read_models) async fn live(
    executor: impl SqliteExecutor<'_>,
    name: &str,
) -> Result<Option<Consumer>, sqlx::Error> {
    let row = query(
        "SELECT name, version, generation, kind, stage FROM quadrille_models
         WHERE stage = 'live' AND name = ?",
    )
    .bind(name)
    .fetch_optional(executor)
    .await?;
    row.map(|row| read(&row).map(|entry| entry.consumer)).transpose()
}

/// All read models that queries see.
pub(in crate::read_models) async fn live_of(
    executor: impl SqliteExecutor<'_>,
) -> Result<Vec<Consumer>, sqlx::Error> {
    let live = |entry: Entry| (entry.stage == Some(Stage::Live)).then_some(entry.consumer);
    Ok(entries(executor).await?.into_iter().filter_map(live).collect())
}

/// All generations of a version, removed ones too, the newest first.
pub(super) async fn generations(
    connection: &mut SqliteConnection,
    name: &str,
    version: u32,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = query(
        "SELECT name, version, generation, kind, stage FROM quadrille_models
         WHERE name = ? AND version = ? ORDER BY generation DESC",
    )
    .bind(name)
    .bind(version)
    .fetch_all(connection)
    .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn lookalike(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<String>, sqlx::Error> {
    let row = query(
        "SELECT name FROM quadrille_models
         WHERE name = ?1 COLLATE NOCASE AND name <> ?1 AND stage <> 'removed' LIMIT 1",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.text("name")).transpose()
}

pub(super) async fn insert(tx: &mut WriteTx, consumer: &Consumer) -> Result<(), sqlx::Error> {
    query(
        "INSERT INTO quadrille_models (name, version, generation, kind, stage)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(&consumer.name)
    .bind(consumer.version)
    .bind(consumer.generation)
    .bind(consumer.kind.as_str())
    .bind(stage_name(Some(Stage::Building)))
    .execute(&mut **tx)
    .await
    .map(drop)
}

pub(super) async fn set_stage(
    tx: &mut WriteTx,
    consumer: &Consumer,
    stage: Option<Stage>,
) -> Result<(), sqlx::Error> {
    query("UPDATE quadrille_models SET stage = ? WHERE name = ? AND version = ? AND generation = ?")
        .bind(stage_name(stage))
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Rises with every change of what queries see.
pub(in crate::read_models) async fn revision(
    executor: impl SqliteExecutor<'_>,
) -> Result<i64, sqlx::Error> {
    query("SELECT revision FROM quadrille_revision").fetch_one(executor).await?.try_get(0)
}

pub(super) async fn raise_revision(tx: &mut WriteTx) -> Result<(), sqlx::Error> {
    query("UPDATE quadrille_revision SET revision = revision + 1")
        .execute(&mut **tx)
        .await
        .map(drop)
}
