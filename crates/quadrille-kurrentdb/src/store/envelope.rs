//! Events as the server keeps them, and as core speaks of them.

use super::identity;
use crate::client::{Proposed, Recorded};
use quadrille_core::{
    Envelope, EventId, Metadata, NewEvent, Position, StoreError, StreamId, Version, conventions,
};

/// The position that a server gives where it does not know it.
const NOWHERE: u64 = u64::MAX;

pub(super) fn proposed(event: &NewEvent) -> Proposed {
    Proposed {
        id: event.id.0,
        event_type: event.event_type.clone(),
        data: event.data.clone().into(),
        metadata: conventions::to_json(&event.metadata, event.schema_version).into(),
    }
}

/// An event of a stream that a caller named.
pub(super) fn envelope(event: Recorded, stream: StreamId) -> Result<Envelope, StoreError> {
    if event.commit == NOWHERE {
        return Err(StoreError::unusable(
            format!("stream {stream}"),
            "the server does not say where in the log its events are; it does so from 22.6 on, and \
             never for events of explicit transactions of the old TCP protocol: upgrade it, or copy \
             these to a new database",
        ));
    }
    let read = metadata(&event);
    let read = read.map_err(|error| {
        let what = format!("the metadata of event {} of {stream}", event.id);
        StoreError::corrupt(what, error.to_string())
    })?;
    Ok(complete(event, stream, read))
}

fn metadata(event: &Recorded) -> Result<(u32, Metadata), serde_json::Error> {
    conventions::from_json(&event.metadata, EventId(event.id), event.created)
}

fn complete(
    event: Recorded,
    stream: StreamId,
    (schema_version, metadata): (u32, Metadata),
) -> Envelope {
    Envelope {
        id: EventId(event.id),
        event_type: event.event_type,
        schema_version,
        stream,
        version: Version(event.revision + 1),
        position: Position(event.commit),
        recorded_at: event.created,
        data: event.data.into(),
        metadata,
    }
}

/// The stream of an event of the log; `None` where it is none of Quadrille's concern.
pub(super) fn stream_of(event: &Recorded) -> Option<StreamId> {
    event.stream.parse().ok().filter(|stream| !identity::is_its(stream))
}

/// An event of the log, if it is of Quadrille's concern.
pub(super) fn of_log(event: Recorded) -> Result<Option<Envelope>, StoreError> {
    let Some(stream) = stream_of(&event) else { return Ok(None) };
    if event.commit != event.prepare {
        return Err(StoreError::unusable(
            format!("stream {stream}"),
            "some of its events were written in an explicit transaction of the old TCP protocol, so \
             that several share a position; copy them to a new database first",
        ));
    }
    let read = metadata(&event).unwrap_or_else(|error| {
        // Anybody may write to the log; one event of theirs must not end its reading for good.
        tracing::warn!(%stream, event = %event.id, %error, "metadata under the key quadrille is none of ours");
        conventions::foreign(&event.metadata, EventId(event.id), event.created)
    });
    Ok(Some(complete(event, stream, read)))
}

/// Whether this is what was to be written.
pub(super) fn is_same(found: &Envelope, new: &NewEvent) -> bool {
    found.id == new.id
        && found.event_type == new.event_type
        && found.schema_version == new.schema_version
        && found.data == new.data
        && found.metadata == new.metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_without_a_position_is_an_error_that_says_why() {
        let at = |commit| Recorded {
            id: EventId::new().0,
            event_type: "order.placed".into(),
            stream: "order-1".into(),
            revision: 0,
            commit,
            prepare: commit,
            created: chrono::Utc::now(),
            data: Default::default(),
            metadata: Default::default(),
        };
        let read = |commit| envelope(at(commit), "order-1".parse().unwrap());
        assert_eq!(read(7).unwrap().position, Position(7));
        let error = read(u64::MAX).unwrap_err().to_string();
        assert!(error.contains("from 22.6 on") && error.contains("transactions"), "{error}");
    }
}
