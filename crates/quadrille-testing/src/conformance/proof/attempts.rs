use super::super::{Random, sample::*};
use quadrille_core::{
    Append, Appended, EventId, EventStore, ExpectedVersion, NewEvent, Position, StreamId, Tag,
    Version,
    store::{AppendAll, Unless},
};

/// Higher than any stream's version is in a proof.
const NEVER: ExpectedVersion = ExpectedVersion::Exact(Version(1 << 40));

/// An append that was settled.
pub(super) struct Attempt {
    pub(super) stream: StreamId,
    pub(super) ids: Vec<EventId>,
    /// `None` if it was refused.
    pub(super) receipt: Option<Appended>,
    /// How far readers were told that they had looked before this was first tried.
    pub(super) after: Position,
}

/// How an append must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Accepted,
    Refused,
    Either,
}

/// What one writer tries, step by step.
pub(super) struct Plan {
    pub(super) number: usize,
    pub(super) random: Random,
    /// The last that was accepted.
    pub(super) last: Option<AppendAll>,
}

impl Plan {
    /// What to try next, and how it must end.
    pub(super) async fn next(&mut self, store: &dyn EventStore) -> (AppendAll, End) {
        let able = store.capabilities();
        match self.random.below(100) {
            0..45 => (self.one(store, ExpectedVersion::Any), End::Accepted),
            45..55 => {
                let mut all = self.one(store, ExpectedVersion::Any);
                all.appends[0].expected = self.expected(store, &all.appends[0].stream).await;
                (all, End::Either)
            }
            55..60 => (self.one(store, NEVER), End::Refused),
            60..65 => match self.with_an_old_id(store) {
                Some(all) => (all, End::Refused),
                None => (self.one(store, ExpectedVersion::Any), End::Accepted),
            },
            65..70 => match &self.last {
                Some(last) => (last.clone(), End::Accepted),
                None => (self.one(store, ExpectedVersion::Any), End::Accepted),
            },
            70..85 if able.several_streams => {
                (self.two(store, ExpectedVersion::Any), End::Accepted)
            }
            85..92 if able.several_streams => (self.two(store, NEVER), End::Refused),
            92..95 if able.tag_conditions => {
                let mut all = self.one(store, ExpectedVersion::Any);
                let tags = vec![self.tag()];
                all.unless.push(Unless { types: vec![], tags, after: Position::END });
                (all, End::Accepted)
            }
            _ => (self.one(store, ExpectedVersion::Any), End::Accepted),
        }
    }

    fn one(&mut self, store: &dyn EventStore, expected: ExpectedVersion) -> AppendAll {
        let stream = self.stream();
        AppendAll { appends: vec![append(&stream, expected, self.events(store))], unless: vec![] }
    }

    /// To a stream of its own and to a shared one, of which only the second can lose.
    fn two(&mut self, store: &dyn EventStore, second: ExpectedVersion) -> AppendAll {
        let shared = stream(&format!("invoice-{}", self.random.below(3)));
        let mine = stream(&format!("order-{}", self.number));
        let first = append(&mine, ExpectedVersion::Any, self.events(store));
        let second = append(&shared, second, self.events(store));
        AppendAll { appends: vec![first, second], unless: vec![] }
    }

    /// New events, and one that is there already.
    fn with_an_old_id(&mut self, store: &dyn EventStore) -> Option<AppendAll> {
        let Append { stream, events, .. } = self.last.as_ref()?.appends.first()?.clone();
        let mut new = self.events(store);
        new.truncate(3);
        new.push(events.into_iter().next()?);
        let appends = vec![append(&stream, ExpectedVersion::Any, new)];
        Some(AppendAll { appends, unless: vec![] })
    }

    /// The version of a stream that others write to as well.
    async fn expected(&self, store: &dyn EventStore, stream: &StreamId) -> ExpectedVersion {
        let end = Version(u64::MAX);
        let last = store.read_stream(stream, end, quadrille_core::store::Direction::Backward, 1);
        // Where it cannot be read, this will be the first event or lose.
        let last = last.await.unwrap_or_default();
        ExpectedVersion::at(last.first().map_or(Version::NONE, |event| event.version))
    }

    fn stream(&mut self) -> StreamId {
        let (own, shared) = (self.random.below(3), self.random.below(3));
        stream(&match self.random.below(100) {
            0..60 => format!("order-{}-{own}", self.number),
            60..95 => format!("invoice-{shared}"),
            _ => format!("quadrille-proof-{shared}"),
        })
    }

    fn events(&mut self, store: &dyn EventStore) -> Vec<NewEvent> {
        let limits = store.limits();
        let (count, bytes) = match self.random.below(100) {
            0..60 => (1, 0),
            60..94 => (2 + self.random.below(4), 0),
            94..97 => (50.min(limits.events_per_append / 2), 0),
            _ => (1, 50_000.min(limits.event_bytes / 2).min(limits.append_bytes / 2)),
        };
        (0..count.max(1)).map(|_| self.event(bytes)).collect()
    }

    fn event(&mut self, bytes: usize) -> NewEvent {
        let mut event = event(&format!("order.kind_{}", self.random.below(3)));
        if bytes > 0 {
            event.data = vec![b'7'; bytes];
        }
        if self.random.percent(20) {
            event.metadata.tags = vec![self.tag()];
        }
        event
    }

    fn tag(&mut self) -> Tag {
        Tag::new("customer", self.random.below(4))
    }
}
