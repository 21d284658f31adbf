//! Which read models there are, and which of them queries see: rows of `state.db`.
//!
//! A row is there before its file is, and stays when the file is gone: a file without a row never
//! exists, and one whose row says that it is removed is only waiting to be deleted.

mod rows;

use super::{
    file::File,
    name,
    state::forget_status,
    writer::{Durability, WriteTx},
};
use quadrille_core::{
    StoreError,
    read_model::Stage,
    state::{Consumer, ConsumerKind},
};
pub(super) use rows::{Entry, entries, entry, live, live_of, revision};
use rows::{generations, insert, raise_revision, set_stage};

/// The consumer that builds this version, made if there is none.
pub(super) async fn open(
    state: &File,
    kind: ConsumerKind,
    name: &str,
    version: u32,
) -> Result<Consumer, StoreError> {
    name::check(name)?;
    let mut tx = state.begin(Durability::Full).await?;
    refuse_lookalike(&mut tx, name).await?;
    let known = generations(&mut tx, name, version).await.map_err(|error| tx.fail(error))?;
    let newest = |stage| known.iter().find(|entry| entry.stage == Some(stage));
    let known_best = [Stage::Live, Stage::Retired, Stage::Building].into_iter().find_map(newest);
    let consumer = match known_best {
        Some(entry) if entry.consumer.kind != kind => {
            let problem =
                format!("its tables were made for a {}; raise its version", kind_of(entry));
            return Err(StoreError::unusable(
                format!("{name} v{version} as a {}", kind.as_str()),
                problem,
            ));
        }
        Some(entry) => entry.consumer.clone(),
        None => {
            let generation = known.first().map_or(0, |newest| newest.consumer.generation + 1);
            let consumer = Consumer { kind, name: name.into(), version, generation };
            insert(&mut tx, &consumer).await.map_err(|error| tx.fail(error))?;
            consumer
        }
    };
    if live(&mut *tx, name).await.map_err(|error| tx.fail(error))?.is_none() {
        show(&mut tx, &consumer).await?;
    }
    tx.commit().await?;
    Ok(consumer)
}

fn kind_of(entry: &Entry) -> &'static str {
    entry.consumer.kind.as_str()
}

/// Names that differ only by case are one alias in SQL and on some systems one file.
async fn refuse_lookalike(tx: &mut WriteTx, name: &str) -> Result<(), StoreError> {
    let found = rows::lookalike(tx, name).await.map_err(|error| tx.fail(error))?;
    let Some(other) = found else { return Ok(()) };
    let problem = format!("there is {other:?} already, which differs only by case; rename one");
    Err(StoreError::unusable(format!("{name:?} as the name of a read model"), problem))
}

/// A new generation, to be built beside the live one.
pub(super) async fn rebuild(state: &File, consumer: &Consumer) -> Result<Consumer, StoreError> {
    let mut tx = state.begin(Durability::Full).await?;
    let known = generations(&mut tx, &consumer.name, consumer.version)
        .await
        .map_err(|error| tx.fail(error))?;
    let newest = known.first().ok_or_else(|| unknown(consumer))?;
    let generation = newest.consumer.generation + 1;
    let next = Consumer { generation, ..consumer.clone() };
    insert(&mut tx, &next).await.map_err(|error| tx.fail(error))?;
    tx.commit().await?;
    Ok(next)
}

/// Lets queries see this one.
pub(super) async fn go_live(state: &File, consumer: &Consumer) -> Result<(), StoreError> {
    let mut tx = state.begin(Durability::Full).await?;
    match stage(&mut tx, consumer).await? {
        Stage::Live => tx.rollback().await,
        Stage::Building | Stage::Retired => {
            show(&mut tx, consumer).await?;
            tx.commit().await
        }
    }
}

/// Puts this one in place of the one that queries see.
async fn show(tx: &mut WriteTx, consumer: &Consumer) -> Result<(), StoreError> {
    let seen = live(&mut **tx, &consumer.name).await.map_err(|error| tx.fail(error))?;
    if let Some(seen) = seen {
        set_stage(tx, &seen, Some(Stage::Retired)).await.map_err(|error| tx.fail(error))?;
    }
    set_stage(tx, consumer, Some(Stage::Live)).await.map_err(|error| tx.fail(error))?;
    raise_revision(tx).await.map_err(|error| tx.fail(error))
}

/// Writes down that a read model is to be deleted, which is done by the file's name afterwards,
/// now or when the directory is opened next.
pub(super) async fn remove(state: &File, consumer: &Consumer) -> Result<(), StoreError> {
    let mut tx = state.begin(Durability::Full).await?;
    let found = entry(&mut *tx, consumer).await.map_err(|error| tx.fail(error))?;
    let Some(found) = found else { return Err(unknown(consumer)) };
    if found.stage == Some(Stage::Live) {
        let problem = "queries see it; let another version go live first";
        return Err(StoreError::unusable(format!("{consumer} as one to remove"), problem));
    }
    set_stage(&mut tx, consumer, None).await.map_err(|error| tx.fail(error))?;
    forget_status(&mut tx, consumer).await?;
    tx.commit().await
}

/// Says that the tables of a live read model have changed.
pub(super) async fn tables_changed(state: &File) -> Result<(), StoreError> {
    let mut tx = state.begin(Durability::Lazy).await?;
    raise_revision(&mut tx).await.map_err(|error| tx.fail(error))?;
    tx.commit().await
}

async fn stage(tx: &mut WriteTx, consumer: &Consumer) -> Result<Stage, StoreError> {
    let found = entry(&mut **tx, consumer).await.map_err(|error| tx.fail(error))?;
    found.and_then(|entry| entry.stage).ok_or_else(|| unknown(consumer))
}

/// A read model that was never opened, or was removed.
pub(super) fn unknown(consumer: &Consumer) -> StoreError {
    let generation = consumer.generation;
    StoreError::unusable(
        format!("{consumer} (generation {generation})"),
        "there is no such read model here; open it first",
    )
}
