//! Statements for SQLite, so that users need no database crate of their own.

use sqlx::{
    Execute, Executor, FromRow, Sqlite, SqliteConnection,
    query::{Query, QueryAs, QueryScalar},
    sqlite::{SqliteArguments, SqliteRow},
};
use std::future::Future;

/// A statement with `?` for each value that is bound to it.
pub fn query(sql: impl sqlx::SqlSafeStr) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(sql)
}

/// As [`query`], with rows as tuples or other types.
pub fn query_as<T>(sql: impl sqlx::SqlSafeStr) -> QueryAs<'static, Sqlite, T, SqliteArguments>
where
    T: for<'r> FromRow<'r, SqliteRow>,
{
    sqlx::query_as(sql)
}

/// As [`query`], with the first column of each row.
pub fn query_scalar<T>(
    sql: impl sqlx::SqlSafeStr,
) -> QueryScalar<'static, Sqlite, T, SqliteArguments>
where
    (T,): for<'r> FromRow<'r, SqliteRow>,
{
    sqlx::query_scalar(sql)
}

/// A statement that gives rows: text, or what [`query`], [`query_as`] and [`query_scalar`] make.
pub trait SqlFetch: Send + Sized {
    /// What it gives for each row.
    type Row: Send;

    /// All rows.
    #[doc(hidden)]
    fn all(
        self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

    /// The first row.
    #[doc(hidden)]
    fn first(
        self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Option<Self::Row>, sqlx::Error>> + Send;
}

impl SqlFetch for &'static str {
    type Row = SqliteRow;

    async fn all(self, connection: &mut SqliteConnection) -> Result<Vec<SqliteRow>, sqlx::Error> {
        connection.fetch_all(self).await
    }

    async fn first(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<Option<SqliteRow>, sqlx::Error> {
        connection.fetch_optional(self).await
    }
}

macro_rules! fetch {
    ($type:ty, $row:ty $(, $generic:ident where $bound:ty)?) => {
        impl<'q $(, $generic)?> SqlFetch for $type
        $(where $generic: Send + Unpin + 'q, $bound: for<'r> FromRow<'r, SqliteRow> + Send + Unpin)?
        {
            type Row = $row;

            async fn all(
                self,
                connection: &mut SqliteConnection,
            ) -> Result<Vec<$row>, sqlx::Error> {
                self.fetch_all(connection).await
            }

            async fn first(
                self,
                connection: &mut SqliteConnection,
            ) -> Result<Option<$row>, sqlx::Error> {
                self.fetch_optional(connection).await
            }
        }
    };
}
fetch!(Query<'q, Sqlite, SqliteArguments>, SqliteRow);
fetch!(QueryAs<'q, Sqlite, T, SqliteArguments>, T, T where T);
fetch!(QueryScalar<'q, Sqlite, T, SqliteArguments>, T, T where (T,));

/// Runs a statement, or several in one text, and says how many rows it changed.
pub(super) async fn execute<'q>(
    connection: &mut SqliteConnection,
    statement: impl Execute<'q, Sqlite> + 'q,
) -> Result<u64, sqlx::Error> {
    connection.execute(statement).await.map(|done| done.rows_affected())
}
