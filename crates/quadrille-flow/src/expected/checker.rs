use super::{
    align::{Alignment, Move, align},
    deviation::{Deviation, Mention},
    pattern::Pattern,
    specification::{ExpectedFlow, Since, Step},
    ways::Ways,
};
use crate::observed::micros;
use chrono::{DateTime, Utc};
use quadrille_core::{Envelope, EventId, Position};
use serde::Serialize;
use std::{collections::HashMap, sync::Arc};

/// Flows of one shape are aligned once, as long as all shapes hold no more events than this.
const HELD: usize = 1_000_000;
/// Places of a specification that are remembered.
const PLACES: usize = 100_000;

/// How far a flow has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It went as expected, and may end here.
    AsExpected,
    /// It has gone as expected so far.
    Open,
    /// It differs.
    Deviating,
}

/// How a flow did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// How far it has come.
    pub status: Status,
    /// How much of it is as expected, from 0 to 1: 1 less the extra events and missing steps, of as
    /// many as there would be if nothing fitted. Times and components do not count.
    pub fitness: f64,
    /// In what it differs, in the order of the flow.
    pub deviations: Vec<Deviation>,
    /// The event types that may come next, unless it is over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// When it is too late for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
}

/// An event, as far as it is looked at: some 40 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    id: EventId,
    pub position: Position,
    pub at: i64,
    pub event_type: u32,
    component: u32,
}

/// Names by numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).expect("names fit into memory");
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }
}

/// The event types of a flow, and whether it is over.
type Shape = (Box<[u32]>, bool);

/// Holds flows against a specification.
#[derive(Debug, Clone)]
pub(super) struct Checker {
    pub expected: Arc<ExpectedFlow>,
    pub types: Names,
    components: Names,
    /// The event types of steps, and the components that are to write them.
    kinds: Vec<u32>,
    writers: Vec<Vec<u32>>,
    /// The types that make a flow one of these.
    of: Vec<u32>,
    ways: Ways,
    shapes: HashMap<Shape, Option<Arc<Alignment>>>,
    /// The events of all shapes.
    held: usize,
}

impl Checker {
    pub fn new(expected: Arc<ExpectedFlow>) -> Self {
        let (mut types, mut components) = (Names::default(), Names::default());
        let kinds = expected.steps.iter().map(|step| types.number(&step.event_type)).collect();
        let by = |step: &Step| step.by.iter().map(|by| components.number(by)).collect();
        let writers = expected.steps.iter().map(by).collect();
        let of = expected.of.iter().map(|name| types.number(name)).collect();
        let ways = Ways::new(&expected.pattern);
        let shapes = HashMap::new();
        Self { expected, types, components, kinds, writers, of, ways, shapes, held: 0 }
    }

    /// An event, unless it means nothing.
    pub fn see(&mut self, event: &Envelope) -> Option<Seen> {
        let is_framework = event.stream.category().is_framework();
        if is_framework || self.expected.ignores(&event.event_type) {
            return None;
        }
        Some(Seen {
            id: event.id,
            position: event.position,
            at: micros(event),
            event_type: self.types.number(&event.event_type),
            component: self.components.number(&event.metadata.component),
        })
    }

    /// Whether a flow with this event is held against the specification.
    pub fn is_of(&self, event: &Seen) -> bool {
        self.of.contains(&event.event_type)
    }

    /// How a flow did, as seen from a time; whether it is over.
    pub fn judge(&mut self, flow: &[Seen], now: i64, over: bool) -> Verdict {
        let shape: Box<[u32]> = flow.iter().map(|seen| seen.event_type).collect();
        let Some(so_far) = self.aligned(&shape, false) else { return beyond(flow.len()) };
        let complete = so_far.places.iter().any(|place| self.ways.may_end(*place));
        if over && !complete {
            let Some(whole) = self.aligned(&shape, true) else { return beyond(flow.len()) };
            let deviations = self.deviations(flow, &whole);
            let fitness = self.fitness(flow, &whole, true);
            let (status, waits_for) = (Status::Deviating, Vec::new());
            return Verdict { status, fitness, deviations, waits_for, due: None };
        }
        let mut deviations = self.deviations(flow, &so_far);
        let next = self.next(&so_far);
        let due = if complete { None } else { self.due(flow, &so_far) };
        if let Some(due) = due
            && now > due.at
        {
            deviations.push(self.overdue(due.step, &flow[due.since], now));
        }
        let status = match (deviations.is_empty(), complete) {
            (false, _) => Status::Deviating,
            (true, true) => Status::AsExpected,
            (true, false) => Status::Open,
        };
        let waits_for = if complete { Vec::new() } else { self.types_of(&next) };
        let due = due.and_then(|due| DateTime::from_timestamp_micros(due.at));
        let fitness = self.fitness(flow, &so_far, complete);
        Verdict { status, fitness, deviations, waits_for, due }
    }

    /// A flow beside its specification, step by step; `None` where too much differs.
    pub fn laid(&mut self, flow: &[Seen], over: bool) -> Option<Arc<Alignment>> {
        let shape: Box<[u32]> = flow.iter().map(|seen| seen.event_type).collect();
        let so_far = self.aligned(&shape, false)?;
        let complete = so_far.places.iter().any(|place| self.ways.may_end(*place));
        if over && !complete { self.aligned(&shape, true) } else { Some(so_far) }
    }

    fn aligned(&mut self, shape: &[u32], whole: bool) -> Option<Arc<Alignment>> {
        let key = (shape.into(), whole);
        if let Some(known) = self.shapes.get(&key) {
            return known.clone();
        }
        if self.held > HELD || self.ways.len() > PLACES {
            // What is remembered names places by their numbers.
            self.ways = Ways::new(&self.expected.pattern);
            self.shapes.clear();
            self.held = 0;
        }
        self.held += shape.len();
        let found = align(&mut self.ways, shape, &self.kinds, whole).map(Arc::new);
        self.shapes.insert(key, found.clone());
        found
    }

    fn fitness(&self, flow: &[Seen], alignment: &Alignment, whole: bool) -> f64 {
        let missing = if whole { self.expected.pattern.shortest() } else { 0 };
        let worst = (flow.len() + missing).max(1);
        1.0 - alignment.cost as f64 / worst as f64
    }

    fn deviations(&self, flow: &[Seen], alignment: &Alignment) -> Vec<Deviation> {
        let mut found: Vec<(usize, Deviation)> = Vec::new();
        // The last event of each type that was a step.
        let mut last: HashMap<u32, usize> = HashMap::new();
        // Steps that are missing, with where and what they were to follow, and events too many.
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        let mut taken = 0;
        for by in &alignment.moves {
            match *by {
                Move::Match { event, step } => {
                    found.extend(self.late(flow, event, step, &last).map(|late| (event, late)));
                    found.extend(self.foreign(&flow[event], step).map(|other| (event, other)));
                    last.insert(self.kinds[step as usize], event);
                    taken = event + 1;
                }
                Move::Extra { event } => {
                    extra.push(event);
                    taken = event + 1;
                }
                Move::Missing { step } => {
                    // What was to come before it may be missing as well.
                    let before = self.before(step, &last);
                    let begins = self.expected.steps[step as usize].before.is_empty();
                    let any = || last.values().max().copied().filter(|_| !begins);
                    missing.push((step, taken, before.or_else(any)));
                }
            }
        }
        for (step, at, before) in missing {
            let kind = self.kinds[step as usize];
            let moved = extra.iter().position(|event| flow[*event].event_type == kind);
            let Some(moved) = moved else {
                let behind = before.map(|event| self.mention(&flow[event]));
                let step = self.types.name(kind).into();
                found.push((at, Deviation::Missing { step, behind }));
                continue;
            };
            let event = extra.remove(moved);
            let early = event < at;
            let beside = if early { before } else { Some(at) };
            let beside = beside.and_then(|at| flow.get(at)).map(|seen| self.mention(seen));
            let out_of_order =
                Deviation::Misplaced { event: self.mention(&flow[event]), beside, early };
            found.push((event, out_of_order));
        }
        let too_many = |event| (event, Deviation::Extra { event: self.mention(&flow[event]) });
        found.extend(extra.into_iter().map(too_many));
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, deviation)| deviation).collect()
    }

    fn late(
        &self,
        flow: &[Seen],
        event: usize,
        step: u32,
        last: &HashMap<u32, usize>,
    ) -> Option<Deviation> {
        let limit = self.expected.steps[step as usize].limit.as_ref()?;
        let since = self.since(&flow[..event], step, &limit.since, last)?;
        let took = flow[event].at.saturating_sub(flow[since].at).max(0).unsigned_abs();
        let allowed = limit.within.as_micros().try_into().unwrap_or(u64::MAX);
        (took > allowed).then(|| Deviation::Late {
            event: self.mention(&flow[event]),
            since: self.mention(&flow[since]),
            micros: took,
            allowed_micros: allowed,
        })
    }

    /// The event that a time runs from.
    fn since(
        &self,
        before: &[Seen],
        step: u32,
        since: &Since,
        last: &HashMap<u32, usize>,
    ) -> Option<usize> {
        match since {
            Since::Before => self.before(step, last),
            Since::Type(name) => {
                before.iter().rposition(|seen| self.types.name(seen.event_type) == name)
            }
        }
    }

    /// The last event of the steps that may come right before a step.
    fn before(&self, step: u32, last: &HashMap<u32, usize>) -> Option<usize> {
        let before = &self.expected.steps[step as usize].before;
        let kinds = before.iter().map(|step| self.kinds[*step as usize]);
        kinds.filter_map(|kind| last.get(&kind)).max().copied()
    }

    fn foreign(&self, event: &Seen, step: u32) -> Option<Deviation> {
        let writers = &self.writers[step as usize];
        if writers.is_empty() || writers.contains(&event.component) {
            return None;
        }
        let names: Vec<&str> = writers.iter().map(|by| self.components.name(*by)).collect();
        Some(Deviation::Foreign {
            event: self.mention(event),
            component: self.components.name(event.component).into(),
            expected: names.join(" or "),
        })
    }

    /// The steps that may come next.
    fn next(&mut self, alignment: &Alignment) -> Vec<u32> {
        let mut steps = Vec::new();
        for place in &alignment.places {
            let next = self.ways.next(*place);
            steps.extend(next.iter().map(|(step, _)| *step));
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    fn types_of(&self, steps: &[u32]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for step in steps {
            let name = self.types.name(self.kinds[*step as usize]);
            if !names.iter().any(|known| known == name) {
                names.push(name.into());
            }
        }
        names
    }

    /// When it is too late for the flow to go on: the step, the event that its time runs from, and
    /// the time. `None` if it may go on at any time.
    fn due(&self, flow: &[Seen], alignment: &Alignment) -> Option<Due> {
        let matched = alignment.moves.iter().filter_map(|by| match by {
            Move::Match { event, step } => Some((self.kinds[*step as usize], *event)),
            _ => None,
        });
        let last: HashMap<u32, usize> = matched.collect();
        let of_step = |step: u32| {
            let limit = self.expected.steps[step as usize].limit.as_ref()?;
            let since = self.since(flow, step, &limit.since, &last)?;
            let within = i64::try_from(limit.within.as_micros()).unwrap_or(i64::MAX);
            Some(Due { step, since, at: flow[since].at.saturating_add(within) })
        };
        latest(alignment.places.iter().map(|place| due_of(self.ways.rest(*place), &of_step)))
    }

    fn overdue(&self, step: u32, since: &Seen, now: i64) -> Deviation {
        let limit = self.expected.steps[step as usize].limit.as_ref();
        let allowed = limit.map_or(0, |limit| limit.within.as_micros());
        Deviation::Overdue {
            step: self.types.name(self.kinds[step as usize]).into(),
            since: self.mention(since),
            micros: now.saturating_sub(since.at).max(0).unsigned_abs(),
            allowed_micros: allowed.try_into().unwrap_or(u64::MAX),
        }
    }

    pub fn mention(&self, seen: &Seen) -> Mention {
        Mention {
            event_type: self.types.name(seen.event_type).into(),
            event: seen.id,
            position: seen.position,
        }
    }

    pub fn component(&self, seen: &Seen) -> &str {
        self.components.name(seen.component)
    }
}

/// When a step is too late, and the event that its time runs from.
#[derive(Debug, Clone, Copy)]
struct Due {
    step: u32,
    since: usize,
    at: i64,
}

/// When it is too late for the first thing that must happen here. What may be left out, or what is
/// one of several ways, counts only if all of them are late; of what runs side by side the earliest
/// counts, and what may break something off need not come.
fn due_of(rest: &Pattern, of_step: &impl Fn(u32) -> Option<Due>) -> Option<Due> {
    if rest.may_end() {
        return None;
    }
    match rest {
        Pattern::Step(step) => of_step(*step),
        Pattern::End => None,
        Pattern::Sequence(parts) => due_of(parts.first()?, of_step),
        Pattern::Either(ways) => latest(ways.iter().map(|way| due_of(way, of_step))),
        Pattern::All(parts) => {
            let dues = parts.iter().filter_map(|part| due_of(part, of_step));
            dues.min_by_key(|due| due.at)
        }
        Pattern::Repeat { body, .. } | Pattern::Unless { body, .. } => due_of(body, of_step),
    }
}

/// The last of them, if all are too late at some time.
fn latest(dues: impl Iterator<Item = Option<Due>>) -> Option<Due> {
    let dues: Option<Vec<Due>> = dues.collect();
    dues?.into_iter().max_by_key(|due| due.at)
}

fn beyond(events: usize) -> Verdict {
    let deviations = vec![Deviation::Beyond { events }];
    let (waits_for, due) = (Vec::new(), None);
    Verdict { status: Status::Deviating, fitness: 0.0, deviations, waits_for, due }
}
