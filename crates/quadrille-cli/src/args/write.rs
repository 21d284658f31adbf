use super::{Format, QueryArgs, read::category, session_user};
use chrono::FixedOffset;
use clap::{Args, Subcommand};
use quadrille_core::{Category, EventId};
use std::path::PathBuf;

/// `quadrille import …`
#[derive(Debug, Clone, Subcommand)]
pub enum ImportCommand {
    /// An event log in XES, gzipped or not: each case becomes a stream
    Xes(XesArgs),
    /// Events as `export jsonl` writes them, gzipped or not
    #[command(after_help = LINES)]
    Jsonl(JsonlArgs),
}

/// `quadrille export …`
#[derive(Debug, Clone, Subcommand)]
pub enum ExportCommand {
    /// Events, a JSON object a line, to a file or to standard output
    #[command(after_help = LINES)]
    Jsonl {
        /// The file; standard output unless it is given
        file: Option<PathBuf>,
        /// Which events.
        #[command(flatten)]
        query: QueryArgs,
    },
}

const LINES: &str = "\
Each line is an object:
  stream          such as \"order-4711\"
  version         the event's place in its stream, from 1
  id              a UUID; what was imported once is not imported again
  type            such as \"order.placed\"
  schema_version  the version of the payload's schema; 1 if it is left out
  data            the payload, byte for byte; data_text holds one that is no JSON on one line, as a
                  string, and data_hex one that is no text
  metadata        correlation, causation, component, occurred_at, and what else there is: command,
                  actor, trace, tags
  position, recorded_at
                  where and when the store recorded it; an import makes its own

--framework exports the framework's own facts as well, which a faithful copy of a store needs.";

/// `quadrille import xes`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
The attributes of an event become its payload, and those of the case an object `case` in the \
payload of its first event. All events of a case make one flow, each caused by the one before.

An import that broke off is taken up by starting it again: what is there already is not written \
twice. Memory holds a few hundred cases at a time, and 40 bytes or so for each case to tell names that come \
twice.")]
pub struct XesArgs {
    /// The log: a file, or - for standard input
    pub file: PathBuf,
    /// The category of the streams
    #[arg(long, value_name = "CATEGORY", default_value = "case", value_parser = category)]
    pub category: Category,
    /// The attribute that names a case
    #[arg(long, value_name = "KEY", default_value = crate::xes::NAME_KEY)]
    pub case_key: String,
    /// The attribute that names an event's type
    #[arg(long, value_name = "KEY", default_value = crate::xes::NAME_KEY)]
    pub type_key: String,
    /// The attribute that says when an event occurred
    #[arg(long, value_name = "KEY", default_value = crate::xes::TIME_KEY)]
    pub time_key: String,
    /// The offset from UTC of times that are written without one, such as +01:00
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub offset: Option<FixedOffset>,
}

/// `quadrille import jsonl`
#[derive(Debug, Clone, Args)]
pub struct JsonlArgs {
    /// The events: a file, or - for standard input
    pub file: PathBuf,
    /// Take events at the end of their streams, whatever version they had
    #[arg(long)]
    pub renumber: bool,
}

/// `quadrille projections rebuild`
#[derive(Debug, Clone, Args)]
pub struct RebuildArgs {
    /// The read model
    pub name: String,
    /// Who asks
    #[arg(long, value_name = "NAME", default_value_t = session_user())]
    pub actor: String,
    /// Seconds to wait for the running app
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
}

/// `quadrille parked`
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ParkedArgs {
    /// Something to do with one.
    #[command(subcommand)]
    pub command: Option<ParkedCommand>,
    /// Of this consumer
    #[arg(long, value_name = "NAME")]
    pub consumer: Option<String>,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille parked …`
#[derive(Debug, Clone, Subcommand)]
pub enum ParkedCommand {
    /// List them
    List {
        /// Of this consumer
        #[arg(long, value_name = "NAME")]
        consumer: Option<String>,
        /// How to write them
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Ask the running app to try an event again
    Replay(ResolveArgs),
    /// Ask the running app to give an event up
    Discard(ResolveArgs),
}

/// `quadrille parked replay` and `quadrille parked discard`
#[derive(Debug, Clone, Args)]
pub struct ResolveArgs {
    /// The event
    pub id: EventId,
    /// The consumer that parked it
    #[arg(long, value_name = "NAME")]
    pub consumer: String,
    /// Why; it is recorded
    #[arg(long)]
    pub reason: String,
    /// Who decides; it is recorded
    #[arg(long, value_name = "NAME", default_value_t = session_user())]
    pub actor: String,
    /// Seconds to wait for the running app
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,
}
