//! What each command does.

mod consumers;
mod deadlines;
mod events;
pub(crate) mod flow;
mod instances;
mod parked;
mod processes;
mod projections;
mod stalls;
mod streams;
mod trace;
mod why;

use crate::{
    Command, Context, Screen,
    args::{ExportCommand, ImportCommand},
    export, import,
    mount::Done,
};
use quadrille_core::error::BoxError;

/// Does what a command says.
///
/// # Errors
/// When it cannot be done, with all causes as sources.
pub async fn execute(
    command: Command,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Result<Done, BoxError> {
    match command {
        Command::Events(args) => events::run(&args, context, screen).await,
        Command::Streams(args) => streams::run(&args, context, screen).await,
        Command::Trace(args) => trace::run(&args, context, screen).await,
        Command::Why(args) => why::run(&args, context, screen).await,
        Command::Flow(command) => return flow::run(*command, context, screen).await,
        Command::Import(ImportCommand::Xes(args)) => {
            import::import_xes(args, context, screen).await
        }
        Command::Import(ImportCommand::Jsonl(args)) => {
            import::import_jsonl(args, context, screen).await
        }
        Command::Export(ExportCommand::Jsonl { file, query }) => {
            export::export_jsonl(file, &query, context, screen).await
        }
        Command::Projections(args) => projections::run(args, context, screen).await,
        Command::Processes(args) => processes::run(args, context, screen).await,
        Command::Deadlines(args) => deadlines::run(&args, context, screen).await,
        Command::Parked(args) => parked::run(args, context, screen).await,
        Command::Stalls(args) => stalls::run(&args, context, screen).await,
    }
    .map(|()| Done::Well)
}
