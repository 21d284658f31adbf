use super::{
    checker::{Checker, Seen, Status, Verdict},
    deviation::Deviation,
};
use quadrille_core::CorrelationId;
use serde::Serialize;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

/// Variants that are told apart, at most; flows of others count in everything else.
const VARIANTS: usize = 100_000;
/// Flows that are named for each way to differ, at most.
const EXAMPLES: usize = 100;

/// How the flows of one specification have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowReport {
    /// Its name.
    pub expected: String,
    /// Flows that it was held against.
    pub flows: u64,
    /// Those that went as expected and may be over.
    pub as_expected: u64,
    /// Those that have gone as expected so far.
    pub open: u64,
    /// Those that differ.
    pub deviating: u64,
    /// Flows that it is not about.
    pub others: u64,
    /// The mean of the fitness of all flows; 1 where there are none.
    pub fitness: f64,
    /// In what flows differ, in how many of them first.
    pub deviations: Vec<DeviationTally>,
    /// The ways that flows have gone, those of most flows first.
    pub variants: Vec<VariantFitness>,
    /// Flows whose variants are not among them: there were more than 100,000.
    #[serde(skip_serializing_if = "is_zero")]
    pub flows_of_other_variants: u64,
}

/// One way to differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviationTally {
    /// What kind it is: see [`Deviation::kind`].
    pub kind: &'static str,
    /// The event type that it is about.
    pub step: String,
    /// How often it was met.
    pub times: u64,
    /// In how many flows.
    pub flows: u64,
    /// Some of them, each with the first time.
    pub examples: Vec<Example>,
}

/// A flow that differs, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// The flow.
    pub flow: CorrelationId,
    /// In what it differs.
    pub deviation: Deviation,
}

/// A way that flows have gone, and how well it fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantFitness {
    /// Event types, in the order of the log, without those that are ignored.
    pub steps: Vec<String>,
    /// Flows that went exactly this way.
    pub flows: u64,
    /// The mean of their fitness, which depends on whether they are over.
    pub fitness: f64,
    /// Those of them that differ.
    pub deviating: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What is counted of flows.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    flows: u64,
    as_expected: u64,
    open: u64,
    deviating: u64,
    pub others: u64,
    fitness: f64,
    deviations: BTreeMap<(&'static str, String), Found>,
    variants: HashMap<Box<[u32]>, Variant>,
    uncounted: u64,
}

#[derive(Debug, Clone, Default)]
struct Found {
    times: u64,
    flows: u64,
    examples: Vec<Example>,
}

#[derive(Debug, Clone, Default)]
struct Variant {
    flows: u64,
    deviating: u64,
    fitness: f64,
}

impl Tally {
    /// One more flow.
    pub fn add(&mut self, id: CorrelationId, events: &[Seen], verdict: Verdict) {
        self.flows += 1;
        self.fitness += verdict.fitness;
        let deviates = verdict.status == Status::Deviating;
        match verdict.status {
            Status::AsExpected => self.as_expected += 1,
            Status::Open => self.open += 1,
            Status::Deviating => self.deviating += 1,
        }
        self.variant(events, verdict.fitness, deviates);
        let mut met: Vec<(&'static str, String)> = Vec::new();
        for deviation in verdict.deviations {
            let key = (deviation.kind(), deviation.step().to_owned());
            let found = self.deviations.entry(key.clone()).or_default();
            found.times += 1;
            if met.contains(&key) {
                continue;
            }
            met.push(key);
            found.flows += 1;
            if found.examples.len() < EXAMPLES {
                found.examples.push(Example { flow: id, deviation });
            }
        }
    }

    fn variant(&mut self, events: &[Seen], fitness: f64, deviates: bool) {
        let shape: Box<[u32]> = events.iter().map(|seen| seen.event_type).collect();
        if self.variants.len() >= VARIANTS && !self.variants.contains_key(&shape) {
            self.uncounted += 1;
            return;
        }
        let variant = self.variants.entry(shape).or_default();
        variant.flows += 1;
        variant.deviating += u64::from(deviates);
        variant.fitness += fitness;
    }

    pub fn told(self, checker: &Checker, most: usize) -> FlowReport {
        let mean = |sum: f64, of: u64| if of == 0 { 1.0 } else { sum / of as f64 };
        let mut deviations: Vec<_> = self
            .deviations
            .into_iter()
            .map(|((kind, step), found)| DeviationTally {
                kind,
                step,
                times: found.times,
                flows: found.flows,
                examples: found.examples.into_iter().take(most).collect(),
            })
            .collect();
        deviations.sort_by_key(|tally| Reverse(tally.flows));
        let mut variants: Vec<_> = self
            .variants
            .into_iter()
            .map(|(shape, variant)| VariantFitness {
                steps: shape.iter().map(|name| checker.types.name(*name).into()).collect(),
                flows: variant.flows,
                fitness: mean(variant.fitness, variant.flows),
                deviating: variant.deviating,
            })
            .collect();
        variants.sort_by(|a, b| (b.flows, &a.steps).cmp(&(a.flows, &b.steps)));
        FlowReport {
            expected: checker.expected.name().to_owned(),
            flows: self.flows,
            as_expected: self.as_expected,
            open: self.open,
            deviating: self.deviating,
            others: self.others,
            fitness: mean(self.fitness, self.flows),
            deviations,
            variants,
            flows_of_other_variants: self.uncounted,
        }
    }
}
