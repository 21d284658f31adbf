use super::{
    Allowed, Config, Finding, Level, Measure, RULES, Report, Rule, Seen,
    model::Model,
    rule::{Found, Limits},
    unused_allow,
};
use crate::{expected::FlowReport, graph::Graph, observed::Before};
use quadrille_core::manifest::Manifest;
use std::{cmp::Reverse, collections::BTreeMap};

/// What lints look at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What all apps on a store declare.
    pub manifests: &'a [Manifest],
    /// When each event type was seen, as [`seen`](super::seen) tells; `None` where nobody looked.
    pub seen: Option<&'a BTreeMap<String, Seen>>,
    /// What the log shows to lead to what; `None` where nobody looked.
    pub observed: Option<&'a Graph>,
    /// What the log showed earlier, and what it has shown since.
    pub baseline: Option<[&'a Graph; 2]>,
    /// How flows did that were held against specifications.
    pub expected: &'a [FlowReport],
    /// What the log shows to have always come before what; empty where nobody looked.
    pub always_before: &'a [Before],
}

impl<'a> Input<'a> {
    /// Manifests alone.
    pub fn new(manifests: &'a [Manifest]) -> Self {
        Self {
            manifests,
            seen: None,
            observed: None,
            baseline: None,
            expected: &[],
            always_before: &[],
        }
    }
}

/// Runs all lints.
pub fn check(input: Input<'_>, config: &Config) -> Report {
    let model = Model::of(input);
    let mut report = Report::default();
    let mut matched = vec![false; config.allow.len()];
    for rule in RULES {
        let setting = config.lints.get(rule.name);
        let level = setting.and_then(|setting| setting.level);
        if level == Some(Level::Allow) {
            // What is off may be allowed as well.
            mark(config, &mut matched, |allow| allow.lint == rule.name);
            continue;
        }
        let limits = Limits { defaults: rule.limits, set: setting.map(|setting| &setting.limits) };
        for found in (rule.check)(&model, &limits) {
            let finding = finding(rule, level, found, &limits);
            // Several apps may register the same.
            if report.holds(&finding) {
                continue;
            }
            let meant = |allow: &super::Allow| {
                allow.lint == finding.lint && finding.subjects.contains(&allow.subject)
            };
            let reason = config.allow.iter().find(|allow| meant(allow));
            let reason = reason.map(|allow| allow.reason.clone());
            mark(config, &mut matched, meant);
            match reason {
                Some(reason) => report.allowed.push(Allowed { finding, reason }),
                None => report.findings.push(finding),
            }
        }
    }
    let level = config.lints.get(unused_allow::RULE.name).and_then(|setting| setting.level);
    if level != Some(Level::Allow) {
        let limits = Limits { defaults: unused_allow::RULE.limits, set: None };
        let unused = config.allow.iter().zip(matched).filter(|(_, matched)| !matched);
        let found = unused.map(|(allow, _)| unused_allow::found(allow));
        report.findings.extend(found.map(|f| finding(&unused_allow::RULE, level, f, &limits)));
    }
    report.findings.sort_by_key(|finding| Reverse(finding.level));
    report
}

fn mark(config: &Config, matched: &mut [bool], meant: impl Fn(&super::Allow) -> bool) {
    for (allow, matched) in config.allow.iter().zip(matched) {
        *matched |= meant(allow);
    }
}

fn finding(rule: &Rule, level: Option<Level>, found: Found, limits: &Limits<'_>) -> Finding {
    let doubtful = if found.certain { rule.level } else { rule.level.min(Level::Warn) };
    let (name, value) = found.measure;
    Finding {
        lint: rule.name,
        level: level.unwrap_or(doubtful),
        subjects: found.subjects,
        message: found.message,
        way_out: rule.way_out,
        measure: Measure { name, value, threshold: limits.of(name) },
    }
}
