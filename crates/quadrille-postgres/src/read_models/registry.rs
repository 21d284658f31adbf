//! Which read models there are, and which of them queries see.

mod rows;

use super::{Postgres, name, writer::WriteTx};
use quadrille_core::{
    StoreError,
    read_model::Stage,
    state::{Consumer, ConsumerKind},
};
pub(super) use rows::Entry;
use sqlx::{AssertSqlSafe, query};

/// The consumer that builds this version, made if there is none.
pub(super) async fn open(
    db: &Postgres,
    kind: ConsumerKind,
    name: &str,
    version: u32,
) -> Result<Consumer, StoreError> {
    name::check(name)?;
    let mut tx = begin(db).await?;
    refuse_lookalike(db, &mut tx, name).await?;
    let known = rows::generations(db, &mut tx, name, version).await;
    let known = known.map_err(|error| tx.fail(error))?;
    let newest = |stage| known.iter().find(|entry| entry.stage == Some(stage));
    let known_best = [Stage::Live, Stage::Retired, Stage::Building].into_iter().find_map(newest);
    let consumer = match known_best {
        Some(entry) if entry.consumer.kind != kind => {
            let made_for = entry.consumer.kind.as_str();
            let problem = format!("its tables were made for a {made_for}; raise its version");
            return Err(StoreError::unusable(
                format!("{name} v{version} as a {}", kind.as_str()),
                problem,
            ));
        }
        Some(entry) => entry.consumer.clone(),
        None => {
            let generation = known.first().map_or(0, |newest| newest.consumer.generation + 1);
            let consumer = Consumer { kind, name: name.into(), version, generation };
            add(db, &mut tx, &consumer).await?;
            consumer
        }
    };
    let live = rows::live(db, &mut tx, name).await.map_err(|error| tx.fail(error))?;
    if live.is_none() {
        show(db, &mut tx, &consumer).await?;
    }
    tx.commit().await?;
    Ok(consumer)
}

/// A transaction that nobody else changes the registry beside.
pub(super) async fn begin(db: &Postgres) -> Result<WriteTx, StoreError> {
    let mut tx = db.begin_write().await?;
    lock(db, &mut tx).await?;
    Ok(tx)
}

pub(super) async fn lock(db: &Postgres, tx: &mut WriteTx) -> Result<(), StoreError> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('quadrille models ' || $1, 0))";
    let locked = tx.run(query(lock).bind(db.server().schema.to_string())).await;
    locked.map(drop).map_err(|error| tx.fail(error))
}

/// Names that differ only by case would have the same schema.
async fn refuse_lookalike(db: &Postgres, tx: &mut WriteTx, name: &str) -> Result<(), StoreError> {
    let found = rows::lookalike(db, tx, name).await.map_err(|error| tx.fail(error))?;
    let Some(other) = found else { return Ok(()) };
    let problem = format!("there is {other:?} already, which differs only by case; rename one");
    Err(StoreError::unusable(format!("{name:?} as the name of a read model"), problem))
}

async fn add(db: &Postgres, tx: &mut WriteTx, consumer: &Consumer) -> Result<(), StoreError> {
    let namespace = name::namespace(db.server(), consumer);
    rows::insert(db, tx, consumer, &namespace).await.map_err(|error| tx.fail(error))?;
    make_schema(tx, &namespace).await
}

/// Makes a schema, unless somebody with more rights has made it.
pub(super) async fn make_schema(tx: &mut WriteTx, schema: &str) -> Result<(), StoreError> {
    // Asked of the catalogue itself: what a session remembers of names may be old.
    let there = "SELECT FROM pg_namespace WHERE nspname = $1";
    let there = tx.run(query(there).bind(schema)).await.map_err(|error| tx.fail(error))?;
    if !there.is_empty() {
        return Ok(());
    }
    let create = format!("CREATE SCHEMA {}", name::quote(schema));
    let made = tx.run(query(AssertSqlSafe(create))).await;
    made.map(drop).map_err(|error| match &error {
        sqlx::Error::Database(refused) if refused.code().as_deref() == Some("42501") => {
            StoreError::unusable(
                format!("the schema {schema}"),
                format!(
                    "this user may not make it; grant CREATE on the database, or let its owner run CREATE SCHEMA {schema} AUTHORIZATION …"
                ),
            )
        }
        _ => tx.fail(error),
    })
}

/// A new generation, to be built beside the live one.
pub(super) async fn rebuild(db: &Postgres, consumer: &Consumer) -> Result<Consumer, StoreError> {
    let mut tx = begin(db).await?;
    let known = rows::generations(db, &mut tx, &consumer.name, consumer.version).await;
    let known = known.map_err(|error| tx.fail(error))?;
    let newest = known.first().ok_or_else(|| unknown(consumer))?;
    let generation = newest.consumer.generation + 1;
    let next = Consumer { generation, ..consumer.clone() };
    add(db, &mut tx, &next).await?;
    tx.commit().await?;
    Ok(next)
}

/// Lets queries see this one.
pub(super) async fn go_live(db: &Postgres, consumer: &Consumer) -> Result<(), StoreError> {
    let mut tx = begin(db).await?;
    let found = rows::entry(db, &mut tx, consumer).await.map_err(|error| tx.fail(error))?;
    match found.and_then(|entry| entry.stage).ok_or_else(|| unknown(consumer))? {
        Stage::Live => tx.rollback().await,
        Stage::Building | Stage::Retired => {
            show(db, &mut tx, consumer).await?;
            tx.commit().await
        }
    }
}

/// Puts this one in place of the one that queries see.
async fn show(db: &Postgres, tx: &mut WriteTx, consumer: &Consumer) -> Result<(), StoreError> {
    let seen = rows::live(db, tx, &consumer.name).await.map_err(|error| tx.fail(error))?;
    if let Some(seen) = seen {
        let retired = rows::set_stage(db, tx, &seen, Some(Stage::Retired)).await;
        retired.map_err(|error| tx.fail(error))?;
    }
    let live = rows::set_stage(db, tx, consumer, Some(Stage::Live)).await;
    live.map_err(|error| tx.fail(error))?;
    db.refresh_views(tx, &consumer.name).await
}

/// Deletes a read model with its schema, so that whoever still builds it can no longer commit.
pub(super) async fn remove(db: &Postgres, consumer: &Consumer) -> Result<(), StoreError> {
    let mut tx = begin(db).await?;
    let found = rows::entry(db, &mut tx, consumer).await.map_err(|error| tx.fail(error))?;
    let found = found.filter(|entry| entry.stage.is_some()).ok_or_else(|| unknown(consumer))?;
    if found.stage == Some(Stage::Live) {
        let problem = "queries see it; let another version go live first";
        return Err(StoreError::unusable(format!("{consumer} as one to remove"), problem));
    }
    let removed = async {
        rows::set_stage(db, &mut tx, consumer, None).await?;
        rows::forget_consumer(db, &mut tx, consumer).await?;
        db.forget_status(&mut tx, consumer).await?;
        let drop_schema = format!("DROP SCHEMA {} CASCADE", name::quote(&found.namespace));
        tx.run(query(AssertSqlSafe(drop_schema))).await.map(drop)
    };
    let removed = removed.await;
    removed.map_err(|error| tx.fail(error))?;
    tx.commit().await
}

/// Whether queries see it, as it is within a transaction.
pub(super) async fn stage(
    db: &Postgres,
    tx: &mut WriteTx,
    consumer: &Consumer,
) -> Result<Option<Stage>, StoreError> {
    let found = rows::entry(db, tx, consumer).await.map_err(|error| tx.fail(error))?;
    Ok(found.and_then(|entry| entry.stage))
}

/// All read models, by name, version and generation.
pub(super) async fn entries(db: &Postgres) -> Result<Vec<Entry>, StoreError> {
    rows::entries(db).await
}

/// The row of one read model.
pub(super) async fn entry(db: &Postgres, consumer: &Consumer) -> Result<Option<Entry>, StoreError> {
    rows::find(db, consumer).await
}

/// A read model that was never opened, or was removed.
pub(super) fn unknown(consumer: &Consumer) -> StoreError {
    let generation = consumer.generation;
    StoreError::unusable(
        format!("{consumer} (generation {generation})"),
        "there is no such read model here; open it first",
    )
}
