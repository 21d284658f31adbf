use super::source;
use crate::{
    Screen,
    args::{CheckArgs, CheckFormat},
    explain::{Explain, Outcome},
    mount::Done,
};
use quadrille_core::{EventStore, manifest::Manifest};
use quadrille_flow::{
    declared,
    lint::{self, Config, Input, Level},
    observed::{Causation, Miner, Settings, View, read_on},
};
use std::fs;

pub(super) async fn run(
    args: &CheckArgs,
    store: Option<&dyn EventStore>,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    let config = match &args.config {
        Some(path) => {
            let text = fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
            text.parse().explain(|| format!("use {}", path.display()))?
        }
        None => Config::default(),
    };
    let mut manifests: Vec<Manifest> = Vec::new();
    for path in &args.manifests {
        manifests.extend(source::file_or_input(path)?);
    }
    let (mut seen, mut observed) = (None, None);
    if args.manifests.is_empty() {
        let store = source::there(store)?;
        manifests = source::of(&args.apps, store).await?;
        seen = Some(lint::seen(store, &declared::graph(&manifests)).await?);
        if args.observed {
            let mut miner = Causation::new(&Settings::default());
            read_on(store, &mut miner).await?;
            observed = Some(miner.observed(View::GRAPH).graph);
        }
    }
    if manifests.is_empty() {
        let nothing = match args.manifests.is_empty() {
            true => "no app has started on this store",
            false => "the files hold no manifest",
        };
        return Err(format!("check the flow: {nothing}").into());
    }
    let input = Input { manifests: &manifests, seen: seen.as_ref(), observed: observed.as_ref() };
    let report = lint::check(input, &config);
    match args.format {
        CheckFormat::Text => write!(screen.out, "{report}")?,
        CheckFormat::Json => screen.json(&report)?,
        CheckFormat::Sarif => screen.json(&report.sarif())?,
    }
    let fails = if args.deny_warnings { Level::Warn } else { Level::Deny };
    Ok(if report.reaches(fails) { Done::Found } else { Done::Well })
}
