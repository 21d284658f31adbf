use super::{
    feed::{Feed, Tally},
    name, open,
};
use crate::{
    Context, Progress, Screen,
    args::XesArgs,
    explain::{Explain, Outcome},
    format::counted,
    progress::Meter,
    xes::{Case, CaseEvent, Place, Problem, RESOURCE_KEY, Reader, XesError},
};
use quadrille_core::{
    Append, CorrelationId, ExpectedVersion, Metadata, NewEvent, StreamId, Version, store::Limits,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::collections::{HashMap, hash_map::Entry};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Cases that may be read ahead of the store.
const AHEAD: usize = 256;

/// Imports a log: each case becomes a stream.
pub(crate) async fn import_xes(
    args: XesArgs,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let progress = Progress::default();
    let (source, length) = open(&args.file, &progress)?;
    let file = args.file.display().to_string();
    let mut meter = Meter::new(screen.progress, length, progress);
    let mut feed = Feed::new(&*context.store);
    let limits = context.store.limits();
    let (mut cases, mut empty) = (0, 0);

    // Parsing and writing take turns on two threads; the channel bounds what lies between them.
    let (sender, mut read) = mpsc::channel(AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        for case in Cases::new(Reader::new(source), args, limits) {
            if sender.blocking_send(case).is_err() {
                break;
            }
        }
    });
    let mut failed = None;
    while let Some(case) = read.recv().await {
        match case {
            Ok(appends) => {
                cases += 1;
                empty += u64::from(appends.is_empty());
                for append in appends {
                    feed.push(append).await.explain(|| format!("import {file}"))?;
                }
                meter.tell(feed.tally.events(), Some(cases));
            }
            Err(error) => failed = Some(error),
        }
    }
    reading.await.explain(|| format!("read {file}"))?;
    feed.flush().await.explain(|| format!("import {file}"))?;
    drop(meter);
    screen.line(&summary(&feed.tally, cases, empty))?;
    failed.map_or(Ok(()), Err).explain(|| format!("import {file} further"))
}

fn summary(tally: &Tally, cases: u64, empty: u64) -> String {
    let mut text = format!(
        "imported {} of {}",
        counted(tally.written, "event", "events"),
        counted(cases, "case", "cases")
    );
    if tally.known > 0 {
        text.push_str(&format!("; already there: {}", counted(tally.known, "event", "events")));
    }
    if empty > 0 {
        text.push_str(&format!("; {} without events", counted(empty, "case was", "cases were")));
    }
    text
}

/// A log's cases as appends, up to the first error.
struct Cases<R> {
    reader: R,
    args: XesArgs,
    limits: Limits,
    /// Where each case began, by a hash of its name.
    seen: HashMap<Uuid, Place>,
    ended: bool,
}

impl<R: Iterator<Item = Result<Case, XesError>>> Cases<R> {
    fn new(reader: R, args: XesArgs, limits: Limits) -> Self {
        Self { reader, args, limits, seen: HashMap::new(), ended: false }
    }

    fn appends(&mut self, case: &Case) -> Result<Vec<Append>, XesError> {
        let name = case.text(&self.args.case_key)?;
        self.check_once(&name, case.place)?;
        let stream = StreamId::new(self.args.category.clone(), &*name)
            .map_err(|error| Problem::Name(error).at(case.place))?;
        let Some(first) = case.events.first() else { return Ok(Vec::new()) };
        let began = first.time(&self.args.time_key, self.args.offset)?;
        let flow = name::flow(&self.args.category, &name, began);
        let mut events = Vec::with_capacity(case.events.len());
        let mut cause = flow.0;
        for (ordinal, event) in case.events.iter().enumerate() {
            let of = (ordinal == 0).then_some(case);
            let event = self.event(event, of, flow, cause, ordinal)?;
            cause = event.id.0;
            events.push(event);
        }
        Ok(split(stream, events, &self.limits))
    }

    fn check_once(&mut self, name: &str, place: Place) -> Result<(), XesError> {
        let key = Uuid::new_v5(&Uuid::nil(), name.as_bytes());
        match self.seen.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(place);
                Ok(())
            }
            Entry::Occupied(first) => {
                let (name, first) = (name.to_owned(), *first.get());
                Err(Problem::Twice { name, first }.at(place))
            }
        }
    }

    fn event(
        &self,
        event: &CaseEvent,
        case: Option<&Case>,
        flow: CorrelationId,
        cause: Uuid,
        ordinal: usize,
    ) -> Result<NewEvent, XesError> {
        if let Some(taken) = event.attributes.iter().find(|a| case.is_some() && a.key == "case") {
            let problem = "the attribute `case` stands where the case's own attributes go";
            return Err(Problem::NotXes(problem.to_owned()).at(taken.place));
        }
        let event_type = event.text(&self.args.type_key)?;
        let occurred = event.time(&self.args.time_key, self.args.offset)?;
        let data = serde_json::to_vec(&Payload { event, case })
            .map_err(|error| Problem::NotXes(error.to_string()).at(event.place))?;
        let id = name::event(flow, ordinal, &event_type, &data);
        let mut metadata = Metadata::new(flow, cause, "import", occurred);
        metadata.actor = event.find(RESOURCE_KEY);
        NewEvent::new(id, event_type, data, metadata)
            .map_err(|error| Problem::Name(error).at(event.place))
    }
}

impl<R: Iterator<Item = Result<Case, XesError>>> Iterator for Cases<R> {
    type Item = Result<Vec<Append>, XesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let appends = self.reader.next()?.and_then(|case| self.appends(&case));
        self.ended = appends.is_err();
        Some(appends)
    }
}

/// An event's attributes, and those of its case with the first.
struct Payload<'a> {
    event: &'a CaseEvent,
    case: Option<&'a Case>,
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for attribute in &self.event.attributes {
            map.serialize_entry(&attribute.key, attribute)?;
        }
        if let Some(case) = self.case {
            map.serialize_entry("case", &case.attributes_as_json())?;
        }
        map.end()
    }
}

/// A case's events as one append, or as several where it is too large for one. The same case is
/// always split at the same places.
fn split(stream: StreamId, events: Vec<NewEvent>, limits: &Limits) -> Vec<Append> {
    let mut appends: Vec<Append> = Vec::new();
    let (mut version, mut bytes) = (Version::NONE, 0);
    for event in events {
        bytes += event.data.len();
        let full = appends.last().is_none_or(|last| {
            last.events.len() == limits.events_per_append || bytes > limits.append_bytes
        });
        if full {
            bytes = event.data.len();
            let expected = ExpectedVersion::at(version);
            appends.push(Append { stream: stream.clone(), expected, events: Vec::new() });
        }
        version = version.next();
        if let Some(last) = appends.last_mut() {
            last.events.push(event);
        }
    }
    appends
}
