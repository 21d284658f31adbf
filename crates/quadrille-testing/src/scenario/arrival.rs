use super::{Draft, recorded};
use quadrille_core::{EventId, Input};

/// An input of a process manager, with what is known of the event that brings it.
#[derive(Debug, Clone)]
pub struct Arrival<I> {
    pub(super) input: I,
    pub(super) id: EventId,
    pub(super) cause: Option<EventId>,
    pub(super) stream: String,
}

/// What stands for an input that arrives: the input alone, or a [`Draft`] that says of which stream
/// its event is, and of which cause.
pub trait IntoArrival<I> {
    /// The input as it arrives. Its stream is of the category of what its variant reads.
    fn into_arrival(self) -> Arrival<I>;
}

impl<I: Input> IntoArrival<I> for I {
    fn into_arrival(self) -> Arrival<I> {
        recorded(self).into_arrival()
    }
}

impl<I: Input> IntoArrival<I> for Draft<I> {
    fn into_arrival(self) -> Arrival<I> {
        let kind = self.event().kind();
        let steps = I::steps();
        let step = steps.iter().find(|step| step.variant == kind);
        let read = step.and_then(|step| step.reads.first());
        self.arrival(read.map(|read| read.event_type))
    }
}
