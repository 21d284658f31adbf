use crate::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, NewEvent, Position, Query,
    StreamId, Version,
    store::{AppendAll, Direction, Page, Place, StreamFilter, StreamInfo, Unless},
};
use chrono::{DateTime, SubsecRound, Utc};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

/// Which kind of store the log stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Full,
    KurrentDb,
}

impl Shape {
    /// How many events a page looks at, at most. The small bound shows readers the pages without
    /// events that a filtered read of a large log gives.
    fn looks_at(self) -> usize {
        match self {
            Self::Full => usize::MAX,
            Self::KurrentDb => 64,
        }
    }

    /// How far the log grows by an event.
    fn step(self, event: &NewEvent) -> u64 {
        match self {
            Self::Full => 1,
            Self::KurrentDb => (160 + event.event_type.len() + event.data.len()) as u64,
        }
    }
}

/// A log and its indexes, without any locking.
#[derive(Debug)]
pub(super) struct Log {
    shape: Shape,
    events: Vec<Arc<Envelope>>,
    streams: BTreeMap<StreamId, Stream>,
    ids: HashMap<EventId, usize>,
    end: Position,
}

/// A stream's events by their places in the log, and its ids by their places in the stream.
#[derive(Debug, Default)]
struct Stream {
    events: Vec<usize>,
    ids: HashMap<EventId, usize>,
    commands: HashMap<CommandId, Vec<usize>>,
}

impl Log {
    pub(super) fn new(shape: Shape) -> Self {
        let (events, streams, ids) = (Vec::new(), BTreeMap::new(), HashMap::new());
        Self { shape, events, streams, ids, end: Position::START }
    }

    pub(super) fn append_all(&mut self, all: AppendAll) -> Result<Vec<Appended>, AppendError> {
        let earlier: Vec<Option<Appended>> =
            all.appends.iter().map(|append| self.earlier(append)).collect::<Result<_, _>>()?;
        if earlier.iter().all(Option::is_some) {
            return Ok(earlier.into_iter().flatten().collect());
        }
        if let Some(at) = earlier.iter().position(Option::is_some) {
            let append = &all.appends[at];
            let (stream, event) = (append.stream.clone(), append.events[0].id);
            return Err(AppendError::IdReused { stream, event });
        }
        for append in &all.appends {
            self.check_version(append)?;
        }
        for unless in &all.unless {
            self.check_condition(unless)?;
        }
        let now = Utc::now().trunc_subsecs(6);
        Ok(all.appends.into_iter().map(|append| self.write(append, now)).collect())
    }

    /// The receipt of an append that took place before.
    fn earlier(&self, append: &Append) -> Result<Option<Appended>, AppendError> {
        let stream = self.streams.get(&append.stream);
        let place = |id: EventId| stream.and_then(|stream| stream.ids.get(&id).copied());
        let is_taken =
            |id| place(id).is_some() || (self.shape == Shape::Full && self.ids.contains_key(&id));
        let Some(taken) = append.events.iter().find(|event| is_taken(event.id)) else {
            return Ok(None);
        };
        let first = place(append.events[0].id);
        let in_place = |(n, event): (usize, &NewEvent)| place(event.id) == first.map(|at| at + n);
        match (stream, first) {
            (Some(stream), Some(first)) if append.events.iter().enumerate().all(in_place) => {
                let last = first + append.events.len() - 1;
                Ok(Some(Appended {
                    first_version: Version::NONE.after(first + 1),
                    last_version: Version::NONE.after(last + 1),
                    position: self.events[stream.events[last]].position,
                    repeated: true,
                }))
            }
            _ => Err(AppendError::IdReused { stream: append.stream.clone(), event: taken.id }),
        }
    }

    fn check_version(&self, append: &Append) -> Result<(), AppendError> {
        let (stream, expected) = (append.stream.clone(), append.expected);
        let actual = self.version(&stream);
        if expected.allows(actual) {
            Ok(())
        } else {
            Err(AppendError::Conflict { stream, expected, actual })
        }
    }

    fn check_condition(&self, unless: &Unless) -> Result<(), AppendError> {
        let query =
            Query { types: unless.types.clone(), tags: unless.tags.clone(), ..Query::everything() };
        match self.above(unless.after).iter().find(|event| query.matches(event)) {
            None => Ok(()),
            Some(event) => Err(AppendError::ConditionFailed { found: event.position }),
        }
    }

    fn write(&mut self, append: Append, now: DateTime<Utc>) -> Appended {
        let before = self.version(&append.stream);
        let count = append.events.len();
        let stream = self.streams.entry(append.stream.clone()).or_default();
        for event in append.events {
            let index = self.events.len();
            self.end = Position(self.end.0 + self.shape.step(&event));
            stream.ids.insert(event.id, stream.events.len());
            stream.events.push(index);
            if let Some(command) = &event.metadata.command {
                stream.commands.entry(command.id).or_default().push(index);
            }
            self.ids.insert(event.id, index);
            self.events.push(Arc::new(Envelope {
                id: event.id,
                event_type: event.event_type,
                schema_version: event.schema_version,
                stream: append.stream.clone(),
                version: Version::NONE.after(stream.events.len()),
                position: self.end,
                recorded_at: now,
                data: event.data,
                metadata: event.metadata,
            }));
        }
        Appended {
            first_version: before.next(),
            last_version: before.after(count),
            position: self.end,
            repeated: false,
        }
    }

    fn version(&self, stream: &StreamId) -> Version {
        Version::NONE.after(self.streams.get(stream).map_or(0, |stream| stream.events.len()))
    }

    fn above(&self, from: Position) -> &[Arc<Envelope>] {
        &self.events[self.events.partition_point(|event| event.position <= from)..]
    }

    fn below(&self, from: Position) -> &[Arc<Envelope>] {
        &self.events[..self.events.partition_point(|event| event.position < from)]
    }

    pub(super) fn head(&self) -> Option<Place> {
        self.events.last().map(|event| Place::from(&**event))
    }

    pub(super) fn event_at(&self, position: Position) -> Option<Envelope> {
        let at = self.events.binary_search_by_key(&position, |event| event.position);
        at.ok().map(|at| self.envelope(at))
    }

    pub(super) fn event(&self, id: EventId) -> Option<Envelope> {
        match self.shape {
            Shape::Full => self.ids.get(&id).map(|at| self.envelope(*at)),
            Shape::KurrentDb => self.events.iter().find(|event| event.id == id).map(copy),
        }
    }

    fn envelope(&self, index: usize) -> Envelope {
        copy(&self.events[index])
    }

    pub(super) fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Page {
        let ahead: Box<dyn Iterator<Item = &Arc<Envelope>>> = match direction {
            Direction::Forward => Box::new(self.above(from).iter()),
            Direction::Backward => Box::new(self.below(from).iter().rev()),
        };
        let mut page = Page::default();
        for (looked_at, event) in ahead.enumerate() {
            if page.events.len() >= limit || looked_at >= self.shape.looks_at() {
                page.more = true;
                break;
            }
            page.through = Some(Place::from(&**event));
            if query.matches(event) {
                page.events.push(copy(event));
            }
        }
        page
    }

    pub(super) fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Vec<Envelope> {
        let indexes = self.streams.get(stream).map_or(&[][..], |stream| &stream.events);
        let place =
            |version: u64| usize::try_from(version).unwrap_or(usize::MAX).min(indexes.len());
        let envelope = |at: &usize| self.envelope(*at);
        match direction {
            Direction::Forward => {
                indexes[place(from.0)..].iter().take(limit).map(envelope).collect()
            }
            Direction::Backward => {
                let below = place(from.0.saturating_sub(1));
                indexes[..below].iter().rev().take(limit).map(envelope).collect()
            }
        }
    }

    pub(super) fn events_of_command(&self, stream: &StreamId, command: CommandId) -> Vec<Envelope> {
        let indexes = self.streams.get(stream).and_then(|stream| stream.commands.get(&command));
        indexes.into_iter().flatten().map(|at| self.envelope(*at)).collect()
    }

    pub(super) fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Vec<StreamInfo> {
        let behind = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let selected = self.streams.range::<StreamId, _>(behind);
        let selected = selected.filter(|(name, _)| filter.matches(name)).take(limit);
        let info = |(name, stream): (&StreamId, &Stream)| {
            let last = &self.events[*stream.events.last()?];
            Some(StreamInfo {
                stream: name.clone(),
                version: last.version,
                position: last.position,
                recorded_at: last.recorded_at,
            })
        };
        selected.filter_map(info).collect()
    }
}

fn copy(event: &Arc<Envelope>) -> Envelope {
    Envelope::clone(event)
}
