//! Our types in our own tables: moments as microseconds, which take any year.

use chrono::{DateTime, Utc};
use quadrille_core::{Position, error::BoxError};
use sqlx::{Row, postgres::PgRow};
use std::{borrow::Cow, str::FromStr};
use uuid::Uuid;

/// A moment as it is kept, whatever its year.
pub(super) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// Reads columns into our types; what does not fit is corrupt.
pub(super) trait Decode {
    fn text(&self, column: &str) -> Result<String, sqlx::Error>;
    fn signed(&self, column: &str) -> Result<i64, sqlx::Error>;

    fn number(&self, column: &str) -> Result<u64, sqlx::Error> {
        self.signed(column).map(i64::cast_unsigned)
    }

    fn small(&self, column: &str) -> Result<u32, sqlx::Error> {
        self.signed(column)?.try_into().map_err(|error| misfit(column, error))
    }

    fn position(&self, column: &str) -> Result<Position, sqlx::Error> {
        self.number(column).map(Position)
    }

    fn time(&self, column: &str) -> Result<DateTime<Utc>, sqlx::Error> {
        DateTime::from_timestamp_micros(self.signed(column)?)
            .ok_or_else(|| misfit(column, "not a moment"))
    }

    fn parsed<T: FromStr<Err: Into<BoxError>>>(&self, column: &str) -> Result<T, sqlx::Error> {
        self.text(column)?.parse().map_err(|error| misfit(column, error))
    }

    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, sqlx::Error>;

    fn id_or_none<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, sqlx::Error>;

    /// A name that one of our enums knows.
    fn named<T>(&self, column: &str, known: fn(&str) -> Option<T>) -> Result<T, sqlx::Error> {
        let name = self.text(column)?;
        known(&name).ok_or_else(|| misfit(column, format!("unknown name {name:?}")))
    }
}

impl Decode for PgRow {
    fn text(&self, column: &str) -> Result<String, sqlx::Error> {
        self.try_get(column)
    }

    fn signed(&self, column: &str) -> Result<i64, sqlx::Error> {
        self.try_get(column)
    }

    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, sqlx::Error> {
        self.try_get::<Uuid, _>(column).map(T::from)
    }

    fn id_or_none<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, sqlx::Error> {
        Ok(self.try_get::<Option<Uuid>, _>(column)?.map(T::from))
    }
}

fn misfit(column: &str, error: impl Into<BoxError>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.into(), source: error.into() }
}

/// Text for people, without the one character that PostgreSQL cannot keep.
pub(super) fn plain_text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}
