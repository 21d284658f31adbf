use super::orders::Item;
use quadrille_core::{
    Append, AppendError, CausationId, EventStore, ExpectedVersion, NewEvent, StreamId,
};

/// An event on its way into a stream: see [`Draft::written`](crate::scenario::Draft::written).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it goes.
    pub stream: StreamId,
    /// The event.
    pub event: NewEvent,
}

impl Written {
    pub(super) fn item(&self) -> Item {
        let CausationId(cause) = self.event.metadata.causation;
        Item { stream: self.stream.to_string(), ids: (self.event.id.0, Some(cause)) }
    }

    pub(super) fn label(&self) -> String {
        format!("{} in {}", self.event.event_type, self.stream)
    }
}

/// Events in one of their orders.
#[derive(Debug, Clone)]
pub struct Log(Vec<Written>);

impl Log {
    pub(super) fn new(events: Vec<Written>) -> Self {
        Self(events)
    }

    /// The events, in this order.
    pub fn events(&self) -> &[Written] {
        &self.0
    }

    /// Appends them to a store, one after the other.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn append_to(&self, store: &dyn EventStore) -> Result<(), AppendError> {
        for Written { stream, event } in &self.0 {
            let (stream, expected) = (stream.clone(), ExpectedVersion::Any);
            store.append(Append { stream, expected, events: vec![event.clone()] }).await?;
        }
        Ok(())
    }
}
