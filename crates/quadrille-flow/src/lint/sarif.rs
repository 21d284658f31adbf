use super::{Finding, Level, RULES, Report, Rule};
use serde_json::{Value, json};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Report {
    /// The report in the Static Analysis Results Interchange Format, version 2.1.0. Subjects are
    /// logical locations; what is allowed is there as well, suppressed with its reason.
    pub fn sarif(&self) -> Value {
        let found = self.findings.iter().map(|finding| result(finding, None));
        let allowed =
            self.allowed.iter().map(|allowed| result(&allowed.finding, Some(&allowed.reason)));
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "quadrille",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": RULES.iter().map(rule).collect::<Vec<_>>(),
                } },
                "results": found.chain(allowed).collect::<Vec<_>>(),
            }],
        })
    }
}

fn rule(rule: &Rule) -> Value {
    let limits: serde_json::Map<String, Value> =
        rule.limits.iter().map(|limit| (limit.name.into(), limit.default.into())).collect();
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.way_out },
        "defaultConfiguration": { "level": level(rule.level), "parameters": limits },
    })
}

fn result(finding: &Finding, allowed: Option<&str>) -> Value {
    let location =
        |subject: &String| json!({ "logicalLocations": [{ "fullyQualifiedName": subject }] });
    // The first subject is the one to change.
    let (places, related) = finding.subjects.split_at(finding.subjects.len().min(1));
    let mut result = json!({
        "ruleId": finding.lint,
        "ruleIndex": RULES.iter().position(|rule| rule.name == finding.lint),
        "level": level(finding.level),
        "message": { "text": finding.message },
        "locations": places.iter().map(location).collect::<Vec<_>>(),
        "relatedLocations": related.iter().map(location).collect::<Vec<_>>(),
        "properties": { "measure": finding.measure, "wayOut": finding.way_out },
    });
    if let Some(reason) = allowed {
        result["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    result
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Allow => "none",
        Level::Warn => "warning",
        Level::Deny => "error",
    }
}
