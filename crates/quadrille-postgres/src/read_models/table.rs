//! Tables of row projectors.

use super::{name::quote, value::sql_type, writer::WriteTx};
use quadrille_core::{
    StoreError,
    read_model::Table,
    row::{Column, Kind},
};
use sqlx::{AssertSqlSafe, Row, postgres::PgRow, query};
use std::fmt;

/// Makes a table if it is not there, and says whether it did.
pub(super) async fn create(
    tx: &mut WriteTx,
    namespace: &str,
    table: &Table,
) -> Result<bool, StoreError> {
    check(table)?;
    let found = existing(tx, namespace, table).await.map_err(|error| tx.fail(error))?;
    if found.is_empty() {
        let create = query(AssertSqlSafe(create_sql(namespace, table)));
        tx.run(create).await.map_err(|error| tx.fail(error))?;
        return Ok(true);
    }
    let wanted: Vec<_> = table.columns.iter().map(Shape::of).collect();
    if found == wanted {
        return Ok(false);
    }
    let [found, wanted] = [found, wanted]
        .map(|shapes| shapes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    Err(StoreError::unusable(
        format!("table {} in the schema {namespace}", table.name),
        format!(
            "it has the columns ({found}), the row has ({wanted}); raise `#[row(version = …)]`, so that it is built anew"
        ),
    ))
}

fn check(table: &Table) -> Result<(), StoreError> {
    let refuse =
        |problem: String| Err(StoreError::unusable(format!("table {}", table.name), problem));
    let mut keys = table.columns.iter().filter(|column| column.key).peekable();
    if keys.peek().is_none() {
        return refuse("it has no key; mark a field `#[row(key)]`".into());
    }
    match keys.find(|column| column.nullable) {
        Some(column) => {
            refuse(format!("its key {} may be empty; a key always has a value", column.name))
        }
        None => Ok(()),
    }
}

/// What a column looks like in the database.
#[derive(PartialEq, Eq)]
struct Shape {
    name: String,
    sql_type: String,
    nullable: bool,
    key: bool,
}

impl Shape {
    fn of(column: &Column) -> Self {
        Self {
            name: column.name.to_owned(),
            sql_type: sql_type(column.kind).to_owned(),
            nullable: column.nullable,
            key: column.key,
        }
    }

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.try_get(0)?,
            sql_type: row.try_get(1)?,
            nullable: row.try_get(2)?,
            key: row.try_get(3)?,
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.sql_type)?;
        f.write_str(if self.nullable { "" } else { " NOT NULL" })?;
        f.write_str(if self.key { " KEY" } else { "" })
    }
}

async fn existing(
    tx: &mut WriteTx,
    namespace: &str,
    table: &Table,
) -> Result<Vec<Shape>, sqlx::Error> {
    let columns = query(include_str!("table/columns.sql")).bind(namespace).bind(table.name);
    tx.run(columns).await?.iter().map(Shape::read).collect()
}

fn create_sql(namespace: &str, table: &Table) -> String {
    let mut parts: Vec<_> = table.columns.iter().map(column_sql).collect();
    let keys = table.columns.iter().filter(|column| column.key);
    let keys: Vec<_> = keys.map(|column| quote(column.name)).collect();
    parts.push(format!("PRIMARY KEY ({})", keys.join(", ")));
    format!("CREATE TABLE {}.{} ({})", quote(namespace), quote(table.name), parts.join(", "))
}

fn column_sql(column: &Column) -> String {
    // Keys come in the order of their bytes, as from every other database.
    let order = if column.kind == Kind::Text { " COLLATE \"C\"" } else { "" };
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{order}{null}", quote(column.name), sql_type(column.kind))
}
