//! What leads to what.

mod check;
mod compared;
mod declared;
mod diff;
mod expected;
mod looked;
mod manifest;
mod observed;
mod open;
mod report;
mod show;
mod source;

use crate::{Context, Screen, args::FlowCommand, explain::Outcome, mount::Done};

pub(super) async fn run(
    command: FlowCommand,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    run_on(command, Some(context), screen).await
}

/// Does what needs no store without one.
pub(crate) async fn run_on(
    command: FlowCommand,
    context: Option<&Context>,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    let store = context.map(|context| &*context.store);
    match command {
        FlowCommand::Show(args) => {
            show::run(&args, source::there(store)?, screen).await.map(|()| Done::Well)
        }
        FlowCommand::Open(args) => {
            let context = context.ok_or("find the store: none was opened")?;
            open::run(&args, context, screen).await.map(|()| Done::Well)
        }
        FlowCommand::Manifest(args) => manifest::run(&args, source::there(store)?, screen).await,
        FlowCommand::Diff(args) => diff::run(&args, store, screen).await,
        FlowCommand::Check(args) => check::run(&args, store, screen).await,
        FlowCommand::Report(args) => report::run(&args, store, screen).await,
    }
}
