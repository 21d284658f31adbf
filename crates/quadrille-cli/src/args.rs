//! The command line as data.

mod flow;
mod manifest;
mod open;
mod payload;
mod read;
mod serve;
mod write;

pub use flow::{FlowBy, FlowCommand, FlowFormat, FlowShowArgs, FlowTheme, FlowWithin};
pub use manifest::{
    AppVersion, CheckArgs, CheckFormat, LookArgs, ManifestArgs, ManifestDiffArgs, ManifestSource,
    ReportArgs,
};
pub use open::OpenArgs;
pub use payload::{DiffArgs, EventName, EventsCommand, WhyArgs};
pub use read::{
    DeadlinesArgs, EventsArgs, Format, ProcessesArgs, ProcessesCommand, ProjectionsArgs,
    ProjectionsCommand, QueryArgs, StallsArgs, StreamsArgs, TraceArgs, TraceFormat,
};
pub use serve::ServeArgs;
pub use write::{
    ExportCommand, ImportCommand, JsonlArgs, ParkedArgs, ParkedCommand, RebuildArgs, ResolveArgs,
    XesArgs,
};

use clap::{Args, Parser, Subcommand};
use std::time::Duration;

/// Read and run event-sourced systems: logs, flows, read models, processes.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "quadrille",
    version,
    after_help = "Exit codes: 0 done, 1 a check found something, 2 wrong usage or an error.\n\
                  Colours are left out when NO_COLOR is set or the output is no terminal."
)]
pub struct Binary {
    /// Where to find the store.
    #[command(flatten)]
    pub target: Target,
    /// What to do.
    #[command(subcommand)]
    pub command: BinaryCommand,
}

/// What to do: what works on places, and what works on what lies there.
#[derive(Debug, Clone, Subcommand)]
pub enum BinaryCommand {
    /// Make the store and the read models, or bring them up to date
    Migrate,
    /// Serve the store to clients of another protocol, in whichever language
    Serve(Box<ServeArgs>),
    /// Everything else.
    #[command(flatten)]
    Other(Command),
}

/// The same commands within a program that has a store already.
#[derive(Debug, Clone, Parser)]
#[command(name = "quadrille", version)]
pub struct Mounted {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where to find the store and the read models.
#[derive(Debug, Clone, Default, Args)]
pub struct Target {
    /// The store: sqlite:PATH, postgres://USER@HOST/DATABASE?schema=NAME, esdb://HOST:2113 or
    /// kurrentdb://HOST:2113
    #[arg(
        long,
        value_name = "URL",
        env = "QUADRILLE_STORE",
        hide_env_values = true,
        global = true
    )]
    pub store: Option<String>,
    /// The read models and the engine's state, where they do not lie beside the store:
    /// sqlite:DIRECTORY or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        value_name = "URL",
        env = "QUADRILLE_READ_MODELS",
        hide_env_values = true,
        global = true,
        help_heading = "Where"
    )]
    pub read_models: Option<String>,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Read the log, and compare events
    Events(Box<EventsArgs>),
    /// List streams
    Streams(StreamsArgs),
    /// Draw a flow: as a causation tree, as a sequence diagram, on an axis of time
    Trace(TraceArgs),
    /// Show the events that said what a field is, and what led to them
    Why(WhyArgs),
    /// Show the graph of all flows, compare and check it
    #[command(subcommand)]
    Flow(Box<FlowCommand>),
    /// Read logs into the store
    #[command(subcommand)]
    Import(ImportCommand),
    /// Write the log to a file
    #[command(subcommand)]
    Export(ExportCommand),
    /// Show how read models are doing, and rebuild them
    Projections(ProjectionsArgs),
    /// List the instances of process managers
    Processes(ProcessesArgs),
    /// List open deadlines, the earliest first
    Deadlines(DeadlinesArgs),
    /// List events that were put aside, and decide what becomes of them
    Parked(ParkedArgs),
    /// List appends on their way that hold readers of the log back, with their sessions
    Stalls(StallsArgs),
}

/// What a command needs of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only reads.
    Read,
    /// It appends.
    Append,
    /// It appends, and makes the store if it is not there.
    Create,
}

impl Command {
    /// What this command needs of a store.
    pub fn access(&self) -> Access {
        match self {
            Self::Import(_) => Access::Create,
            Self::Projections(ProjectionsArgs { command: Some(_), .. }) => Access::Append,
            Self::Parked(ParkedArgs {
                command: Some(ParkedCommand::Replay(_) | ParkedCommand::Discard(_)),
                ..
            }) => Access::Append,
            _ => Access::Read,
        }
    }

    /// Whether it tells of read models, and of nothing else.
    pub fn needs_read_models(&self) -> bool {
        matches!(self, Self::Projections(_))
    }

    /// How long to wait for the answer of a running app.
    pub fn patience(&self) -> Duration {
        let seconds = match self {
            Self::Projections(ProjectionsArgs {
                command: Some(ProjectionsCommand::Rebuild(rebuild)),
                ..
            }) => rebuild.timeout,
            Self::Parked(ParkedArgs {
                command: Some(ParkedCommand::Replay(resolve) | ParkedCommand::Discard(resolve)),
                ..
            }) => resolve.timeout,
            _ => 0,
        };
        Duration::from_secs(seconds)
    }
}

/// Who asks, unless it is said: the user of this session.
fn session_user() -> String {
    let name = ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
}
