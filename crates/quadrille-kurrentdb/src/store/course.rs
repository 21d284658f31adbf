use quadrille_core::{Append, AppendError, CommandId, Envelope, EventId, Version};
use std::collections::HashMap;

/// The ids of a stream's events from its first to its `version`: what it takes to say what an
/// append comes to.
#[derive(Debug, Default)]
pub(super) struct Course {
    version: Version,
    ids: HashMap<EventId, Version>,
    commands: HashMap<CommandId, (Version, Version)>,
}

/// What an append comes to, as far as the course goes.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It took place: these are its first and its last version.
    TookPlace(Version, Version),
    /// It may be written behind this version.
    Write(Version),
    Refused(AppendError),
}

impl Course {
    /// The version of the last event known.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Of how many events it knows.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Takes in what comes next. Events that are known, or that come after others that are not,
    /// are left out.
    pub(super) fn extend<'a>(&mut self, events: impl IntoIterator<Item = &'a Envelope>) {
        for event in events {
            if event.version != self.version.next() {
                continue;
            }
            self.version = event.version;
            self.ids.insert(event.id, event.version);
            if let Some(command) = &event.metadata.command {
                let range = self.commands.entry(command.id);
                range.or_insert((event.version, event.version)).1 = event.version;
            }
        }
    }

    /// Between which versions the events of a command lie.
    pub(super) fn of_command(&self, command: CommandId) -> Option<(Version, Version)> {
        self.commands.get(&command).copied()
    }

    /// What the contract says of an append to this stream: repetition comes first.
    pub(super) fn judge(&self, append: &Append) -> Verdict {
        let (stream, events) = (append.stream.clone(), &append.events);
        let place = |event: EventId| self.ids.get(&event).copied();
        if let Some(taken) = events.iter().find(|event| place(event.id).is_some()) {
            let first = place(events[0].id);
            let is_next = |(n, id)| first.is_some_and(|first| place(id) == Some(first.after(n)));
            return match first {
                Some(first) if events.iter().map(|event| event.id).enumerate().all(is_next) => {
                    Verdict::TookPlace(first, first.after(events.len() - 1))
                }
                _ => Verdict::Refused(AppendError::IdReused { stream, event: taken.id }),
            };
        }
        let (expected, actual) = (append.expected, self.version);
        if expected.allows(actual) {
            Verdict::Write(actual)
        } else {
            Verdict::Refused(AppendError::Conflict { stream, expected, actual })
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use quadrille_core::{
        CommandStamp, CorrelationId, ExpectedVersion, Metadata, NewEvent, Position, StreamId,
    };
    use uuid::Uuid;

    fn id(n: u64) -> EventId {
        EventId(Uuid::from_u128(n.into()))
    }

    fn metadata() -> Metadata {
        let flow = CorrelationId::new();
        Metadata::new(flow, flow.0, "test", chrono::Utc::now())
    }

    fn stream() -> StreamId {
        "order-1".parse().unwrap()
    }

    /// The event with this version, which is its id as well; it came from command `version / 2`.
    pub(in crate::store) fn event(version: u64) -> Envelope {
        let command = CommandId(Uuid::from_u128(u128::from(version / 2)));
        let mut metadata = metadata();
        metadata.command = Some(CommandStamp::new(command, "order.place", b"{}"));
        Envelope {
            id: id(version),
            event_type: "order.placed".into(),
            schema_version: 1,
            stream: stream(),
            version: Version(version),
            position: Position(version * 100),
            recorded_at: chrono::Utc::now(),
            data: Vec::new(),
            metadata,
        }
    }

    fn course(versions: impl IntoIterator<Item = u64>) -> Course {
        let mut course = Course::default();
        course.extend(&versions.into_iter().map(event).collect::<Vec<_>>());
        course
    }

    fn check(length: u64, ids: &[u64], expected: ExpectedVersion, verdict: &str) {
        let new = |n: &u64| NewEvent::new(id(*n), "order.placed", *b"{}", metadata()).unwrap();
        let events = ids.iter().map(new).collect();
        let found = match course(1..=length).judge(&Append { stream: stream(), expected, events }) {
            Verdict::TookPlace(first, last) => format!("took place from {first} to {last}"),
            Verdict::Write(version) => format!("write behind {version}"),
            Verdict::Refused(error) => error.to_string(),
        };
        assert!(found.contains(verdict), "{ids:?} at {expected}: {found}, not {verdict}");
    }

    #[test]
    fn repetition_comes_before_the_expected_version() {
        use ExpectedVersion::{Any, Exact, Exists, NoStream};
        for expected in [Any, Exists, NoStream, Exact(Version(4)), Exact(Version(9))] {
            check(4, &[2, 3], expected, "took place from 2 to 3");
            check(4, &[4], expected, "took place from 4 to 4");
            check(4, &[3, 2], expected, "is taken");
            check(4, &[2, 4], expected, "is taken");
            check(4, &[9, 1], expected, "is taken");
            check(4, &[4, 9], expected, "is taken");
        }
    }

    #[test]
    fn new_events_go_where_the_expected_version_allows() {
        use ExpectedVersion::{Any, Exact, Exists, NoStream};
        check(0, &[9], NoStream, "write behind 0");
        check(0, &[9], Any, "write behind 0");
        check(0, &[9], Exists, "found version 0");
        check(4, &[8, 9], Exact(Version(4)), "write behind 4");
        check(4, &[9], Exists, "write behind 4");
        check(4, &[9], NoStream, "found version 4");
        check(4, &[9], Exact(Version(3)), "found version 4");
        check(4, &[9], Exact(Version(5)), "found version 4");
    }

    #[test]
    fn only_what_comes_next_is_taken_in() {
        assert_eq!(course([1, 2, 2, 1, 4, 3, 5]).version(), Version(3));
        assert_eq!(course([2, 3]).len(), 0);
    }

    #[test]
    fn a_command_is_found_with_all_its_events() {
        let course = course(1..=4);
        let of = |n| course.of_command(CommandId(Uuid::from_u128(n)));
        assert_eq!(of(1), Some((Version(2), Version(3))));
        assert_eq!(of(9), None);
    }
}
