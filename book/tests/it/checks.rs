use crate::support::{book, check_shown, on, read};
use quadrille::prelude::*;
use quadrille_book::{
    checks::{careless, mended},
    measures::{broad_handler, fan_out, flow_depth, god_coordinator, implicit_orchestrator},
};
use quadrille_flow::{
    declared,
    lint::{self, Config, Input, Level, RULES, Report},
};

async fn check(desk: Component, settings: &str) -> Report {
    let (app, _) = on([desk]).await;
    // ANCHOR: check
    let recorded = declared::load(&**app.store()).await.unwrap();
    let manifests: Vec<_> = recorded.into_iter().map(|recorded| recorded.manifest).collect();
    let settings: Config = settings.parse().unwrap();
    let report = lint::check(Input::new(&manifests), &settings);
    // ANCHOR_END: check
    report
}

#[tokio::test]
async fn a_careless_flow_is_told_what_is_wrong_with_it() {
    let report = check(careless::desk(), "").await;
    check_shown("flow-check.txt", &report.to_string());
    assert!(report.reaches(Level::Deny));
}

#[tokio::test]
async fn a_mended_flow_is_not() {
    let report = check(mended::desk(), "").await;
    assert_eq!(report.to_string(), "nothing found\n");
}

#[tokio::test]
async fn a_flow_is_measured() {
    let settings = "\
        lints.implicit-orchestrator.betweenness = 0.1\n\
        lints.god-coordinator.inputs = 2\n\
        lints.broad-handler.event_types = 0\n\
        lints.fan-out.handlers = 1\n\
        lints.flow-depth.handlers = 1\n";
    let report = check(mended::desk(), settings).await;
    check_shown("flow-measures.txt", &report.to_string());
}

#[tokio::test]
async fn what_is_measured_is_found_before_it_is_cut_to_size_and_not_after() {
    let finds = async |lint: &str, settings: &str, desk: Component| {
        let report = check(desk, settings).await;
        report.findings.iter().any(|finding| finding.lint == lint)
    };
    for (lint, settings, before, after) in [
        (
            // The shop has much that does not take part.
            "implicit-orchestrator",
            "lints.implicit-orchestrator.betweenness = 0.05",
            implicit_orchestrator::before(),
            implicit_orchestrator::after(),
        ),
        ("god-coordinator", "", god_coordinator::before(), god_coordinator::after()),
        ("broad-handler", "", broad_handler::before(), broad_handler::after()),
        ("fan-out", "", fan_out::before(), fan_out::after()),
        ("flow-depth", "lints.flow-depth.handlers = 3", flow_depth::before(), flow_depth::after()),
    ] {
        assert!(finds(lint, settings, before).await, "{lint} does not find it");
        assert!(!finds(lint, settings, after).await, "{lint} still finds it");
    }
}

#[test]
fn every_lint_has_a_section() {
    let chapter = read(&book().join("src/flow-checks.md"));
    for rule in RULES {
        assert!(chapter.contains(&format!("\n### {}\n", rule.name)), "{} has none", rule.name);
        for limit in rule.limits {
            let row = format!("| `{}` | {} |", limit.name, limit.default);
            let section = chapter.split("\n### ").find(|text| text.starts_with(rule.name)).unwrap();
            assert!(section.contains(&row), "{} does not say: {row}", rule.name);
        }
    }
}
