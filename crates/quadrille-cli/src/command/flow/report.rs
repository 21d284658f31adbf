use super::looked::Looked;
use crate::{
    Screen,
    args::ReportArgs,
    explain::{Explain, Outcome},
    format::{counted, time},
    mount::Done,
};
use chrono::Utc;
use quadrille_core::EventStore;
use quadrille_flow::{
    lint::Level,
    report::{self, Asked, Changes, Review},
};
use std::{fs, path::Path};

/// Flows that are named for each way to differ from what is expected.
const EXAMPLES: usize = 5;

pub(super) async fn run(
    args: &ReportArgs,
    store: Option<&dyn EventStore>,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    // Before anything is written: the new report may take the place of the old.
    let old = args.since.as_deref().map(read).transpose()?;
    let looked = Looked::at(&args.look, EXAMPLES, store, "report on the flow").await?;
    let apps = looked.manifests.iter().map(|manifest| manifest.app.clone());
    let title = args.title.clone().unwrap_or_else(|| apps.collect::<Vec<_>>().join(", "));
    let asked = Asked { title, made_at: Utc::now() };
    let review = Review::of(looked.input(), &looked.config, asked);
    let changes = old.map(|old| review.since(&old));
    let page = report::page(&review, changes.as_ref());
    match &args.out {
        None => write!(screen.out, "{page}")?,
        Some(path) => {
            fs::write(path, page).explain(|| format!("write {}", path.display()))?;
            screen.line(&summary(path, &review, changes.as_ref()))?;
        }
    }
    Ok(Done::Well)
}

fn read(path: &Path) -> Outcome<Review> {
    let page = fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
    report::read(&page).explain(|| format!("use {}", path.display()))
}

/// What was written, in a line.
fn summary(path: &Path, review: &Review, changes: Option<&Changes>) -> String {
    let of = |level| review.findings.iter().filter(|found| found.level == level).count() as u64;
    let mut line = format!(
        "{}: {}, {}, {}",
        path.display(),
        counted(review.flows.len() as u64, "flow", "flows"),
        counted(of(Level::Deny), "error", "errors"),
        counted(of(Level::Warn), "warning", "warnings"),
    );
    if let Some(changes) = changes {
        let is_change = |change: quadrille_flow::graph::Change| !change.is_none();
        let nodes = changes.graph.nodes.iter().filter(|node| is_change(node.change)).count();
        let edges = changes.graph.edges.iter().filter(|edge| is_change(edge.change)).count();
        line.push_str(&format!(
            "; since {} {} and {} changed, {} found, {} gone",
            time(changes.since),
            counted(nodes as u64, "node", "nodes"),
            counted(edges as u64, "edge", "edges"),
            counted(changes.found.len() as u64, "finding", "findings"),
            changes.gone.len(),
        ));
    }
    line
}
