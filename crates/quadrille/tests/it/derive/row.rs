use chrono::{DateTime, Utc};
use quadrille::{
    Row,
    row::{Kind, Value},
};

#[derive(Debug, PartialEq, Row)]
struct AccountBalance {
    #[row(stream_id)]
    account: String,
    cents: i64,
    r#type: Option<String>,
}

#[derive(Debug, PartialEq, Row)]
#[row(table = "sales_by_day", version = 2)]
struct Sales {
    total: i64,
    #[row(key)]
    shop: String,
    #[row(key)]
    day: i32,
    changed: Option<DateTime<Utc>>,
}

#[test]
fn a_table_comes_from_its_struct() {
    assert_eq!((AccountBalance::TABLE, AccountBalance::VERSION), ("account_balance", 1));
    assert_eq!((Sales::TABLE, Sales::VERSION), ("sales_by_day", 2));
    let columns: Vec<_> = AccountBalance::COLUMNS
        .iter()
        .map(|column| (column.name, column.kind, column.key, column.nullable))
        .collect();
    let expected = [
        ("account", Kind::Text, true, false),
        ("cents", Kind::Integer, false, false),
        ("type", Kind::Text, false, true),
    ];
    assert_eq!(columns, expected);
}

#[test]
fn a_row_of_a_stream_has_the_streams_id_as_its_key() {
    const { assert!(AccountBalance::KEYED_BY_STREAM && !Sales::KEYED_BY_STREAM) };
    let key = AccountBalance::stream_key("alice").unwrap();
    let row = AccountBalance::new(key.clone());
    assert_eq!(row, AccountBalance { account: "alice".into(), cents: 0, r#type: None });
    assert_eq!(row.key(), key);
    assert_eq!(AccountBalance::key_values(&key), [Value::Text("alice".into())]);
}

#[test]
fn a_key_of_several_fields_is_a_tuple_of_them() {
    assert_eq!(Sales::stream_key("x"), None);
    let key = ("north".to_owned(), 7);
    let row = Sales::new(key.clone());
    assert_eq!((row.shop.as_str(), row.day, row.total), ("north", 7, 0));
    assert_eq!(row.key(), key);
    assert_eq!(Sales::key_values(&key), [Value::Text("north".into()), Value::Integer(7)]);
}

#[test]
fn a_row_is_read_back_from_its_values() {
    let changed = "2024-02-29T12:00:00Z".parse().ok();
    let row = Sales { total: 5, shop: "north".into(), day: 7, changed };
    assert_eq!(Sales::from_values(row.values()), Ok(row));
}

#[test]
fn values_that_do_not_fit_name_their_column() {
    let check = |values: Vec<Value>, part: &str| {
        let error = AccountBalance::from_values(values).unwrap_err();
        assert!(error.contains(part), "{error}");
    };
    let text = || Value::Text("x".into());
    check(vec![text(), text(), Value::Null], "column `cents` holds Text(\"x\"), which is no i64");
    check(vec![text(), Value::Integer(1)], "column `type` is missing");
    check(vec![text(), Value::Integer(1), Value::Null, Value::Null], "behind the last column");
}
