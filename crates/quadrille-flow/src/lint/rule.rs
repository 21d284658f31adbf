use super::{
    Level, always_before, broad_handler, dead_event, deadline_without_handler, deaf_handler,
    event_loop, fan_out, flow_depth, god_coordinator, hidden_temporal_coupling,
    implicit_orchestrator, latency_shift, model::Model, owner_missing, process_without_completion,
    unexpected_flow, unused_allow, unused_command, upcaster_gap,
};
use std::collections::BTreeMap;

/// A lint: what it looks for, and what it is held against.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// How much a finding matters unless the settings say otherwise. Where a lint that denies
    /// cannot be certain, it warns.
    pub level: Level,
    /// What it looks for, in a sentence.
    pub summary: &'static str,
    /// What to do about a finding.
    pub way_out: &'static str,
    /// What it measures, with the limits that hold unless the settings say otherwise.
    pub limits: &'static [Limit],
    pub(super) check: fn(&Model<'_>, &Limits<'_>) -> Vec<Found>,
}

/// What a lint measures, and how much is too much or too little.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Its name in the settings.
    pub name: &'static str,
    /// The limit that holds unless the settings say otherwise.
    pub default: f64,
}

impl Limit {
    pub(super) const fn new(name: &'static str, default: f64) -> Self {
        Self { name, default }
    }
}

/// The limits that a lint is run with.
pub(super) struct Limits<'a> {
    pub defaults: &'static [Limit],
    pub set: Option<&'a BTreeMap<String, f64>>,
}

impl Limits<'_> {
    /// The limit of this name; a lint asks for its own only.
    pub fn of(&self, name: &str) -> f64 {
        let set = self.set.and_then(|set| set.get(name)).copied();
        let default = || self.defaults.iter().find(|limit| limit.name == name);
        set.or_else(|| default().map(|limit| limit.default)).unwrap_or(f64::NAN)
    }
}

/// What a lint hands back: the rest of a finding is the same for all of a lint.
pub(super) struct Found {
    pub subjects: Vec<String>,
    pub message: String,
    /// The limit's name, and how much there is.
    pub measure: (&'static str, f64),
    /// Whether it can be nothing else.
    pub certain: bool,
}

impl Found {
    pub fn new(
        subjects: impl IntoIterator<Item = impl Into<String>>,
        message: impl Into<String>,
        measure: (&'static str, usize),
    ) -> Self {
        let mut all: Vec<String> = Vec::new();
        for subject in subjects.into_iter().map(Into::into) {
            if !all.contains(&subject) {
                all.push(subject);
            }
        }
        Self {
            subjects: all,
            message: message.into(),
            measure: (measure.0, measure.1 as f64),
            certain: true,
        }
    }

    /// Another measure than a count.
    pub fn measured(mut self, value: f64) -> Self {
        self.measure.1 = value;
        self
    }

    /// Says that it may be nothing.
    pub fn doubtful(self) -> Self {
        Self { certain: false, ..self }
    }
}

/// All lints, in the order in which they are explained.
pub const RULES: &[Rule] = &[
    dead_event::RULE,
    deaf_handler::RULE,
    unused_command::RULE,
    event_loop::RULE,
    hidden_temporal_coupling::RULE,
    always_before::RULE,
    implicit_orchestrator::RULE,
    god_coordinator::RULE,
    broad_handler::RULE,
    fan_out::RULE,
    flow_depth::RULE,
    process_without_completion::RULE,
    deadline_without_handler::RULE,
    upcaster_gap::RULE,
    owner_missing::RULE,
    unexpected_flow::RULE,
    latency_shift::RULE,
    unused_allow::RULE,
];
