//! Loading and writing the rows of row projectors, all of a page in one statement.

use super::{Postgres, name::quote, value, writer::WriteTx};
use quadrille_core::{
    StoreError,
    read_model::{Rows, Table},
    row::{Column, Value},
    state::Consumer,
};
use sqlx::{Arguments, AssertSqlSafe, postgres::PgArguments, query_with};

impl Postgres {
    /// The rows with these keys.
    pub(super) async fn load_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        keys: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let statements = Statements::of(table, &self.namespace(consumer).await?);
        let arguments = bind_all(table, &statements.keys, keys.to_vec())?;
        self.fetch_rows(table, statements.select(), arguments).await
    }

    /// Rows in the order of their keys.
    pub(super) async fn page_of_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let statements = Statements::of(table, &self.namespace(consumer).await?);
        let mut arguments = match after {
            Some(key) => bind_all(table, &statements.keys, vec![key.to_vec()])?,
            None => PgArguments::default(),
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        arguments.add(limit).map_err(|error| self.fail(sqlx::Error::Encode(error)))?;
        self.fetch_rows(table, statements.page(after.is_some()), arguments).await
    }

    async fn fetch_rows(
        &self,
        table: &Table,
        sql: String,
        arguments: PgArguments,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let sql = AssertSqlSafe(sql);
        // Not asked twice: whoever folds these rows tries again as a whole.
        let rows = self.pool().fetch_once(query_with(sql, arguments)).await;
        let rows = rows.map_err(|error| self.fail(error))?;
        let read = rows.iter().map(|row| value::read(row, table.columns));
        read.collect::<Result<_, _>>().map_err(|error| self.fail(error))
    }
}

/// Writes rows into an open transaction.
pub(super) async fn write(
    tx: &mut WriteTx,
    namespace: &str,
    table: &Table,
    rows: Rows,
) -> Result<(), StoreError> {
    let statements = Statements::of(table, namespace);
    if !rows.delete.is_empty() {
        let arguments = bind_all(table, &statements.keys, rows.delete)?;
        run(tx, statements.delete(), arguments).await?;
    }
    if !rows.upsert.is_empty() {
        let all: Vec<_> = table.columns.iter().collect();
        let arguments = bind_all(table, &all, rows.upsert)?;
        run(tx, statements.upsert(), arguments).await?;
    }
    Ok(())
}

async fn run(tx: &mut WriteTx, sql: String, arguments: PgArguments) -> Result<(), StoreError> {
    let done = tx.run(query_with(AssertSqlSafe(sql), arguments)).await;
    done.map(drop).map_err(|error| tx.fail(error))
}

/// Binds one array for each of these columns.
fn bind_all(
    table: &Table,
    columns: &[&Column],
    rows: Vec<Vec<Value>>,
) -> Result<PgArguments, StoreError> {
    let refuse = |problem: String| StoreError::unusable(format!("table {}", table.name), problem);
    let mut by_column: Vec<Vec<Value>> =
        columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        if row.len() != columns.len() {
            let (given, wanted) = (row.len(), columns.len());
            return Err(refuse(format!("{given} values were given for {wanted} columns")));
        }
        for (values, value) in by_column.iter_mut().zip(row) {
            values.push(value);
        }
    }
    let mut arguments = PgArguments::default();
    for (column, values) in columns.iter().zip(by_column) {
        value::bind(&mut arguments, column, values).map_err(|error| refuse(error.to_string()))?;
    }
    Ok(arguments)
}

/// Writes the statements for a table.
struct Statements<'t> {
    table: &'t Table,
    name: String,
    columns: Vec<String>,
    /// The key's columns, in the table's order.
    keys: Vec<&'t Column>,
}

impl<'t> Statements<'t> {
    fn of(table: &'t Table, namespace: &str) -> Self {
        Self {
            table,
            name: format!("{}.{}", quote(namespace), quote(table.name)),
            columns: table.columns.iter().map(|column| quote(column.name)).collect(),
            keys: table.columns.iter().filter(|column| column.key).collect(),
        }
    }

    fn select(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|column| format!("t.{column}")).collect();
        format!(
            "SELECT {} FROM {} AS t JOIN {} ON {}",
            columns.join(", "),
            self.name,
            self.wanted(),
            self.is_wanted()
        )
    }

    fn delete(&self) -> String {
        format!("DELETE FROM {} AS t USING {} WHERE {}", self.name, self.wanted(), self.is_wanted())
    }

    /// Rows by their keys, behind a key or from the first.
    fn page(&self, after: bool) -> String {
        let (columns, table, keys) = (self.columns.join(", "), &self.name, self.key_list());
        if !after {
            return format!("SELECT {columns} FROM {table} ORDER BY {keys} LIMIT $1");
        }
        let first = |array: String| format!("({array})[1]");
        let key: Vec<_> = self.arrays(&self.keys).into_iter().map(first).collect();
        let (key, limit) = (key.join(", "), self.keys.len() + 1);
        format!(
            "SELECT {columns} FROM {table} WHERE ({keys}) > ({key}) ORDER BY {keys} LIMIT ${limit}"
        )
    }

    fn upsert(&self) -> String {
        let all: Vec<_> = self.table.columns.iter().collect();
        format!(
            "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO {}",
            self.name,
            self.columns.join(", "),
            self.arrays(&all).join(", "),
            self.key_list(),
            self.update(),
        )
    }

    fn update(&self) -> String {
        let values = self.table.columns.iter().zip(&self.columns).filter(|(column, _)| !column.key);
        let sets: Vec<_> = values.map(|(_, name)| format!("{name} = excluded.{name}")).collect();
        if sets.is_empty() { "NOTHING".into() } else { format!("UPDATE SET {}", sets.join(", ")) }
    }

    /// The keys that were bound, as a table.
    fn wanted(&self) -> String {
        format!("unnest({}) AS w ({})", self.arrays(&self.keys).join(", "), self.key_list())
    }

    fn is_wanted(&self) -> String {
        let same = |key: &&Column| format!("t.{0} = w.{0}", quote(key.name));
        self.keys.iter().map(same).collect::<Vec<_>>().join(" AND ")
    }

    fn arrays(&self, columns: &[&Column]) -> Vec<String> {
        let array = |(index, column): (usize, &&Column)| {
            format!("${}::{}[]", index + 1, value::sql_type(column.kind))
        };
        columns.iter().enumerate().map(array).collect()
    }

    fn key_list(&self) -> String {
        self.keys.iter().map(|key| quote(key.name)).collect::<Vec<_>>().join(", ")
    }
}
