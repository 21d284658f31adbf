use crate::lint::{Allowed, Finding, Level};
use serde::{Deserialize, Serialize};

/// A finding as a review keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// The lint.
    pub lint: String,
    /// How much it matters.
    pub level: Level,
    /// What it is about; the first is the one to change.
    pub subjects: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub way_out: String,
    /// Why it is meant, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Noted {
    /// Whether it is the same finding, perhaps by another measure.
    pub fn is(&self, other: &Self) -> bool {
        (&self.lint, &self.subjects) == (&other.lint, &other.subjects)
    }
}

pub(super) fn found(finding: &Finding) -> Noted {
    Noted {
        lint: finding.lint.to_owned(),
        level: finding.level,
        subjects: finding.subjects.clone(),
        message: finding.message.clone(),
        way_out: finding.way_out.to_owned(),
        reason: None,
    }
}

pub(super) fn allowed(allowed: &Allowed) -> Noted {
    Noted { reason: Some(allowed.reason.clone()), ..found(&allowed.finding) }
}
