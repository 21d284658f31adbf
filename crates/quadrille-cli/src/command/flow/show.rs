use super::{compared, declared, observed};
use crate::{
    Screen,
    args::{FlowBy, FlowFormat, FlowShowArgs, FlowWithin},
    explain::Outcome,
};
use quadrille_core::EventStore;
use quadrille_flow::{
    conformance::compare,
    declared::{dated, load_history},
    draw,
    graph::Graph,
    observed::{Causation, Miner, Observed, Sequence, View, read_on},
};
use std::io::{self, Write};

pub(super) async fn run(
    args: &FlowShowArgs,
    store: &dyn EventStore,
    screen: &mut Screen<'_>,
) -> Outcome {
    if let Some(problem) = args.unheeded() {
        return Err(format!("show the flow: {problem}").into());
    }
    if !args.declared {
        let seen = observe(args, store).await?;
        return match args.format {
            FlowFormat::Table => observed::write(&seen, screen),
            FlowFormat::Json => Ok(screen.json(&seen)?),
            _ => draw("What happened", observed::about(&seen), &seen.graph, args, screen),
        };
    }
    let said = dated(&load_history(store).await?);
    if !args.observed {
        let about = "as the apps on this store registered it".to_owned();
        return match args.format {
            FlowFormat::Table => declared::write(&said, screen),
            FlowFormat::Json => Ok(screen.json(&said)?),
            _ => draw("What is declared", about, &said, args, screen),
        };
    }
    if args.by == FlowBy::Sequence {
        let problem = "what comes after what is not declared; leave --by sequence out";
        return Err(format!("compare the flow with what is declared: {problem}").into());
    }
    let both = compare(&said, &mine(args, store).await?.observed(View::GRAPH).graph);
    match args.format {
        FlowFormat::Table => compared::write(&both, screen),
        FlowFormat::Json => Ok(screen.json(&both)?),
        _ => draw("Declared and observed", compared::about(&both), &both, args, screen),
    }
}

fn draw(
    title: &str,
    about: String,
    graph: &Graph,
    args: &FlowShowArgs,
    screen: &mut Screen<'_>,
) -> Outcome {
    let style = args.picture.style(title, about);
    let picture = match args.format {
        FlowFormat::Mermaid => draw::mermaid(graph, &style),
        FlowFormat::Dot => draw::dot(graph, &style),
        _ => draw::svg(graph, &style),
    };
    Ok(screen.line(picture.trim_end())?)
}

async fn observe(args: &FlowShowArgs, store: &dyn EventStore) -> Outcome<Observed> {
    let observed = mine(args, store).await?.observed(args.view());
    let never = |end: &&String| observed.graph.node(end).is_none();
    for end in args.ends.iter().filter(never) {
        // To people, whoever reads the graph.
        let _ = writeln!(io::stderr(), "no event of the type {end} was seen, which --end names");
    }
    Ok(observed)
}

async fn mine(args: &FlowShowArgs, store: &dyn EventStore) -> Outcome<Box<dyn Miner>> {
    let settings = args.settings();
    let mut miner: Box<dyn Miner> = match args.by {
        FlowBy::Sequence => {
            let miner = Sequence::new(&settings);
            Box::new(args.categories.iter().cloned().fold(miner, Sequence::category))
        }
        FlowBy::Causation if args.within == FlowWithin::Stream || !args.categories.is_empty() => {
            let problem = "causes know no streams and no categories; say --by sequence";
            return Err(format!("show the flow by causation: {problem}").into());
        }
        FlowBy::Causation => Box::new(Causation::new(&settings)),
    };
    read_on(store, &mut *miner).await?;
    Ok(miner)
}
