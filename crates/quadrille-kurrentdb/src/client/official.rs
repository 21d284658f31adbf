//! The official client crate: `eventstore`, or its successor `kurrentdb`, which has the same shape
//! under some other names. Everything in which they differ is here.

#[cfg(not(feature = "kurrentdb-client"))]
mod chosen {
    pub(in crate::client) use eventstore::*;

    pub(in crate::client) use ExpectedRevision::Exact;

    /// Whether the client insists on a `rustls` provider of its own, and panics at any other.
    pub(in crate::client) const INSTALLS_PROVIDER: bool = true;

    pub(in crate::client) fn expecting(
        options: AppendToStreamOptions,
        expected: ExpectedRevision,
    ) -> AppendToStreamOptions {
        options.expected_revision(expected)
    }

    pub(in crate::client) fn stream_of(event: &RecordedEvent) -> String {
        event.stream_id.clone()
    }

    pub(in crate::client) fn has_caught_up(event: &SubscriptionEvent) -> bool {
        matches!(event, SubscriptionEvent::CaughtUp)
    }
}

#[cfg(feature = "kurrentdb-client")]
mod chosen {
    pub(in crate::client) use kurrentdb::{
        StreamState as ExpectedRevision, StreamState::StreamRevision as Exact, *,
    };

    /// It takes the provider that is there.
    pub(in crate::client) const INSTALLS_PROVIDER: bool = false;

    pub(in crate::client) fn expecting(
        options: AppendToStreamOptions,
        expected: ExpectedRevision,
    ) -> AppendToStreamOptions {
        options.stream_state(expected)
    }

    pub(in crate::client) fn stream_of(event: &RecordedEvent) -> String {
        event.stream_id().to_owned()
    }

    pub(in crate::client) fn has_caught_up(event: &SubscriptionEvent) -> bool {
        matches!(event, SubscriptionEvent::CaughtUp(_))
    }
}

pub(super) use chosen::*;
