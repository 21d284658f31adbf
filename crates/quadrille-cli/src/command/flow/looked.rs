//! What lints look at.

use super::{expected, source};
use crate::{
    args::LookArgs,
    explain::{Explain, Outcome},
};
use quadrille_core::{EventStore, Position, manifest::Manifest};
use quadrille_flow::{
    declared,
    expected::{FlowReport, Monitor},
    graph::Graph,
    lint::{self, Config, Input, Seen},
    observed::{Before, Causation, Miner, Settings, View, read_on},
};
use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::Path};

pub(super) struct Looked {
    pub config: Config,
    pub manifests: Vec<Manifest>,
    /// What holds flows against those that are expected, if any are.
    pub monitor: Option<Monitor>,
    /// How they did.
    pub expected: Vec<FlowReport>,
    seen: Option<BTreeMap<String, Seen>>,
    observed: Option<Graph>,
    baseline: Option<(Graph, Graph)>,
    always_before: Vec<Before>,
}

impl Looked {
    /// Looks at what was asked for, and names so many flows for each way to differ; `what` says what
    /// it is for, should there be nothing.
    pub async fn at(
        args: &LookArgs,
        most: usize,
        store: Option<&dyn EventStore>,
        what: &str,
    ) -> Outcome<Self> {
        let config = match &args.config {
            Some(path) => {
                let text =
                    fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
                text.parse().explain(|| format!("use {}", path.display()))?
            }
            None => Config::default(),
        };
        let mut looked = Self {
            config,
            manifests: Vec::new(),
            monitor: expected::monitor(&args.expected)?,
            expected: Vec::new(),
            seen: None,
            observed: None,
            baseline: None,
            always_before: Vec::new(),
        };
        for path in &args.manifests {
            looked.manifests.extend(source::file_or_input(path)?);
        }
        if args.manifests.is_empty() {
            looked.at_store(args, most, source::there(store)?).await?;
        }
        if looked.manifests.is_empty() && looked.monitor.is_none() {
            let nothing = match args.manifests.is_empty() {
                true => "no app has started on this store",
                false => "the files hold no manifest",
            };
            return Err(format!("{what}: {nothing}").into());
        }
        Ok(looked)
    }

    async fn at_store(&mut self, args: &LookArgs, most: usize, store: &dyn EventStore) -> Outcome {
        self.manifests = source::of(&args.apps, store).await?;
        self.seen = Some(lint::seen(store, &declared::graph(&self.manifests)).await?);
        if let Some(path) = &args.baseline {
            let Baseline { graph, through, .. } = baseline(path)?;
            let mut miner =
                Causation::new(&Settings { count_after: through, ..Settings::default() });
            read_on(store, &mut miner).await?;
            self.baseline = Some((graph, miner.observed(View::GRAPH).graph));
        }
        if args.observed {
            let mut miner = Causation::new(&Settings::default());
            read_on(store, &mut miner).await?;
            self.observed = Some(miner.observed(View::GRAPH).graph);
            self.always_before = miner.always_before();
        }
        if let Some(monitor) = &mut self.monitor {
            read_on(store, monitor).await?;
            self.expected = monitor.report(args.now, most);
        }
        Ok(())
    }

    pub fn input(&self) -> Input<'_> {
        let Self { manifests, seen, observed, expected, always_before, .. } = self;
        let (seen, observed) = (seen.as_ref(), observed.as_ref());
        let baseline = self.baseline.as_ref().map(|(earlier, since)| [earlier, since]);
        Input { manifests, seen, observed, baseline, expected, always_before }
    }
}

/// What a log showed earlier, as `flow show --observed --format json` wrote it.
#[derive(Deserialize)]
struct Baseline {
    #[serde(flatten)]
    graph: Graph,
    /// None of an empty log.
    through: Option<Position>,
    by: String,
}

fn baseline(path: &Path) -> Outcome<Baseline> {
    let text = fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
    let read = serde_json::from_str(&text);
    let read: Baseline = read.explain(|| {
        format!("read {} as what `flow show --observed --format json` writes", path.display())
    })?;
    if read.by != "causation" {
        let problem = "it tells what came after what; make it without --by sequence";
        return Err(format!("use {} as a baseline: {problem}", path.display()).into());
    }
    Ok(read)
}
