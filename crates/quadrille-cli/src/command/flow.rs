mod observed;
mod show;

use crate::{Context, Screen, args::FlowCommand, explain::Outcome};

pub(super) async fn run(
    command: &FlowCommand,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    match command {
        FlowCommand::Show(args) => show::run(args, context, screen).await,
    }
}
