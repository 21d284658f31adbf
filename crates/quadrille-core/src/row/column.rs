use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use uuid::Uuid;

/// A column of a read model's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name: the field's.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it is part of the key.
    pub key: bool,
    /// Whether it may be empty.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A signed 64-bit integer.
    Integer,
    /// A 64-bit floating-point number.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// Yes or no.
    Bool,
    /// A moment, to the microsecond, in UTC.
    Time,
}

/// A value in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Yes or no.
    Bool(bool),
    /// A moment.
    Time(DateTime<Utc>),
}

impl Value {
    /// A moment as text: RFC 3339 in UTC with microseconds, so that it sorts by time.
    pub fn time_text(time: DateTime<Utc>) -> String {
        time.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// A Rust type that fits in one column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit in a column of a row",
    note = "columns are integers up to 64 bits, `f64`, `bool`, `String`, `Vec<u8>`, `DateTime<Utc>`, `Uuid`, and `Option`s of these"
)]
pub trait ColumnType: Default {
    /// The column's kind.
    const KIND: Kind;
    /// Whether it may be empty.
    const NULLABLE: bool = false;

    /// The value to write.
    fn to_value(&self) -> Value;

    /// The type from a value that was read; `None` if it does not fit.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! column {
    ($type:ty, $kind:ident, |$this:ident| $to:expr, |$value:ident| $from:expr) => {
        impl ColumnType for $type {
            const KIND: Kind = Kind::$kind;
            fn to_value(&self) -> Value {
                let $this = self;
                Value::$kind($to)
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$kind($value) => $from,
                    _ => None,
                }
            }
        }
    };
}

column!(i64, Integer, |this| *this, |value| Some(value));
column!(i32, Integer, |this| (*this).into(), |value| value.try_into().ok());
column!(i16, Integer, |this| (*this).into(), |value| value.try_into().ok());
column!(u32, Integer, |this| (*this).into(), |value| value.try_into().ok());
column!(u16, Integer, |this| (*this).into(), |value| value.try_into().ok());
column!(u8, Integer, |this| (*this).into(), |value| value.try_into().ok());
// The bits are kept; above 2^63 the column shows a negative number.
column!(u64, Integer, |this| this.cast_signed(), |value| Some(value.cast_unsigned()));
column!(f64, Real, |this| *this, |value| Some(value));
column!(bool, Bool, |this| *this, |value| Some(value));
column!(String, Text, |this| this.clone(), |value| Some(value));
column!(Vec<u8>, Blob, |this| this.clone(), |value| Some(value));
column!(DateTime<Utc>, Time, |this| this.trunc_subsecs(6), |value| Some(value));
column!(Uuid, Text, |this| this.to_string(), |value| value.parse().ok());

impl<T: ColumnType> ColumnType for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}
