//! Values of rows, to PostgreSQL and back, column by column.

use chrono::{DateTime, Utc};
use quadrille_core::row::{Column, Kind, Value};
use sqlx::{
    Arguments, Error, Row,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
};

/// The type of a column.
pub(super) const fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "bigint",
        Kind::Real => "double precision",
        Kind::Text => "text",
        Kind::Blob => "bytea",
        Kind::Bool => "boolean",
        Kind::Time => "timestamp with time zone",
    }
}

/// Binds the values of one column as an array.
pub(super) fn bind(
    arguments: &mut PgArguments,
    column: &Column,
    values: Vec<Value>,
) -> Result<(), BoxDynError> {
    match column.kind {
        Kind::Integer => arguments.add(all(column, values, |value| match value {
            Value::Integer(value) => Ok(value),
            other => Err(other),
        })?),
        Kind::Real => arguments.add(all(column, values, |value| match value {
            Value::Real(value) => Ok(value),
            other => Err(other),
        })?),
        Kind::Text => {
            let texts = all(column, values, |value| match value {
                Value::Text(value) => Ok(value),
                other => Err(other),
            })?;
            if texts.iter().flatten().any(|text| text.contains('\0')) {
                return Err(format!(
                    "column {}: PostgreSQL cannot keep a NUL character in text",
                    column.name
                )
                .into());
            }
            arguments.add(texts)
        }
        Kind::Blob => arguments.add(all(column, values, |value| match value {
            Value::Blob(value) => Ok(value),
            other => Err(other),
        })?),
        Kind::Bool => arguments.add(all(column, values, |value| match value {
            Value::Bool(value) => Ok(value),
            other => Err(other),
        })?),
        Kind::Time => arguments.add(all(column, values, |value| match value {
            Value::Time(value) => Ok(value),
            other => Err(other),
        })?),
    }
}

fn all<T>(
    column: &Column,
    values: Vec<Value>,
    take: impl Fn(Value) -> Result<T, Value>,
) -> Result<Vec<Option<T>>, BoxDynError> {
    let one = |value| match value {
        Value::Null => Ok(None),
        value => take(value).map(Some).map_err(|other| {
            format!("column {} is a {}, not {other:?}", column.name, sql_type(column.kind)).into()
        }),
    };
    values.into_iter().map(one).collect()
}

/// Reads a whole row.
pub(super) fn read(row: &PgRow, columns: &[Column]) -> Result<Vec<Value>, Error> {
    let cell = |(index, column)| read_cell(row, index, column);
    columns.iter().enumerate().map(cell).collect()
}

fn read_cell(row: &PgRow, index: usize, column: &Column) -> Result<Value, Error> {
    let value = match column.kind {
        Kind::Integer => row.try_get::<Option<i64>, _>(index)?.map(Value::Integer),
        Kind::Real => row.try_get::<Option<f64>, _>(index)?.map(Value::Real),
        Kind::Text => row.try_get::<Option<String>, _>(index)?.map(Value::Text),
        Kind::Blob => row.try_get::<Option<Vec<u8>>, _>(index)?.map(Value::Blob),
        Kind::Bool => row.try_get::<Option<bool>, _>(index)?.map(Value::Bool),
        Kind::Time => row.try_get::<Option<DateTime<Utc>>, _>(index)?.map(Value::Time),
    };
    Ok(value.unwrap_or(Value::Null))
}
