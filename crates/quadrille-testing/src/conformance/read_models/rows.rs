//! Rows of row projectors.

use super::{
    super::state::{checkpoint, moment, parked_event},
    BALANCES, all, balance, column, text, upsert, writable,
};
use quadrille_core::{
    StoreError,
    read_model::{ReadModels, Rows, Table},
    row::{Column, ColumnType, Kind, Value},
    state::Change,
};
use std::collections::HashSet;

/// And again it is left as it is.
pub async fn a_table_is_made_once(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    upsert(models, &worker, &BALANCES, vec![balance("alice", 1)]).await;
    models.create_table(&worker.0, &BALANCES).await.unwrap();
    assert_eq!(all(models, &worker.0, &BALANCES).await, [balance("alice", 1)]);
}

/// Two rows without a key could not be told apart.
pub async fn a_key_that_may_be_empty_is_refused(models: &dyn ReadModels) {
    const TABLE: Table = Table {
        name: "balance",
        columns: &[Column { name: "account", kind: Kind::Text, key: true, nullable: true }],
    };
    let consumer = super::open(models, 1).await;
    let refused = models.create_table(&consumer, &TABLE).await;
    assert!(matches!(refused, Err(StoreError::Unusable { .. })), "{refused:?}");
}

/// Of every type that a column may have, its extremes and nothing at all.
pub async fn every_kind_of_value_comes_back(models: &dyn ReadModels) {
    const fn nullable(name: &'static str, kind: Kind) -> Column {
        Column { name, kind, key: false, nullable: true }
    }
    const TABLE: Table = Table {
        name: "everything",
        columns: &[
            column("key", Kind::Integer, true),
            nullable("integer", Kind::Integer),
            nullable("real", Kind::Real),
            nullable("text", Kind::Text),
            nullable("blob", Kind::Blob),
            nullable("bool", Kind::Bool),
            nullable("time", Kind::Time),
        ],
    };
    let times = [-62_135_596_800_000_000, -1, 0, 1_700_000_000_123_456, 253_402_300_799_999_999];
    let columns: [Vec<Value>; 6] = [
        [u64::MAX.to_value(), 0_u64.to_value(), i64::MIN.to_value(), i64::MAX.to_value()].into(),
        [0.0, -1.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY].map(Value::Real).into(),
        ["", "ø\u{1F600}'\"\n", "2024-01-01T00:00:00Z", "12"].map(text).into(),
        [&b""[..], &[0, 255, 10], b"text"].map(|bytes| Value::Blob(bytes.to_vec())).into(),
        [true, false].map(Value::Bool).into(),
        times.map(|micros| Value::Time(moment(micros))).into(),
    ];
    let mut rows = Vec::new();
    for (place, values) in columns.into_iter().enumerate() {
        for value in values {
            let mut row = vec![Value::Null; TABLE.columns.len()];
            row[0] = Value::Integer(rows.len() as i64);
            row[place + 1] = value;
            rows.push(row);
        }
    }
    rows.push([vec![Value::Integer(rows.len() as i64)], vec![Value::Null; 6]].concat());
    let worker = writable(models, &TABLE).await;
    upsert(models, &worker, &TABLE, rows.clone()).await;
    assert_eq!(all(models, &worker.0, &TABLE).await, rows);
    assert_eq!(Option::<u64>::from_value(rows[0][1].clone()), Some(Some(u64::MAX)));
}

/// Found, replaced and deleted by it, and sorted by it.
pub async fn every_kind_of_key_finds_its_row(models: &dyn ReadModels) {
    const TABLES: [Table; 6] = [
        Table { name: "by_integer", columns: &[column("k", Kind::Integer, true), NOTE] },
        Table { name: "by_real", columns: &[column("k", Kind::Real, true), NOTE] },
        Table { name: "by_text", columns: &[column("k", Kind::Text, true), NOTE] },
        Table { name: "by_blob", columns: &[column("k", Kind::Blob, true), NOTE] },
        Table { name: "by_bool", columns: &[column("k", Kind::Bool, true), NOTE] },
        Table { name: "by_time", columns: &[column("k", Kind::Time, true), NOTE] },
    ];
    const NOTE: Column = column("note", Kind::Text, false);
    let keys: [[Value; 2]; 6] = [
        [i64::MIN, i64::MAX].map(Value::Integer),
        [-0.5, 0.25].map(Value::Real),
        ["a", "ä"].map(text),
        [&[0][..], &[0, 1]].map(|bytes| Value::Blob(bytes.to_vec())),
        [false, true].map(Value::Bool),
        [-1, 1].map(|micros| Value::Time(moment(micros))),
    ];
    let (consumer, epoch) = writable(models, &BALANCES).await;
    for (table, [low, high]) in TABLES.iter().zip(keys) {
        let row = |key: &Value, note| vec![key.clone(), text(note)];
        models.create_table(&consumer, table).await.unwrap();
        let worker = (consumer.clone(), epoch);
        upsert(models, &worker, table, vec![row(&high, "first"), row(&low, "first")]).await;
        upsert(models, &worker, table, vec![row(&high, "second")]).await;
        let expected = [row(&low, "first"), row(&high, "second")];
        assert_eq!(all(models, &consumer, table).await, expected, "{}", table.name);
        let found = models.rows(&consumer, table, &[vec![high.clone()]]).await.unwrap();
        assert_eq!(found, expected[1..], "{}", table.name);
        let rows = Rows { upsert: vec![], delete: vec![vec![low]] };
        models.commit_rows(&consumer, epoch, table, rows, Change::default()).await.unwrap();
        assert_eq!(all(models, &consumer, table).await, expected[1..], "{}", table.name);
    }
}

/// The key's columns may stand anywhere in the row.
pub async fn keys_of_several_columns_find_their_rows(models: &dyn ReadModels) {
    const TABLE: Table = Table {
        name: "stock",
        columns: &[
            column("count", Kind::Integer, false),
            column("item", Kind::Text, true),
            column("note", Kind::Text, false),
            column("shelf", Kind::Integer, true),
        ],
    };
    let row = |item, shelf, count| {
        vec![Value::Integer(count), text(item), text("-"), Value::Integer(shelf)]
    };
    let key = |item, shelf| vec![text(item), Value::Integer(shelf)];
    let worker = writable(models, &TABLE).await;
    let (consumer, epoch) = &worker;
    upsert(models, &worker, &TABLE, vec![row("b", 1, 1), row("a", 2, 2), row("a", 1, 3)]).await;
    upsert(models, &worker, &TABLE, vec![row("a", 2, 4)]).await;
    let sorted = [row("a", 1, 3), row("a", 2, 4), row("b", 1, 1)];
    assert_eq!(all(models, consumer, &TABLE).await, sorted);
    let keys = [key("b", 1), key("a", 1), key("b", 2), key("c", 1)];
    let mut found = models.rows(consumer, &TABLE, &keys).await.unwrap();
    found.sort_by_key(|row| format!("{:?}", row[1]));
    assert_eq!(found, [row("a", 1, 3), row("b", 1, 1)]);
    let behind = models.all_rows(consumer, &TABLE, Some(&key("a", 1)), 1).await.unwrap();
    assert_eq!(behind, sorted[1..2]);
    let rows = Rows { upsert: vec![], delete: vec![key("a", 1), key("b", 2)] };
    models.commit_rows(consumer, *epoch, &TABLE, rows, Change::default()).await.unwrap();
    assert_eq!(all(models, consumer, &TABLE).await, sorted[1..]);
}

/// Keys without a row are left out and may be deleted.
pub async fn rows_are_replaced_and_deleted(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    let (consumer, epoch) = &worker;
    let noted = vec![text("alice"), Value::Integer(2), text("it's")];
    upsert(models, &worker, &BALANCES, vec![balance("alice", 1), balance("bob", 5)]).await;
    upsert(models, &worker, &BALANCES, vec![noted.clone(), balance("carol", 3)]).await;
    let expected = [noted.clone(), balance("bob", 5), balance("carol", 3)];
    assert_eq!(all(models, consumer, &BALANCES).await, expected);
    let delete = ["bob", "dave"].map(|name| vec![text(name)]).into();
    let rows = Rows { upsert: vec![balance("carol", 4)], delete };
    models.commit_rows(consumer, *epoch, &BALANCES, rows, Change::default()).await.unwrap();
    assert_eq!(all(models, consumer, &BALANCES).await, [noted, balance("carol", 4)]);
    let keys = ["bob", "eve"].map(|name| vec![text(name)]);
    assert_eq!(models.rows(consumer, &BALANCES, &keys).await.unwrap(), [[]; 0]);
    assert_eq!(models.rows(consumer, &BALANCES, &[]).await.unwrap(), [[]; 0]);
}

/// There is nothing to replace in it.
pub async fn a_row_of_keys_alone_is_kept(models: &dyn ReadModels) {
    const TABLE: Table = Table { name: "seen", columns: &[column("id", Kind::Text, true)] };
    let worker = writable(models, &TABLE).await;
    for _ in 0..2 {
        upsert(models, &worker, &TABLE, vec![vec![text("a")], vec![text("b")]]).await;
    }
    assert_eq!(all(models, &worker.0, &TABLE).await, [[text("a")], [text("b")]]);
}

/// However a database splits them over statements.
pub async fn thousands_of_rows_are_written_and_found(models: &dyn ReadModels) {
    let account = |number: usize| format!("account {number:05}");
    let worker = writable(models, &BALANCES).await;
    let (consumer, epoch) = &worker;
    for round in 0..2 {
        let row = |number| balance(&account(number), round + number as i64);
        upsert(models, &worker, &BALANCES, (0..5_001).map(row).collect()).await;
    }
    let keys: Vec<_> = (0..7_003).rev().map(|number| vec![text(&account(number))]).collect();
    let found = models.rows(consumer, &BALANCES, &keys).await.unwrap();
    let different: HashSet<_> = found.iter().map(|row| format!("{row:?}")).collect();
    assert_eq!((found.len(), different.len()), (5_001, 5_001));
    assert!(found.contains(&balance(&account(4_711), 4_712)));
    let rows = Rows { upsert: vec![], delete: keys[2_003..].to_vec() };
    models.commit_rows(consumer, *epoch, &BALANCES, rows, Change::default()).await.unwrap();
    assert_eq!(all(models, consumer, &BALANCES).await, [balance(&account(5_000), 5_001)]);
}

/// Text sorts by its bytes.
pub async fn rows_come_page_by_page_in_the_order_of_their_keys(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    let names = ["B", "Z", "a", "b", "ä"];
    let rows = [3, 0, 4, 2, 1].map(|at: usize| balance(names[at], at as i64));
    upsert(models, &worker, &BALANCES, rows.into()).await;
    let page = async |after: Option<&str>, limit| {
        let after = after.map(|name| vec![text(name)]);
        let page = models.all_rows(&worker.0, &BALANCES, after.as_deref(), limit).await.unwrap();
        page.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 10).await, names.map(text));
    assert_eq!(page(None, 2).await, names[..2].iter().map(|name| text(name)).collect::<Vec<_>>());
    assert_eq!(page(Some("Z"), 2).await, [text("a"), text("b")]);
    assert_eq!(page(Some("Y"), 1).await, [text("Z")]);
    assert_eq!(page(Some("ä"), 2).await, []);
    assert_eq!(page(None, 0).await, []);
}

/// Checkpoint, parked events and rows.
pub async fn rows_and_progress_are_committed_together(models: &dyn ReadModels) {
    let (consumer, epoch) = writable(models, &BALANCES).await;
    let (reached, parked) = (checkpoint(7), parked_event(3));
    let change =
        Change { checkpoint: Some(reached), park: vec![parked.clone()], ..Change::default() };
    let rows = Rows { upsert: vec![balance("alice", 1)], delete: vec![] };
    models.commit_rows(&consumer, epoch, &BALANCES, rows, change).await.unwrap();
    let progress = models.progress(&consumer).await.unwrap().unwrap();
    assert_eq!((progress.epoch, progress.checkpoint), (epoch, Some(reached)));
    assert_eq!(models.parked(&consumer).await.unwrap(), [parked]);
    assert_eq!(all(models, &consumer, &BALANCES).await, [balance("alice", 1)]);
}

/// Not a row, not a checkpoint.
pub async fn a_fenced_commit_of_rows_writes_nothing(models: &dyn ReadModels) {
    let worker = writable(models, &BALANCES).await;
    upsert(models, &worker, &BALANCES, vec![balance("alice", 1)]).await;
    let (consumer, epoch) = worker;
    models.claim(&consumer).await.unwrap();
    let rows = Rows { upsert: vec![balance("bob", 1)], delete: vec![vec![text("alice")]] };
    let change = Change { checkpoint: Some(checkpoint(7)), ..Change::default() };
    let refused = models.commit_rows(&consumer, epoch, &BALANCES, rows, change).await;
    assert!(matches!(refused, Err(StoreError::Fenced { .. })), "{refused:?}");
    assert_eq!(all(models, &consumer, &BALANCES).await, [balance("alice", 1)]);
    assert_eq!(models.progress(&consumer).await.unwrap().unwrap().checkpoint, None);
}

/// Whatever was written before the mistake was met.
pub async fn a_commit_of_rows_that_do_not_fit_writes_nothing(models: &dyn ReadModels) {
    let (consumer, epoch) = writable(models, &BALANCES).await;
    let mut upserts: Vec<_> = (0..1_000).map(|n| balance(&n.to_string(), n)).collect();
    upserts.push(vec![text("short")]);
    let rows = Rows { upsert: upserts, delete: vec![] };
    let change = Change { checkpoint: Some(checkpoint(7)), ..Change::default() };
    let refused = models.commit_rows(&consumer, epoch, &BALANCES, rows, change).await;
    assert!(refused.is_err());
    assert_eq!(all(models, &consumer, &BALANCES).await, [[]; 0]);
    assert_eq!(models.progress(&consumer).await.unwrap().unwrap().checkpoint, None);
    // The worker goes on as if nothing had happened.
    upsert(models, &(consumer.clone(), epoch), &BALANCES, vec![balance("alice", 1)]).await;
    assert_eq!(all(models, &consumer, &BALANCES).await, [balance("alice", 1)]);
}
