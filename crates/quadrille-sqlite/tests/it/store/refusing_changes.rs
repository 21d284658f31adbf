use super::support::*;
use quadrille_core::EventStore;
use rusqlite::Connection;

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_log() {
    let (_directory, store) = open().await;
    let mut first = full_event(&[("customer", "7")]);
    first.data = b"{}".into();
    store.append(any("order-1", vec![first, event("order.paid")])).await.unwrap();
    let vandal = Connection::open(store.path()).unwrap();
    let refused = |statement: &str, part: &str| {
        let error = vandal.execute_batch(statement).expect_err(statement);
        assert!(error.to_string().contains(part), "{statement}: {error}");
    };
    let check = |statement: &str| refused(statement, "the log is append-only");
    for table in ["store", "names", "kinds", "origins", "events", "tags", "kind_blocks"] {
        let column: String = vandal
            .query_row(&format!("SELECT name FROM pragma_table_info('{table}')"), [], |row| {
                row.get(0)
            })
            .unwrap();
        check(&format!("UPDATE {table} SET {column} = {column}"));
        check(&format!("DELETE FROM {table}"));
    }
    check("DELETE FROM streams");
    check("UPDATE streams SET id = 'other'");
    let insert = |statement: &str| refused(statement, "only_quadrille_inserts_events");
    let copy = |position, id, version| {
        format!(
            "INSERT OR REPLACE INTO events
             SELECT {position}, {id}, stream, {version}, kind, schema_version, origin, tags, X'00'
             FROM events WHERE position = 1"
        )
    };
    insert(&copy("1", "id", "version"));
    insert(&copy("9", "id", "9"));
    insert(&copy("9", "randomblob(16)", "version"));
    insert(&copy("2", "randomblob(16)", "9"));
    let data: Vec<u8> = vandal
        .query_row("SELECT data FROM events WHERE position = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(data, b"{}");
}
