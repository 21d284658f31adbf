//! Tables of row projectors.

use super::{name::quote, writer::WriteTx};
use quadrille_core::{
    StoreError,
    read_model::Table,
    row::{Column, Kind},
};
use sqlx::{AssertSqlSafe, Executor, Row, query, sqlite::SqliteRow};

/// Makes a table if it is not there, and says whether it did.
pub(super) async fn create(tx: &mut WriteTx, table: &Table) -> Result<bool, StoreError> {
    check(table)?;
    let found = existing(tx, table).await.map_err(|error| tx.fail(error))?;
    if found.is_empty() {
        let sql = AssertSqlSafe(create_sql(table));
        tx.execute(sql).await.map_err(|error| tx.fail(error))?;
        return Ok(true);
    }
    let wanted: Vec<_> = table.columns.iter().map(Shape::of).collect();
    if found == wanted {
        return Ok(false);
    }
    let [found, wanted] = [found, wanted]
        .map(|shapes| shapes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    Err(StoreError::unusable(
        format!("table {} in {}", table.name, tx.path().display()),
        format!(
            "it has the columns ({found}), the row has ({wanted}); raise `#[row(version = …)]`, so that it is built anew"
        ),
    ))
}

fn check(table: &Table) -> Result<(), StoreError> {
    let refuse =
        |problem: String| Err(StoreError::unusable(format!("table {}", table.name), problem));
    let lower = table.name.to_ascii_lowercase();
    if lower.starts_with("quadrille_") || lower.starts_with("sqlite_") {
        return refuse("names that begin so are reserved; choose another".into());
    }
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

    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            sql_type: row.try_get("type")?,
            nullable: row.try_get::<i64, _>("notnull")? == 0,
            key: row.try_get::<i64, _>("pk")? != 0,
        })
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.sql_type)?;
        f.write_str(if self.nullable { "" } else { " NOT NULL" })?;
        f.write_str(if self.key { " KEY" } else { "" })
    }
}

async fn existing(tx: &mut WriteTx, table: &Table) -> Result<Vec<Shape>, sqlx::Error> {
    let rows = query("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?) ORDER BY cid")
        .bind(table.name)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(Shape::read).collect()
}

const fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer | Kind::Bool => "INTEGER",
        Kind::Real => "REAL",
        Kind::Text | Kind::Time => "TEXT",
        Kind::Blob => "BLOB",
    }
}

fn create_sql(table: &Table) -> String {
    let mut parts: Vec<_> = table.columns.iter().map(column_sql).collect();
    let keys: Vec<_> = table.columns.iter().filter(|column| column.key).map(quoted).collect();
    parts.push(format!("PRIMARY KEY ({})", keys.join(", ")));
    // Rows in the tree of their keys are found in one step, but large ones make that tree slow.
    let large = table.columns.iter().any(|column| column.kind == Kind::Blob);
    let layout = if large { "STRICT" } else { "STRICT, WITHOUT ROWID" };
    format!("CREATE TABLE {} ({}) {layout}", quote(table.name), parts.join(", "))
}

fn column_sql(column: &Column) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{null}", quoted(column), sql_type(column.kind))
}

fn quoted(column: &Column) -> String {
    quote(column.name)
}
