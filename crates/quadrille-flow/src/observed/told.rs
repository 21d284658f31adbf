use super::{
    By, Within,
    edges::Edges,
    flows::{Flow, FlowId, Flows},
    nodes::Nodes,
};
use crate::graph::Graph;
use chrono::{DateTime, Utc};
use quadrille_core::Position;
use serde::Serialize;
use std::collections::HashMap;

/// What a log shows, with times in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Observed {
    /// What led to what, or what came after what.
    #[serde(flatten)]
    pub graph: Graph,
    /// Which of the two.
    pub by: By,
    /// What a flow is.
    pub within: Within,
    /// How far the log was read.
    pub through: Option<Position>,
    /// The time from which it is seen: flows have stood still until then.
    pub now: Option<DateTime<Utc>>,
    /// All flows together.
    pub flows: Totals,
    /// The ways that flows have gone, those of most flows first.
    pub variants: Vec<Variant>,
    /// Flows that have not ended, those that have stood still longest first.
    pub open: Vec<Open>,
    /// What came round again, most often first.
    pub loops: Vec<Loop>,
}

/// How many there are of everything, whatever was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Flows.
    pub count: u64,
    /// Those that have not ended.
    pub open: u64,
    /// Those that have.
    pub ended: u64,
    /// Events of users, which are what variants are made of.
    pub events: u64,
    /// Different ways.
    pub variants: u64,
    /// Different loops.
    pub loops: u64,
    /// Effects whose cause was not seen, or was forgotten with its flow. They have no edge.
    pub without_cause: u64,
    /// Facts of the framework that this release cannot read. They count nowhere.
    pub unreadable: u64,
}

/// A way that flows have gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// Event types, in the order of the log.
    pub steps: Vec<String>,
    /// Flows that went exactly this way, so far.
    pub count: u64,
    /// Those of them that have not ended.
    pub open: u64,
    /// Whether they went on, where it is not told: see [`Settings`](super::Settings).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A flow that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The correlation's id or the stream.
    pub flow: String,
    /// Its last event: where it stands.
    pub at: String,
    /// Its events so far.
    pub events: u64,
    /// When its first event occurred.
    pub began_at: DateTime<Utc>,
    /// When something of it occurred last.
    pub since: DateTime<Utc>,
    /// How long it has stood still.
    pub still_micros: u64,
}

/// Something that came round again within one flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loop {
    /// Event types from one to the last before it came again, each once.
    pub steps: Vec<String>,
    /// How often it was gone through.
    pub times: u64,
    /// In how many flows.
    pub flows: u64,
}

/// That events of one type have come before those of another in every flow that has any of those.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Before {
    /// The type of which one came before.
    pub first: String,
    /// The other type.
    pub then: String,
    /// Flows that have the other.
    pub flows: u64,
}

/// From when to look, and at how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The time up to which flows stand still; the newest event's unless it is given.
    pub now: Option<DateTime<Utc>>,
    /// Variants at most.
    pub variants: usize,
    /// Open flows at most.
    pub open: usize,
    /// Loops at most.
    pub loops: usize,
}

impl View {
    /// The graph and how many there are of everything, with nothing told one by one.
    pub const GRAPH: Self = Self { now: None, variants: 0, open: 0, loops: 0 };
}

impl Default for View {
    /// Everything, as seen from the newest event.
    fn default() -> Self {
        Self { now: None, variants: usize::MAX, open: usize::MAX, loops: usize::MAX }
    }
}

/// What both ways of looking have in common.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mined {
    pub nodes: Nodes,
    pub edges: Edges,
    pub flows: Flows,
    pub through: Option<Position>,
    pub totals: Totals,
    count_after: Option<Position>,
}

impl Mined {
    pub fn new(settings: &super::Settings) -> Self {
        let flows = Flows::new(settings);
        let (nodes, edges, totals) = (Nodes::default(), Edges::default(), Totals::default());
        let count_after = settings.count_after;
        Self { nodes, edges, flows, through: None, totals, count_after }
    }

    /// The next event of the log is at this position.
    pub fn stand_at(&mut self, position: Position) {
        self.through = Some(position);
        if self.count_after.is_some_and(|after| position > after) {
            self.count_after = None;
            self.nodes.count_anew();
            self.edges.count_anew();
        }
        (self.nodes.position, self.edges.position) = (position, position);
    }

    pub fn always_before(&self) -> Vec<Before> {
        let name = |number: u32| self.nodes.id(number).to_owned();
        let pairs = self.flows.variants.always_before().into_iter();
        let mut pairs: Vec<_> = pairs
            .map(|(first, then, flows)| Before { first: name(first), then: name(then), flows })
            .collect();
        pairs.sort_by(|a, b| (&a.first, &a.then).cmp(&(&b.first, &b.then)));
        pairs
    }

    pub fn told(&self, graph: Graph, (by, within): (By, Within), view: View) -> Observed {
        let flows = &self.flows;
        let now = view.now.map(|now| now.timestamp_micros()).or(flows.newest);
        let mut open: Vec<_> = flows.open_at(now.unwrap_or(0)).collect();
        let mut open_in: HashMap<u32, u64> = HashMap::new();
        open.iter().for_each(|(_, flow)| *open_in.entry(flow.place).or_default() += 1);
        let names = |numbers: &[u32]| numbers.iter().map(|n| self.nodes.id(*n).into()).collect();
        let cycles = flows.variants.cycles();
        let totals = Totals {
            count: flows.count.into(),
            open: open.len() as u64,
            ended: u64::from(flows.count) - open.len() as u64,
            variants: flows.variants.count(),
            loops: cycles.len() as u64,
            ..self.totals
        };
        open.sort_by_key(|(_, flow)| (flow.at, flow.number));
        open.truncate(view.open);
        let open = open.into_iter().map(|(id, flow)| self.open(id, flow, now));
        let variants = flows.variants.ways(view.variants).into_iter().map(|way| Variant {
            steps: names(&way.activities),
            count: way.flows,
            open: open_in.get(&way.place).copied().unwrap_or(0),
            cut: way.cut,
        });
        let loops = cycles.iter().take(view.loops).map(|cycle| Loop {
            steps: names(&cycle.activities),
            times: cycle.times,
            flows: cycle.flows,
        });
        Observed {
            graph,
            by,
            within,
            through: self.through,
            now: now.map(time),
            flows: totals,
            variants: variants.collect(),
            open: open.collect(),
            loops: loops.collect(),
        }
    }
}

impl Mined {
    /// Where an open flow stands.
    pub fn open(&self, id: &FlowId, flow: &Flow, now: Option<i64>) -> Open {
        Open {
            flow: match id {
                FlowId::Correlation(id) => id.to_string(),
                FlowId::Stream(name) => name.to_string(),
            },
            at: self.nodes.id(flow.last).to_owned(),
            events: flow.steps.into(),
            began_at: time(flow.since),
            since: time(flow.at),
            still_micros: now.map_or(0, |now| now.saturating_sub(flow.at).max(0).unsigned_abs()),
        }
    }
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}
