use super::{expected, source};
use crate::{
    Screen,
    args::{CheckArgs, CheckFormat},
    explain::{Explain, Outcome},
    mount::Done,
};
use quadrille_core::{EventStore, Position, manifest::Manifest};
use quadrille_flow::{
    declared,
    expected::FlowReport,
    graph::Graph,
    lint::{self, Config, Input, Level, Report},
    observed::{Causation, Miner, Settings, View, read_on},
};
use serde::{Deserialize, Serialize};
use std::fs;

pub(super) async fn run(
    args: &CheckArgs,
    store: Option<&dyn EventStore>,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    if args.follow && args.format == CheckFormat::Sarif {
        return Err("check the flow: SARIF cannot be followed; say --format json".into());
    }
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
    let (mut seen, mut observed, mut monitor) = (None, None, expected::monitor(args)?);
    let baseline = baseline(args)?;
    if args.manifests.is_empty() {
        let store = source::there(store)?;
        manifests = source::of(&args.apps, store).await?;
        seen = Some(lint::seen(store, &declared::graph(&manifests)).await?);
        if args.observed || baseline.is_some() {
            observed = Some(observe(store, baseline.as_ref()).await?);
        }
        if let Some(monitor) = &mut monitor {
            read_on(store, monitor).await?;
        }
    }
    if manifests.is_empty() && monitor.is_none() {
        let nothing = match args.manifests.is_empty() {
            true => "no app has started on this store",
            false => "the files hold no manifest",
        };
        return Err(format!("check the flow: {nothing}").into());
    }
    let expected = monitor.as_mut().map(|monitor| monitor.report(args.now, args.most()));
    let expected = expected.unwrap_or_default();
    let input = Input {
        manifests: &manifests,
        seen: seen.as_ref(),
        observed: observed.as_ref(),
        baseline: baseline.as_ref().map(|baseline| &baseline.graph),
        expected: &expected,
    };
    let report = lint::check(input, &config);
    write(args, &report, &expected, screen)?;
    let fails = if args.deny_warnings { Level::Warn } else { Level::Deny };
    let mut found = report.reaches(fails);
    if let (true, Some(monitor), Some(store)) = (args.follow, monitor, store) {
        found |= expected::follow(store, monitor, args.format, screen).await?;
    }
    Ok(if found { Done::Found } else { Done::Well })
}

fn write(
    args: &CheckArgs,
    report: &Report,
    expected: &[FlowReport],
    screen: &mut Screen<'_>,
) -> Outcome {
    match args.format {
        CheckFormat::Text => {
            expected::write(expected, args.most(), screen)?;
            Ok(write!(screen.out, "{report}")?)
        }
        CheckFormat::Json => Ok(screen.json(&Checked { report, expected })?),
        CheckFormat::Sarif => Ok(screen.json(&report.sarif())?),
    }
}

/// All that was found, in one object.
#[derive(Serialize)]
struct Checked<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    expected: &'a [FlowReport],
}

/// What a log showed earlier, as `flow show --observed --format json` wrote it.
#[derive(Deserialize)]
struct Baseline {
    #[serde(flatten)]
    graph: Graph,
    through: Position,
}

fn baseline(args: &CheckArgs) -> Outcome<Option<Baseline>> {
    let Some(path) = &args.baseline else { return Ok(None) };
    let text = fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
    let read = serde_json::from_str(&text);
    Ok(Some(read.explain(|| {
        format!("read {} as what `flow show --observed --format json` writes", path.display())
    })?))
}

async fn observe(store: &dyn EventStore, baseline: Option<&Baseline>) -> Outcome<Graph> {
    let count_after = baseline.map(|baseline| baseline.through);
    let mut miner = Causation::new(&Settings { count_after, ..Settings::default() });
    read_on(store, &mut miner).await?;
    Ok(miner.observed(View::GRAPH).graph)
}
