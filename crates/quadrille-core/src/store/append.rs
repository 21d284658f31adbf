use crate::{
    EventId, ExpectedVersion, InvalidName, NewEvent, Position, StoreError, StreamId, Tag, Version,
    name,
};
use std::collections::HashSet;

/// Events for one stream, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Where they go.
    pub stream: StreamId,
    /// What the stream must look like.
    pub expected: ExpectedVersion,
    /// The events, in order; at least one.
    pub events: Vec<NewEvent>,
}

/// Several appends that take place together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppendAll {
    /// At least one; no two to the same stream.
    pub appends: Vec<Append>,
    /// Each must find nothing.
    pub unless: Vec<Unless>,
}

/// A condition on the log: no event that matches lies above a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unless {
    /// Types that matter; none for any.
    pub types: Vec<String>,
    /// Tags that an event must all carry to matter; at least one.
    pub tags: Vec<Tag>,
    /// Events up to here are known to the caller: the [`Page::through`](crate::store::Page::through)
    /// of a read of the log. The position of an event that was found in another way, or of a
    /// receipt, will not do: others may still be on their way below it.
    pub after: Position,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The version of the first event written.
    pub first_version: Version,
    /// The version of the last, which is the stream's.
    pub last_version: Version,
    /// The position of the last.
    pub position: Position,
    /// Whether the events were there before this append.
    pub repeated: bool,
}

/// What a store accepts. A refusal names the limit and the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one event's payload: 1 MiB.
    pub event_bytes: usize,
    /// Events in one append: 10,000.
    pub events_per_append: usize,
    /// Bytes of all payloads in one append: 16 MiB.
    pub append_bytes: usize,
    /// Tags on one event: 32.
    pub tags_per_event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            event_bytes: 1 << 20,
            events_per_append: 10_000,
            append_bytes: 16 << 20,
            tags_per_event: 32,
        }
    }
}

impl Limits {
    /// Checks an append before it touches the store.
    ///
    /// # Errors
    /// When it is empty, above a limit, holds an id twice or a name that cannot be kept.
    pub fn check(&self, append: &Append) -> Result<(), InvalidAppend> {
        let stream = || append.stream.clone();
        let count = append.events.len();
        if count == 0 {
            return Err(InvalidAppend::Empty { stream: stream() });
        }
        if count > self.events_per_append {
            let limit = self.events_per_append;
            return Err(InvalidAppend::TooMany { stream: stream(), count, limit });
        }
        let mut ids = HashSet::with_capacity(count);
        for event in &append.events {
            self.check_event(event, &append.stream)?;
            if !ids.insert(event.id) {
                return Err(InvalidAppend::SameIdTwice { stream: stream(), event: event.id });
            }
        }
        let bytes: usize = append.events.iter().map(|event| event.data.len()).sum();
        if bytes > self.append_bytes {
            let limit = self.append_bytes;
            return Err(InvalidAppend::TooLarge { stream: stream(), bytes, limit });
        }
        Ok(())
    }

    /// Checks appends that belong together before they touch the store.
    ///
    /// # Errors
    /// As [`Limits::check`], and when there is no append, when two go to the same stream or hold
    /// the same id, or when a condition has no tags.
    pub fn check_all(&self, all: &AppendAll) -> Result<(), InvalidAppend> {
        let refuse = |problem: String| Err(InvalidAppend::AppendAll(problem));
        if all.appends.is_empty() {
            return refuse("no appends were given".into());
        }
        if all.unless.iter().any(|unless| unless.tags.is_empty()) {
            return refuse("a condition has no tags".into());
        }
        let (mut streams, mut ids) = (HashSet::new(), HashSet::new());
        for append in &all.appends {
            self.check(append)?;
            if !streams.insert(&append.stream) {
                return refuse(format!("two of them go to {}", append.stream));
            }
            if let Some(event) = append.events.iter().find(|event| !ids.insert(event.id)) {
                let (stream, event) = (append.stream.clone(), event.id);
                return Err(InvalidAppend::SameIdTwice { stream, event });
            }
        }
        Ok(())
    }

    fn check_event(&self, event: &NewEvent, stream: &StreamId) -> Result<(), InvalidAppend> {
        let (stream, event_type) = (stream.clone(), event.event_type.clone());
        name::check_event_type(&event.event_type)?;
        let bytes = event.data.len();
        if bytes > self.event_bytes {
            let limit = self.event_bytes;
            return Err(InvalidAppend::EventTooLarge { stream, event_type, bytes, limit });
        }
        let count = event.metadata.tags.len();
        if count > self.tags_per_event {
            let limit = self.tags_per_event;
            return Err(InvalidAppend::TooManyTags { stream, event_type, count, limit });
        }
        Ok(())
    }
}

/// An append that no store would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAppend {
    /// There is nothing to append.
    #[error("append to {stream}: no events were given")]
    Empty {
        /// The stream.
        stream: StreamId,
    },
    /// Too many events at once.
    #[error("append to {stream}: {count} events at once, the limit is {limit}")]
    TooMany {
        /// The stream.
        stream: StreamId,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// One event is too large.
    #[error(
        "append {event_type} to {stream}: its payload has {bytes} bytes, the limit is {limit}; keep large data elsewhere and record where"
    )]
    EventTooLarge {
        /// The stream.
        stream: StreamId,
        /// The event's type.
        event_type: String,
        /// Its payload's size.
        bytes: usize,
        /// How large it may be.
        limit: usize,
    },
    /// All events together are too large.
    #[error("append to {stream}: its payloads have {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// The stream.
        stream: StreamId,
        /// All payloads together.
        bytes: usize,
        /// How large they may be.
        limit: usize,
    },
    /// Too many tags on one event.
    #[error("append {event_type} to {stream}: it carries {count} tags, the limit is {limit}")]
    TooManyTags {
        /// The stream.
        stream: StreamId,
        /// The event's type.
        event_type: String,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Two events of one append have the same id.
    #[error("append to {stream}: the event id {event} is there twice")]
    SameIdTwice {
        /// The stream.
        stream: StreamId,
        /// The id.
        event: EventId,
    },
    /// Two appends of one [`AppendAll`] go to the same stream, or a condition has no tags.
    #[error("append to several streams: {0}")]
    AppendAll(String),
    /// A name that cannot be kept.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Somebody else wrote first: load again and decide again.
    #[error("append to {stream}: expected {expected}, found version {actual}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What was expected.
        expected: ExpectedVersion,
        /// The version of its last event.
        actual: Version,
    },
    /// An [`Unless`] found something: read again and decide again.
    #[error("append under a condition: an event at position {found} matches it")]
    ConditionFailed {
        /// Where it lies.
        found: Position,
    },
    /// Some of these ids are taken, by other events than these.
    #[error("append to {stream}: the event id {event} is taken")]
    IdReused {
        /// The stream.
        stream: StreamId,
        /// The id.
        event: EventId,
    },
    /// No store would accept this.
    #[error(transparent)]
    Invalid(#[from] InvalidAppend),
    /// The store has a problem.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppendError {
    /// Whether the same append may succeed later as it is.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CorrelationId, Metadata};

    fn event(bytes: usize) -> NewEvent {
        let flow = CorrelationId::new();
        let metadata = Metadata::new(flow, flow.0, "test", chrono::Utc::now());
        NewEvent::new(EventId::new(), "order.placed", vec![b'1'; bytes], metadata).unwrap()
    }

    fn check(events: Vec<NewEvent>, part: &str) {
        let limits = Limits { event_bytes: 10, events_per_append: 3, ..Limits::default() };
        let stream = "order-1".parse().unwrap();
        let append = Append { stream, expected: ExpectedVersion::Any, events };
        match limits.check(&append) {
            Ok(()) => assert_eq!(part, ""),
            Err(error) => assert!(!part.is_empty() && error.to_string().contains(part), "{error}"),
        }
    }

    #[test]
    fn limits_name_what_is_too_large() {
        check(vec![event(10)], "");
        check(vec![], "no events");
        check(
            vec![event(11)],
            "order.placed to order-1: its payload has 11 bytes, the limit is 10",
        );
        check(vec![event(1), event(1), event(1), event(1)], "4 events at once, the limit is 3");
        let twice = event(1);
        check(vec![twice.clone(), twice], "is there twice");
    }

    fn check_all(appends: Vec<Append>, unless: Vec<Unless>, part: &str) {
        let error = Limits::default().check_all(&AppendAll { appends, unless }).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn appends_that_belong_together_are_checked_together() {
        let append = |stream: &str, event| Append {
            stream: stream.parse().unwrap(),
            expected: ExpectedVersion::Any,
            events: vec![event],
        };
        let (one, other) = (event(1), event(2));
        check_all(vec![], vec![], "no appends");
        check_all(
            vec![append("order-1", one.clone()), append("order-1", other)],
            vec![],
            "two of them go to order-1",
        );
        check_all(
            vec![append("order-1", one.clone()), append("order-2", one.clone())],
            vec![],
            "append to order-2: the event id",
        );
        let unless = Unless { types: vec![], tags: vec![], after: Position::START };
        check_all(vec![append("order-1", one)], vec![unless], "no tags");
    }
}
