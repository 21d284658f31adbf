//! Values of rows, to SQLite and back.

use chrono::{DateTime, Datelike, Utc};
use quadrille_core::row::{Column, Kind, Value};
use sqlx::{
    Arguments, Row,
    error::BoxDynError,
    sqlite::{SqliteArguments, SqliteRow},
};

/// Binds a value.
pub(super) fn bind(
    arguments: &mut SqliteArguments,
    column: &Column,
    value: Value,
) -> Result<(), BoxDynError> {
    let refuse = |problem: &str| Err(format!("column {}: {problem}", column.name).into());
    match value {
        Value::Null => arguments.add(None::<i64>),
        Value::Integer(value) => arguments.add(value),
        // SQLite would keep it as NULL.
        Value::Real(value) if value.is_nan() => refuse("SQLite cannot keep a NaN"),
        Value::Real(value) => arguments.add(value),
        Value::Text(value) => arguments.add(value),
        Value::Blob(value) => arguments.add(value),
        Value::Bool(value) => arguments.add(i64::from(value)),
        // Other years do not sort as text.
        Value::Time(value) if !(0..=9999).contains(&value.year()) => {
            refuse("a moment must lie in the years 0 to 9999")
        }
        Value::Time(value) => arguments.add(Value::time_text(value)),
    }
}

/// Reads a whole row.
pub(super) fn read(row: &SqliteRow, columns: &[Column]) -> Result<Vec<Value>, sqlx::Error> {
    let cell = |(index, column)| read_cell(row, index, column);
    columns.iter().enumerate().map(cell).collect()
}

fn read_cell(row: &SqliteRow, index: usize, column: &Column) -> Result<Value, sqlx::Error> {
    let misfit =
        |source: BoxDynError| sqlx::Error::ColumnDecode { index: column.name.into(), source };
    let integer = || row.try_get_unchecked::<Option<i64>, _>(index);
    let text = || row.try_get_unchecked::<Option<&str>, _>(index);
    let value = match column.kind {
        Kind::Integer => integer()?.map(Value::Integer),
        Kind::Real => row.try_get_unchecked::<Option<f64>, _>(index)?.map(Value::Real),
        Kind::Text => text()?.map(|value| Value::Text(value.to_owned())),
        Kind::Blob => row.try_get_unchecked::<Option<Vec<u8>>, _>(index)?.map(Value::Blob),
        Kind::Bool => match integer()? {
            None => None,
            Some(value @ (0 | 1)) => Some(Value::Bool(value == 1)),
            Some(value) => return Err(misfit(format!("{value} is neither 0 nor 1").into())),
        },
        Kind::Time => match text()? {
            None => None,
            Some(value) => {
                let time = DateTime::parse_from_rfc3339(value);
                let time = time.map_err(|error| misfit(error.into()))?;
                Some(Value::Time(time.with_timezone(&Utc)))
            }
        },
    };
    Ok(value.unwrap_or(Value::Null))
}
