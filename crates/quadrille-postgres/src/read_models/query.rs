//! Statements for PostgreSQL, so that users need no database crate of their own.

use sqlx::{
    Execute, Executor, FromRow, PgConnection, Postgres,
    postgres::{PgArguments, PgRow},
    query::{Query, QueryAs, QueryScalar},
};
use std::future::Future;

/// A statement with `$1`, `$2` and so on for the values that are bound to it.
pub fn query(sql: impl sqlx::SqlSafeStr) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(sql)
}

/// As [`query`], with rows as tuples or other types.
pub fn query_as<T>(sql: impl sqlx::SqlSafeStr) -> QueryAs<'static, Postgres, T, PgArguments>
where
    T: for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_as(sql)
}

/// As [`query`], with the first column of each row.
pub fn query_scalar<T>(sql: impl sqlx::SqlSafeStr) -> QueryScalar<'static, Postgres, T, PgArguments>
where
    (T,): for<'r> FromRow<'r, PgRow>,
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
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

    /// The first row.
    #[doc(hidden)]
    fn first(
        self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Option<Self::Row>, sqlx::Error>> + Send;
}

impl SqlFetch for &'static str {
    type Row = PgRow;

    async fn all(self, connection: &mut PgConnection) -> Result<Vec<PgRow>, sqlx::Error> {
        connection.fetch_all(self).await
    }

    async fn first(self, connection: &mut PgConnection) -> Result<Option<PgRow>, sqlx::Error> {
        connection.fetch_optional(self).await
    }
}

macro_rules! fetch {
    ($type:ty, $row:ty $(, $generic:ident where $bound:ty)?) => {
        impl<'q $(, $generic)?> SqlFetch for $type
        $(where $generic: Send + Unpin + 'q, $bound: for<'r> FromRow<'r, PgRow> + Send + Unpin)?
        {
            type Row = $row;

            async fn all(
                self,
                connection: &mut PgConnection,
            ) -> Result<Vec<$row>, sqlx::Error> {
                self.fetch_all(connection).await
            }

            async fn first(
                self,
                connection: &mut PgConnection,
            ) -> Result<Option<$row>, sqlx::Error> {
                self.fetch_optional(connection).await
            }
        }
    };
}
fetch!(Query<'q, Postgres, PgArguments>, PgRow);
fetch!(QueryAs<'q, Postgres, T, PgArguments>, T, T where T);
fetch!(QueryScalar<'q, Postgres, T, PgArguments>, T, T where (T,));

/// Runs a statement, or several in one text, and says how many rows it changed.
pub(super) async fn execute<'q>(
    connection: &mut PgConnection,
    statement: impl Execute<'q, Postgres> + 'q,
) -> Result<u64, sqlx::Error> {
    connection.execute(statement).await.map(|done| done.rows_affected())
}
