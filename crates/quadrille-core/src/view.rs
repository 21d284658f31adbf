//! Views: what a consumer reads of events, its own or others'.

use crate::{DecodeError, Envelope};
use std::ops::RangeInclusive;

/// A field of a payload, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The name in the payload, which serde's attributes may have changed.
    pub name: &'static str,
    /// Whether the reader can do without it.
    pub optional: bool,
}

impl Field {
    /// Stands for fields that the declaration does not name: those of a newtype's inner value, and
    /// those of a field that serde flattens.
    pub const REST: Self = Self { name: "*", optional: true };
}

/// What one reader takes from one event type. The flow graph gets its edges from these, and the
/// contracts their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The event's type.
    pub event_type: &'static str,
    /// The schema versions that the reader understands.
    pub versions: RangeInclusive<u32>,
    /// The fields that it reads.
    pub fields: &'static [Field],
}

/// Anything that can be read from recorded events: a whole event enum, or a consumer's own view of
/// others' events. Derive it: `#[derive(Event)]` or `#[derive(View)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from recorded events",
    note = "derive it: `#[derive(Event)]` for events you own, `#[derive(View)]` for those of others"
)]
pub trait View: Sized + Send + Sync + 'static {
    /// Adds what this view reads. A consumer is handed these event types only.
    fn reads(out: &mut Vec<Read>);

    /// The view of an event; `Ok(None)` when its type is none of those that this view reads.
    ///
    /// # Errors
    /// When the type is known but its version is not, or the payload does not fit.
    fn decode(envelope: &Envelope) -> Result<Option<Self>, DecodeError>;
}

/// All that a view reads.
pub fn reads_of<V: View>() -> Vec<Read> {
    let mut reads = Vec::new();
    V::reads(&mut reads);
    reads
}
