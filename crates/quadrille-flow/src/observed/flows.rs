use super::{
    Settings,
    nodes::Nodes,
    variants::{ROOT, Variants},
};
use quadrille_core::{CorrelationId, Envelope, StreamId};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Events of a round, at least.
const ROUND: usize = 4_096;

/// Events between two looks at what may be forgotten. Where a log is written in the order of time,
/// what is forgotten lags behind by two rounds at most; where it is written case by case, nothing
/// is forgotten that the last round does not leave behind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Round {
    oldest: i64,
    events: usize,
    length: usize,
}

impl Default for Round {
    fn default() -> Self {
        Self { oldest: i64::MAX, events: 0, length: ROUND }
    }
}

impl Round {
    /// One more event; the time of the oldest in this round, if that is over.
    pub fn is_over(&mut self, at: i64) -> Option<i64> {
        (self.oldest, self.events) = (self.oldest.min(at), self.events + 1);
        (self.events >= self.length).then_some(self.oldest)
    }

    /// The next one begins, with so many things to look at when it is over: looking costs no more
    /// than a little for each event.
    pub fn begin(&mut self, kept: usize) {
        *self = Self { length: ROUND.max(kept / 2), ..Self::default() };
    }
}

/// Which flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum FlowId {
    Correlation(Uuid),
    Stream(Box<str>),
}

impl From<CorrelationId> for FlowId {
    fn from(id: CorrelationId) -> Self {
        Self::Correlation(id.0)
    }
}

impl From<&StreamId> for FlowId {
    fn from(stream: &StreamId) -> Self {
        Self::Stream(stream.to_string().into())
    }
}

/// A flow that has not ended, in some 70 bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flow {
    /// Its number among all flows.
    pub number: u32,
    /// Where it stands among the variants.
    pub place: u32,
    /// Its last event.
    pub last: u32,
    /// When that occurred.
    step_at: i64,
    /// Its events.
    pub steps: u32,
    /// When its first event occurred.
    pub since: i64,
    /// When something of it occurred last.
    pub at: i64,
}

/// What an event is in its flow.
pub(super) struct Step {
    /// The flow's number.
    pub flow: u32,
    /// The event before it, and when it occurred.
    pub before: Option<(u32, i64)>,
}

/// All flows: those that are open one by one, all of them as variants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flows {
    pub open: HashMap<FlowId, Flow>,
    pub variants: Variants,
    /// Flows that have begun.
    pub count: u32,
    /// When the newest event occurred.
    pub newest: Option<i64>,
    ends: HashSet<String>,
    silence: Option<i64>,
    round: Round,
}

impl Flows {
    pub fn new(settings: &Settings) -> Self {
        let silence = settings.silence.map(|time| time.as_micros());
        Self {
            open: HashMap::new(),
            variants: Variants::new(settings.longest, settings.most_places),
            count: 0,
            newest: None,
            ends: settings.ends.iter().cloned().collect(),
            silence: silence.map(|micros| i64::try_from(micros).unwrap_or(i64::MAX)),
            round: Round::default(),
        }
    }

    /// The next event of a flow, with its number.
    pub fn step(&mut self, id: FlowId, event: &Envelope, node: u32, nodes: &mut Nodes) -> Step {
        let at = micros(event);
        let is_end = self.ends.contains(&event.event_type);
        let silence = self.silence;
        let known = self.open.get_mut(&id).filter(|flow| !is_silent(flow.at, at, silence));
        let (flow, before) = match known {
            Some(flow) => (flow, true),
            None => {
                let number = self.count;
                self.count = self.count.wrapping_add(1);
                let (place, last) = (ROOT, node);
                let flow = Flow { number, place, last, step_at: at, steps: 0, since: at, at };
                (self.open.entry(id.clone()).insert_entry(flow).into_mut(), false)
            }
        };
        let step = Step { flow: flow.number, before: before.then_some((flow.last, flow.step_at)) };
        nodes.end(before.then_some(flow.last), node);
        flow.place = self.variants.step(flow.place, node, flow.steps);
        (flow.last, flow.step_at) = (node, at);
        (flow.at, flow.steps) = (flow.at.max(at), flow.steps.saturating_add(1));
        if is_end {
            self.open.remove(&id);
        }
        self.look_at(at);
        step
    }

    /// Something else happened in a flow; its number, if it is open.
    pub fn touch(&mut self, id: &FlowId, event: &Envelope) -> Option<u32> {
        let at = micros(event);
        self.newest = self.newest.max(Some(at));
        let silence = self.silence;
        // One that has fallen silent has ended, whether or not it was forgotten yet.
        let flow = self.open.get_mut(id).filter(|flow| !is_silent(flow.at, at, silence))?;
        flow.at = flow.at.max(at);
        Some(flow.number)
    }

    fn look_at(&mut self, at: i64) {
        self.newest = self.newest.max(Some(at));
        if let Some(oldest) = self.round.is_over(at)
            && self.silence.is_some()
        {
            let silence = self.silence;
            self.open.retain(|_, flow| !is_silent(flow.at, oldest, silence));
            self.round.begin(self.open.len());
        }
    }

    /// Flows that are open as seen from a time.
    pub fn open_at(&self, now: i64) -> impl Iterator<Item = (&FlowId, &Flow)> {
        self.open.iter().filter(move |(_, flow)| !is_silent(flow.at, now, self.silence))
    }

    /// Whether flows may end, so that something can be forgotten.
    pub fn may_end(&self) -> bool {
        self.silence.is_some() || !self.ends.is_empty()
    }

    /// The numbers of all flows that are kept.
    pub fn numbers(&self) -> HashSet<u32> {
        self.open.values().map(|flow| flow.number).collect()
    }
}

fn is_silent(since: i64, now: i64, silence: Option<i64>) -> bool {
    silence.is_some_and(|silence| now.saturating_sub(since) > silence)
}

/// When an event occurred.
pub(crate) fn micros(event: &Envelope) -> i64 {
    event.metadata.occurred_at.timestamp_micros()
}
