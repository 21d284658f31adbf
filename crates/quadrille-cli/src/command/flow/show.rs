use super::observed;
use crate::{
    Screen,
    args::{FlowBy, FlowFormat, FlowShowArgs, FlowWithin},
    explain::Outcome,
};
use quadrille_core::EventStore;
use quadrille_flow::observed::{Causation, Miner, Observed, Sequence, read_on};

pub(super) async fn run(
    args: &FlowShowArgs,
    store: &dyn EventStore,
    screen: &mut Screen<'_>,
) -> Outcome {
    let observed = observe(args, store).await?;
    match args.format {
        FlowFormat::Table => observed::write(&observed, screen),
        FlowFormat::Json => Ok(screen.json(&observed)?),
    }
}

async fn observe(args: &FlowShowArgs, store: &dyn EventStore) -> Outcome<Observed> {
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
    Ok(miner.observed(args.view()))
}
