//! Versions and generations: which are there, and which one queries see.

use super::{
    super::state::{checkpoint, checkpoint_change},
    BALANCES, all, balance, open, upsert, writable,
};
use quadrille_core::{
    StoreError,
    read_model::{ReadModels, Stage},
    state::{Change, Consumer, ConsumerKind},
};

async fn check_models(models: &dyn ReadModels, expected: &[(&Consumer, Stage)]) {
    let found = models.models().await.unwrap();
    let found: Vec<_> = found.iter().map(|model| (&model.consumer, model.stage)).collect();
    assert_eq!(found, expected);
    for name in ["balance", "revenue"] {
        let is_live = |(consumer, stage): &&(&Consumer, Stage)| {
            *stage == Stage::Live && consumer.name == name
        };
        let live = expected.iter().find(is_live).map(|(consumer, _)| (*consumer).clone());
        assert_eq!(models.live(name).await.unwrap(), live);
    }
}

/// There is nothing else that queries could see.
pub async fn the_first_version_of_a_name_goes_live_at_once(models: &dyn ReadModels) {
    check_models(models, &[]).await;
    let balance = open(models, 3).await;
    let kind = ConsumerKind::RowProjector;
    assert_eq!(balance, Consumer { kind, name: "balance".into(), version: 3, generation: 0 });
    let revenue = models.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    check_models(models, &[(&balance, Stage::Live), (&revenue, Stage::Live)]).await;
    assert_eq!(open(models, 3).await, balance);
    check_models(models, &[(&balance, Stage::Live), (&revenue, Stage::Live)]).await;
}

/// Whether it is newer or older.
pub async fn another_version_is_built_beside_the_live_one(models: &dyn ReadModels) {
    let live = open(models, 2).await;
    let (newer, older) = (open(models, 3).await, open(models, 1).await);
    let expected = [(&older, Stage::Building), (&live, Stage::Live), (&newer, Stage::Building)];
    check_models(models, &expected).await;
    assert_eq!(open(models, 3).await, newer);
    check_models(models, &expected).await;
}

/// And the other is retired; said twice, nothing changes.
pub async fn a_version_goes_live_in_place_of_another(models: &dyn ReadModels) {
    let old = open(models, 1).await;
    let new = open(models, 2).await;
    for _ in 0..2 {
        models.go_live(&new).await.unwrap();
        check_models(models, &[(&old, Stage::Retired), (&new, Stage::Live)]).await;
    }
    models.go_live(&old).await.unwrap();
    check_models(models, &[(&old, Stage::Live), (&new, Stage::Retired)]).await;
}

/// Queries see the old rows until the new generation goes live.
pub async fn a_rebuilt_version_starts_empty_beside_the_live_one(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    upsert(models, &worker, &BALANCES, vec![balance("alice", 1)]).await;
    let (old, _) = worker;
    let new = models.rebuild(&old).await.unwrap();
    assert_eq!(new, Consumer { generation: new.generation, ..old.clone() });
    assert!(new.generation > old.generation, "{new:?} after {old:?}");
    check_models(models, &[(&old, Stage::Live), (&new, Stage::Building)]).await;
    assert_eq!(models.claim(&new).await.unwrap().checkpoint, None);
    models.create_table(&new, &BALANCES).await.unwrap();
    assert_eq!(all(models, &new, &BALANCES).await, [[]; 0]);
    assert_eq!(all(models, &old, &BALANCES).await, [balance("alice", 1)]);
    models.go_live(&new).await.unwrap();
    check_models(models, &[(&old, Stage::Retired), (&new, Stage::Live)]).await;
}

/// Opening takes the generation that queries see; whoever works that one finishes the other.
pub async fn a_rebuild_is_not_opened_before_it_is_live(models: &dyn ReadModels) {
    let old = open(models, 1).await;
    let new = models.rebuild(&old).await.unwrap();
    assert_eq!(open(models, 1).await, old);
    check_models(models, &[(&old, Stage::Live), (&new, Stage::Building)]).await;
    models.go_live(&new).await.unwrap();
    assert_eq!(open(models, 1).await, new);
}

/// As an older release's does that is started again: it catches up from where it stood.
pub async fn a_retired_version_goes_on(models: &dyn ReadModels) {
    let (old, epoch) = writable(models, &BALANCES).await;
    let change = checkpoint_change(checkpoint(3));
    models.commit(&old, epoch, change.clone()).await.unwrap();
    let unfinished = models.rebuild(&old).await.unwrap();
    let new = open(models, old.version + 1).await;
    models.go_live(&new).await.unwrap();
    assert_eq!(open(models, old.version).await, old);
    let expected = [(&old, Stage::Retired), (&unfinished, Stage::Building), (&new, Stage::Live)];
    check_models(models, &expected).await;
    assert_eq!(models.claim(&old).await.unwrap().checkpoint, change.checkpoint);
}

/// It would leave queries without an answer.
pub async fn a_live_read_model_is_not_removed(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    upsert(models, &worker, &BALANCES, vec![balance("alice", 1)]).await;
    let refused = models.remove(&worker.0).await;
    assert!(matches!(refused, Err(StoreError::Unusable { .. })), "{refused:?}");
    check_models(models, &[(&worker.0, Stage::Live)]).await;
    assert_eq!(all(models, &worker.0, &BALANCES).await, [balance("alice", 1)]);
}

/// With its rows and its progress, and nobody can write to it any more.
pub async fn a_removed_read_model_is_gone(models: &dyn ReadModels) {
    let (old, epoch) = writable(models, &BALANCES).await;
    let change = checkpoint_change(checkpoint(3));
    models.commit(&old, epoch, change).await.unwrap();
    let new = open(models, 2).await;
    models.go_live(&new).await.unwrap();
    models.remove(&old).await.unwrap();
    check_models(models, &[(&new, Stage::Live)]).await;
    assert_eq!(models.progress(&old).await.unwrap(), None);
    assert!(models.commit(&old, epoch, Change::default()).await.is_err());
    let again = open(models, 1).await;
    assert_eq!(models.claim(&again).await.unwrap().checkpoint, None);
    models.create_table(&again, &BALANCES).await.unwrap();
    assert_eq!(all(models, &again, &BALANCES).await, [[]; 0]);
}

/// Only what was opened has a place.
pub async fn a_read_model_that_was_never_opened_is_refused(models: &dyn ReadModels) {
    let kind = ConsumerKind::RowProjector;
    let unknown = Consumer { kind, name: "balance".into(), version: 1, generation: 0 };
    assert!(models.go_live(&unknown).await.is_err());
    assert!(models.remove(&unknown).await.is_err());
    assert!(models.create_table(&unknown, &BALANCES).await.is_err());
    assert_eq!(models.progress(&unknown).await.unwrap(), None);
    check_models(models, &[]).await;
}

/// Each has a namespace of its own.
pub async fn generations_do_not_share_rows_or_progress(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    let next = models.rebuild(&worker.0).await.unwrap();
    let other = (next.clone(), models.claim(&next).await.unwrap().epoch);
    models.create_table(&next, &BALANCES).await.unwrap();
    upsert(models, &worker, &BALANCES, vec![balance("alice", 1)]).await;
    upsert(models, &other, &BALANCES, vec![balance("bob", 2)]).await;
    let reached = checkpoint(9);
    models.commit(&worker.0, worker.1, checkpoint_change(reached)).await.unwrap();
    assert_eq!(all(models, &worker.0, &BALANCES).await, [balance("alice", 1)]);
    assert_eq!(all(models, &next, &BALANCES).await, [balance("bob", 2)]);
    assert_eq!(models.progress(&next).await.unwrap().unwrap().checkpoint, None);
    let progress = models.progress(&worker.0).await.unwrap().unwrap();
    assert_eq!(progress.checkpoint, Some(reached));
}
