use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not at all: the lint is off.
    Allow,
    /// It is said.
    Warn,
    /// The check fails.
    Deny,
}

/// Something that a lint found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The lint's name.
    pub lint: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What it is about: ids of nodes of the flow graph, and `component:NAME`. The first is the
    /// one to change.
    pub subjects: Vec<String>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    pub way_out: &'static str,
    /// What was measured, and the limit that it was held against.
    pub measure: Measure,
}

/// A number and its limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// What was measured: a limit's name in the settings.
    pub name: &'static str,
    /// How much there is.
    pub value: f64,
    /// How much there should be.
    pub threshold: f64,
}

/// A finding that the settings allow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Allowed {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it is meant.
    pub reason: String,
}

/// What all lints found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
    /// What was found and is meant.
    pub allowed: Vec<Allowed>,
}

impl Report {
    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// Whether it was found already.
    pub(super) fn holds(&self, finding: &Finding) -> bool {
        let allowed = self.allowed.iter().map(|allowed| &allowed.finding);
        self.findings.iter().chain(allowed).any(|found| found == finding)
    }

    /// Whether something was found at this level or above.
    pub fn reaches(&self, level: Level) -> bool {
        self.findings.iter().any(|finding| finding.level >= level)
    }
}
