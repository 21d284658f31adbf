use crate::read_models::name::quote;
use quadrille_core::{read_model::Table, row::Column};

/// How many values SQLite binds to one statement.
const MAX_BOUND: usize = 32_766;
/// Rows in one statement: more of them make it no faster.
const MAX_ROWS: usize = 512;

/// How to split `rows` over statements: into powers of two, so that few different statements are
/// needed and each stays prepared.
pub(super) fn chunk_sizes(mut rows: usize, columns: usize) -> impl Iterator<Item = usize> {
    let most = (MAX_BOUND / columns.max(1)).clamp(1, MAX_ROWS);
    std::iter::from_fn(move || {
        let size = 1 << rows.min(most).checked_ilog2()?;
        rows -= size;
        Some(size)
    })
}

/// Writes the statements for a table.
pub(super) struct Statements<'t> {
    table: &'t Table,
    name: String,
    columns: Vec<String>,
    /// The key's columns, in the table's order.
    pub keys: Vec<&'t Column>,
}

impl<'t> Statements<'t> {
    pub fn of(table: &'t Table) -> Self {
        Self {
            table,
            name: quote(table.name),
            columns: table.columns.iter().map(|column| quote(column.name)).collect(),
            keys: table.columns.iter().filter(|column| column.key).collect(),
        }
    }

    /// The rows of some keys.
    pub fn select(&self, keys: usize) -> String {
        let (columns, table) = (self.columns.join(", "), &self.name);
        format!("SELECT {columns} FROM {table} WHERE {}", self.is_one_of(keys))
    }

    pub fn delete(&self, keys: usize) -> String {
        format!("DELETE FROM {} WHERE {}", self.name, self.is_one_of(keys))
    }

    /// Rows by their keys, behind a key or from the first.
    pub fn page(&self, after: bool) -> String {
        let (columns, table, keys) = (self.columns.join(", "), &self.name, self.key_list());
        let behind = match after {
            true => format!("WHERE ({keys}) > ({})", places(self.keys.len())),
            false => String::new(),
        };
        format!("SELECT {columns} FROM {table} {behind} ORDER BY {keys} LIMIT ?")
    }

    pub fn upsert(&self, rows: usize) -> String {
        let row = format!("({})", places(self.columns.len()));
        format!(
            "INSERT INTO {} ({}) VALUES {} ON CONFLICT ({}) DO {}",
            self.name,
            self.columns.join(", "),
            vec![row; rows].join(", "),
            self.key_list(),
            self.update(),
        )
    }

    fn update(&self) -> String {
        let values = self.table.columns.iter().zip(&self.columns).filter(|(column, _)| !column.key);
        let sets: Vec<_> = values.map(|(_, name)| format!("{name} = excluded.{name}")).collect();
        if sets.is_empty() { "NOTHING".into() } else { format!("UPDATE SET {}", sets.join(", ")) }
    }

    fn is_one_of(&self, keys: usize) -> String {
        match self.keys.as_slice() {
            [key] => format!("{} IN ({})", quote(key.name), places(keys)),
            several => {
                let row = format!("({})", places(several.len()));
                format!("({}) IN (VALUES {})", self.key_list(), vec![row; keys].join(", "))
            }
        }
    }

    fn key_list(&self) -> String {
        self.keys.iter().map(|key| quote(key.name)).collect::<Vec<_>>().join(", ")
    }
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use quadrille_core::row::Kind;

    fn check_sizes(rows: usize, columns: usize, expected: &[usize]) {
        let sizes: Vec<_> = chunk_sizes(rows, columns).collect();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn rows_are_split_into_powers_of_two() {
        check_sizes(0, 3, &[]);
        check_sizes(1, 3, &[1]);
        check_sizes(700, 3, &[512, 128, 32, 16, 8, 4]);
        check_sizes(100, 1_000, &[32, 32, 32, 4]);
        check_sizes(2, 100_000, &[1, 1]);
    }

    const fn column(name: &'static str, key: bool) -> Column {
        Column { name, kind: Kind::Text, key, nullable: false }
    }

    #[test]
    fn statements_name_what_they_touch() {
        const ONE: Table =
            Table { name: "t", columns: &[column("k", true), column("order", false)] };
        let one = Statements::of(&ONE);
        assert_eq!(one.select(2), r#"SELECT "k", "order" FROM "t" WHERE "k" IN (?, ?)"#);
        assert_eq!(
            one.upsert(2),
            r#"INSERT INTO "t" ("k", "order") VALUES (?, ?), (?, ?) ON CONFLICT ("k") DO UPDATE SET "order" = excluded."order""#
        );
        const TWO: Table = Table { name: "t", columns: &[column("a", true), column("b", true)] };
        let two = Statements::of(&TWO);
        assert_eq!(two.delete(2), r#"DELETE FROM "t" WHERE ("a", "b") IN (VALUES (?, ?), (?, ?))"#);
        assert!(two.upsert(1).ends_with("DO NOTHING"));
        assert_eq!(
            two.page(true),
            r#"SELECT "a", "b" FROM "t" WHERE ("a", "b") > (?, ?) ORDER BY "a", "b" LIMIT ?"#
        );
    }
}
