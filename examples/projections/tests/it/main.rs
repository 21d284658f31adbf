//! The tour on a small log, against what was worked out by hand.

mod log;

use log::{facts, small_log};
use quadrille::{
    journal::{Fact, ManifestRecorded, Parked, ParkedResolved},
    sqlite::{Sqlite, query_as},
};

#[tokio::test]
async fn the_tour_recovers_everything_and_leaves_the_shops_events_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = small_log(folder.path()).await;
    let before = facts(&path).await;

    projections::tour(&path).await.expect("every claim of the tour holds");

    let after = facts(&path).await;
    let added = &after[before.len()..];
    assert_eq!(before, after[..before.len()]);
    let of = |fact: &str| added.iter().filter(|kind| *kind == fact).count();
    // Two samovars could not be handled; the delivery of one waited, and followed.
    assert_eq!((of(Parked::TYPE), of(ParkedResolved::TYPE)), (3, 3));
    assert_eq!(of(ManifestRecorded::TYPE) + 6, added.len(), "{added:?}");
}

#[tokio::test]
async fn the_read_models_that_are_left_are_right() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = small_log(folder.path()).await;
    projections::tour(&path).await.expect("every claim of the tour holds");

    let models = Sqlite::open(folder.path().join(projections::READ_MODELS)).await;
    let pool = models.expect("the read models").reader().await.expect("a connection");
    let items: Vec<(String, i64, i64, i64)> =
        query_as("SELECT * FROM sales_by_item ORDER BY item").fetch_all(&pool).await.expect("rows");
    let expected = [("samovar", 2, 5, 94_500), ("teapot", 2, 3, 7_470)];
    assert_eq!(items, expected.map(|(item, n, pieces, cents)| (item.into(), n, pieces, cents)));

    let days: Vec<(String, i64, i64, i64)> =
        query_as("SELECT * FROM takings ORDER BY day").fetch_all(&pool).await.expect("rows");
    let expected =
        [("2026-03-02", 1, 2_490, 0), ("2026-03-03", 3, 99_480, 0), ("2026-03-04", 0, 0, 1)];
    assert_eq!(days, expected.map(|(day, n, cents, c)| (day.into(), n, cents, c)));

    let points: Vec<(String, i64, bool)> =
        query_as("SELECT \"order\", points, confirmed FROM points ORDER BY 1")
            .fetch_all(&pool)
            .await
            .expect("rows");
    let expected = [("1", 24, true), ("2", 567, true), ("3", 378, false), ("4", 49, true)];
    assert_eq!(points, expected.map(|(order, points, sure)| (order.into(), points, sure)));

    let deliveries: Vec<(String, i64)> =
        query_as("SELECT * FROM deliveries ORDER BY day").fetch_all(&pool).await.expect("rows");
    assert_eq!(deliveries, [("Mon".into(), 1), ("Sun".into(), 1), ("Thu".into(), 1)]);
}

#[tokio::test]
async fn a_second_tour_begins_anew() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = small_log(folder.path()).await;
    projections::tour(&path).await.expect("every claim of the tour holds");
    let first = facts(&path).await;

    projections::tour(&path).await.expect("every claim of the tour holds again");

    let parked = |facts: &[String]| facts.iter().filter(|kind| *kind == Parked::TYPE).count();
    assert_eq!(parked(&facts(&path).await), parked(&first), "an event is recorded as parked once");
}

#[tokio::test]
async fn without_a_log_it_says_how_to_make_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = projections::tour(&folder.path().join("orders.db")).await;
    let message = refused.expect_err("there is no log").to_string();
    assert!(message.ends_with("make one with `cargo run -p order-fulfilment`"), "{message}");
    assert!(!folder.path().join("orders.db").exists());
}
