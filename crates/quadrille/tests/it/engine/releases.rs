//! Processes of several releases, and rebuilds whose process ended.

use super::{domain::bank::*, support::*};
use quadrille::{
    app::QueryError,
    prelude::*,
    read_model::{ReadModels, Stage},
    state::{Consumer, ConsumerKind, Consumers, Lease},
};
use std::time::Duration;

fn app(home: &Home) -> Quadrille {
    home.app().aggregate::<Account>().settings(|settings| {
        settings.poll_interval = Duration::from_millis(5);
        settings.lease = Duration::from_millis(100);
    })
}

async fn first_release(home: &Home) -> App {
    app(home).fold(balance).start().await.unwrap()
}

async fn second_release(home: &Home) -> App {
    app(home).fold(doubled).start().await.unwrap()
}

/// The first release, which has seen one cent.
async fn with_a_cent(home: &Home) -> App {
    let app = first_release(home).await;
    app.execute::<Account>("a", deposit(1)).await.unwrap();
    app.settle().await.unwrap();
    app
}

async fn until(home: &Home, expected: &[(u32, u32, Stage)]) {
    let mut found = stages(home).await;
    while found != expected {
        tokio::time::sleep(Duration::from_millis(1)).await;
        found = stages(home).await;
    }
}

async fn cents(app: &App) -> Option<i64> {
    app.row::<Balance>("a").await.unwrap().map(|row| row.cents)
}

async fn twice(app: &App) -> Option<i64> {
    app.row::<Doubled>("a").await.unwrap().map(|row| row.cents)
}

fn generation(generation: u32) -> Consumer {
    let (kind, name) = (ConsumerKind::RowProjector, "balance".into());
    Consumer { kind, name, version: 1, generation }
}

fn by_another() -> Lease {
    Lease { holder: "another".into(), time_to_live: Duration::from_secs(3600) }
}

#[test]
fn queries_see_the_highest_version_that_somebody_works() {
    on_both(|store| async move {
        let home = Home::new(store);
        let old = first_release(&home).await;
        old.execute::<Account>("a", deposit(1)).await.unwrap();
        let new = second_release(&home).await;
        assert_eq!(twice(&new).await, Some(2));
        let new_is_seen = [(1, 0, Stage::Retired), (2, 0, Stage::Live)];
        until(&home, &new_is_seen).await;
        // The old release goes on, also when it is started again, and takes nobody's place.
        old.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(cents(&old).await, Some(2));
        old.shutdown().await;
        let old = first_release(&home).await;
        old.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(cents(&old).await, Some(3));
        assert_eq!(stages(&home).await, new_is_seen);
        // The new release is taken back, and comes again.
        new.shutdown().await;
        until(&home, &[(1, 0, Stage::Live), (2, 0, Stage::Retired)]).await;
        old.execute::<Account>("a", deposit(1)).await.unwrap();
        let new = second_release(&home).await;
        until(&home, &new_is_seen).await;
        new.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(twice(&new).await, Some(10));
        old.settle().await.unwrap();
        assert_eq!(cents(&old).await, Some(5));
    });
}

#[test]
fn a_rebuild_whose_process_died_is_finished_by_the_next() {
    on_both(|store| async move {
        let home = Home::new(store);
        with_a_cent(&home).await.shutdown().await;
        home.state.rebuild(&generation(0)).await.unwrap();
        let app = first_release(&home).await;
        assert_eq!(cents(&app).await, Some(1));
        until(&home, &[(1, 0, Stage::Retired), (1, 1, Stage::Live)]).await;
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(cents(&app).await, Some(2));
    });
}

#[test]
fn whoever_starts_during_a_rebuild_works_what_queries_see() {
    on_both(|store| async move {
        let home = Home::new(store);
        with_a_cent(&home).await.shutdown().await;
        // Another process builds, slowly.
        let next = home.state.rebuild(&generation(0)).await.unwrap();
        let other = home.state.lease(&next, &by_another()).await.unwrap().unwrap();
        let app = first_release(&home).await;
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(cents(&app).await, Some(2));
        assert_eq!(stages(&home).await, [(1, 0, Stage::Live), (1, 1, Stage::Building)]);
        // It ends before it is done.
        home.state.release(&next, other.epoch).await.unwrap();
        until(&home, &[(1, 0, Stage::Retired), (1, 1, Stage::Live)]).await;
        app.settle().await.unwrap();
        assert_eq!(cents(&app).await, Some(2));
    });
}

#[test]
fn a_rebuild_that_another_process_finishes_takes_the_place_of_what_was_seen() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = with_a_cent(&home).await;
        let next = home.state.rebuild(&generation(0)).await.unwrap();
        let other = home.state.lease(&next, &by_another()).await.unwrap().unwrap();
        // Long enough that this process stands by for it, and then that it has looked.
        tokio::time::sleep(Duration::from_millis(200)).await;
        home.state.go_live(&next).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        home.state.release(&next, other.epoch).await.unwrap();
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(cents(&app).await, Some(2));
        let progress = home.state.progress(&next).await.unwrap().unwrap();
        assert!(progress.checkpoint.is_some(), "{progress:?}");
    });
}

#[test]
fn who_stands_by_for_what_is_being_built_does_not_answer_from_a_part() {
    on_both(|store| async move {
        let home = Home::new(store);
        let _old = with_a_cent(&home).await;
        let building = home.state.open(ConsumerKind::RowProjector, "balance", 2).await.unwrap();
        home.state.lease(&building, &by_another()).await.unwrap().unwrap();
        let new = app(&home).fold(doubled).settings(|settings| {
            settings.catch_up_timeout = Duration::from_millis(50);
        });
        let new = new.start().await.unwrap();
        let early = new.row::<Doubled>("a").await;
        assert!(matches!(early, Err(QueryError::NotCaughtUp { .. })));
    });
}

#[test]
fn a_generation_that_another_process_built_is_followed() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = with_a_cent(&home).await;
        let next = home.state.rebuild(&generation(0)).await.unwrap();
        home.state.go_live(&next).await.unwrap();
        while cents(&app).await != Some(1) || app.state().progress(&next).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        assert_eq!(cents(&app).await, Some(2));
    });
}

#[test]
fn old_generations_are_deleted_and_the_previous_one_is_kept() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = with_a_cent(&home).await;
        for _ in 0..3 {
            app.rebuild("balance").await.unwrap();
            app.settle().await.unwrap();
        }
        until(&home, &[(1, 2, Stage::Retired), (1, 3, Stage::Live)]).await;
        assert_eq!(cents(&app).await, Some(1));
    });
}

#[test]
fn a_start_that_fails_gives_back_what_it_had_taken_over() {
    on_both(|store| async move {
        let home = Home::new(store);
        let react = |_: &Recorded<AccountEvent>| ();
        let start = || app(&home).fold(balance).on("nothing", react).start();
        let first = start().await.unwrap();
        first.execute::<Account>("a", deposit(1)).await.unwrap();
        first.settle().await.unwrap();
        first.shutdown().await;
        // The reaction's checkpoint belongs to another store.
        let nothing = Consumer::handler(ConsumerKind::Reaction, "nothing");
        let claim = home.state.claim(&nothing).await.unwrap();
        let mut checkpoint = claim.checkpoint.unwrap();
        checkpoint.store = quadrille::StoreId::new();
        let checkpoint = Some(checkpoint);
        let change = quadrille::state::Change { checkpoint, ..Default::default() };
        home.state.commit(&nothing, claim.epoch, change).await.unwrap();
        assert!(start().await.is_err());
        for consumer in [generation(0), nothing] {
            let lease = home.state.lease(&consumer, &by_another()).await.unwrap();
            assert!(lease.is_ok(), "{consumer}: {lease:?}");
        }
    });
}
