//! Loading and writing the rows of row projectors, many in one statement.

mod statement;

use super::{file::File, value, writer::WriteTx};
use quadrille_core::{
    StoreError,
    read_model::{Rows, Table},
    row::{Column, Value},
};
use sqlx::{
    Acquire, Arguments, AssertSqlSafe, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use statement::{Statements, chunk_sizes};

/// The rows with these keys.
pub(super) async fn load(
    file: &File,
    table: &Table,
    keys: &[Vec<Value>],
) -> Result<Vec<Vec<Value>>, StoreError> {
    let fail = |error| file.fail(error);
    let mut connection = file.reads().acquire().await.map_err(fail)?;
    if chunk_sizes(keys.len(), table.columns.len()).count() <= 1 {
        return load_chunks(&mut connection, file, table, keys).await;
    }
    // All statements see the same rows. Dropping it ends it.
    let mut snapshot = connection.begin().await.map_err(fail)?;
    let found = load_chunks(&mut snapshot, file, table, keys).await?;
    snapshot.rollback().await.map_err(fail)?;
    Ok(found)
}

async fn load_chunks(
    connection: &mut SqliteConnection,
    file: &File,
    table: &Table,
    keys: &[Vec<Value>],
) -> Result<Vec<Vec<Value>>, StoreError> {
    let fail = |error| file.fail(error);
    let statements = Statements::of(table);
    let mut found = Vec::with_capacity(keys.len());
    let mut rest = keys;
    for size in chunk_sizes(keys.len(), table.columns.len()) {
        let (chunk, behind) = rest.split_at(size);
        rest = behind;
        let arguments = bind_all(table, &statements.keys, chunk.iter().cloned())?;
        let rows = fetch(connection, statements.select(size), arguments).await.map_err(fail)?;
        read_into(&mut found, &rows, table).map_err(fail)?;
    }
    Ok(found)
}

/// Rows in the order of their keys.
pub(super) async fn page(
    file: &File,
    table: &Table,
    after: Option<&[Value]>,
    limit: usize,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let fail = |error| file.fail(error);
    let statements = Statements::of(table);
    let mut arguments = bind_all(table, &statements.keys, after.map(<[Value]>::to_vec))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    arguments.add(limit).map_err(|error| fail(sqlx::Error::Encode(error)))?;
    let mut connection = file.reads().acquire().await.map_err(fail)?;
    let sql = statements.page(after.is_some());
    let rows = fetch(&mut connection, sql, arguments).await.map_err(fail)?;
    let mut found = Vec::with_capacity(rows.len());
    read_into(&mut found, &rows, table).map_err(fail)?;
    Ok(found)
}

/// Writes rows into an open transaction.
pub(super) async fn write(tx: &mut WriteTx, table: &Table, rows: Rows) -> Result<(), StoreError> {
    let statements = Statements::of(table);
    let all: Vec<_> = table.columns.iter().collect();
    let mut gone = rows.delete.into_iter();
    for size in chunk_sizes(gone.len(), statements.keys.len()) {
        let arguments = bind_all(table, &statements.keys, gone.by_ref().take(size))?;
        run(tx, statements.delete(size), arguments).await?;
    }
    let mut written = rows.upsert.into_iter();
    for size in chunk_sizes(written.len(), all.len()) {
        let arguments = bind_all(table, &all, written.by_ref().take(size))?;
        run(tx, statements.upsert(size), arguments).await?;
    }
    Ok(())
}

fn bind_all(
    table: &Table,
    columns: &[&Column],
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> Result<SqliteArguments, StoreError> {
    let refuse = |problem: String| StoreError::unusable(format!("table {}", table.name), problem);
    let mut arguments = SqliteArguments::default();
    for row in rows {
        if row.len() != columns.len() {
            let (given, wanted) = (row.len(), columns.len());
            return Err(refuse(format!("{given} values were given for {wanted} columns")));
        }
        for (column, value) in columns.iter().zip(row) {
            value::bind(&mut arguments, column, value)
                .map_err(|error| refuse(error.to_string()))?;
        }
    }
    Ok(arguments)
}

async fn run(tx: &mut WriteTx, sql: String, arguments: SqliteArguments) -> Result<(), StoreError> {
    let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
    query.execute(&mut **tx).await.map(drop).map_err(|error| tx.fail(error))
}

async fn fetch(
    connection: &mut SqliteConnection,
    sql: String,
    arguments: SqliteArguments,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await
}

fn read_into(
    found: &mut Vec<Vec<Value>>,
    rows: &[SqliteRow],
    table: &Table,
) -> Result<(), sqlx::Error> {
    for row in rows {
        found.push(value::read(row, table.columns)?);
    }
    Ok(())
}
