use crate::support::{book, check_shown, on, read};
use quadrille::prelude::*;
use quadrille_book::checks::{careless, mended};
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
