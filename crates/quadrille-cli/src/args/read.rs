use super::{EventsCommand, FlowTheme, RebuildArgs};
use clap::{Args, Subcommand, ValueEnum};
use quadrille_core::{Category, CorrelationId, InvalidName, Position, Query, StreamId, Tag};
use quadrille_flow::trace::TraceOf;
use std::str::FromStr;
use uuid::Uuid;

/// How a listing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Columns, for people.
    #[default]
    Table,
    /// One JSON array; for events, a JSON object a line.
    Json,
}

/// Which events.
#[derive(Debug, Clone, Default, Args)]
pub struct QueryArgs {
    /// Of this stream, such as order-4711
    #[arg(long, value_name = "STREAM")]
    pub stream: Option<StreamId>,
    /// Of this type; give it again for more
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Of this category; give it again for more
    #[arg(long = "category", value_name = "CATEGORY", value_parser = category)]
    pub categories: Vec<Category>,
    /// Of this flow
    #[arg(long, value_name = "ID")]
    pub correlation: Option<Uuid>,
    /// Carrying this tag; give it again to require more
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub tags: Vec<Tag>,
    /// The framework's own facts as well
    #[arg(long)]
    pub framework: bool,
}

impl QueryArgs {
    /// The query that they make.
    pub fn query(&self) -> Query {
        Query {
            types: self.types.clone(),
            categories: self.categories.clone(),
            stream: self.stream.clone(),
            correlation: self.correlation.map(CorrelationId),
            causation: None,
            tags: self.tags.clone(),
            framework: self.framework,
        }
    }
}

pub(super) fn category(name: &str) -> Result<Category, InvalidName> {
    Category::new(name.to_owned())
}

fn tag(text: &str) -> Result<Tag, &'static str> {
    let (key, value) = text.split_once('=').ok_or("write a tag as KEY=VALUE")?;
    Ok(Tag::new(key, value))
}

fn position(text: &str) -> Result<Position, std::num::ParseIntError> {
    text.parse().map(Position)
}

/// `quadrille events`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "With --format json each event is a JSON object on a line of its own, in \
    the form that `export jsonl` writes and `import jsonl` reads.")]
#[command(args_conflicts_with_subcommands = true)]
pub struct EventsArgs {
    /// Something else to do.
    #[command(subcommand)]
    pub command: Option<EventsCommand>,
    /// Which events.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Behind this position
    #[arg(long, value_name = "POSITION", value_parser = position)]
    pub after: Option<Position>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// The last so many
    #[arg(long, value_name = "N", conflicts_with_all = ["after", "limit"])]
    pub last: Option<usize>,
    /// Go on with events as they come, until interrupted
    #[arg(long, conflicts_with = "limit")]
    pub follow: bool,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille streams`
#[derive(Debug, Clone, Default, Args)]
pub struct StreamsArgs {
    /// Of this category
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    pub category: Option<Category>,
    /// With ids (behind the category) that begin so
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,
    /// The framework's own streams as well
    #[arg(long)]
    pub framework: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille trace`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
▶ command   ● event   ◇ reaction   ◆ step of a process   ◷ deadline   ■ parked event   ✗ refused
▤ read model that has not read all of it

As a sequence, components are lanes, and so is what is outside: a solid line is a command, a dotted
one leads from an event to a consumer that read it. As a timeline, each thing has a bar from its cause.

In front of each line stand the time since the flow began and the time since the cause; (!) marks
an effect that seems to lie before its cause, because clocks differ. #N is an event's place in its
stream. For a stream, its newest flows are drawn, the newest last.")]
pub struct TraceArgs {
    /// A correlation id, an event's id or a stream
    #[arg(value_name = "ID", value_parser = TraceOf::from_str)]
    pub of: TraceOf,
    /// Flows of a stream, at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub flows: usize,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: TraceFormat,
    /// In a tree or JSON, what each step of a process manager changed in the state of its instance
    #[arg(long)]
    pub state: bool,
    /// Whether a picture is light or dark
    #[arg(long, value_enum)]
    pub theme: Option<FlowTheme>,
}

impl TraceArgs {
    /// What was given and would not be heeded, and why.
    pub fn unheeded(&self) -> Option<&'static str> {
        if self.theme.is_some() && self.format != TraceFormat::Svg {
            return Some("only pictures are light or dark; say --format svg");
        }
        let shows_states = matches!(self.format, TraceFormat::Tree | TraceFormat::Json);
        (self.state && !shows_states)
            .then_some("states are shown in a tree and as JSON; say --format tree")
    }
}

/// How a trace is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum TraceFormat {
    /// Text: causes and effects
    #[default]
    Tree,
    /// Text: who sent what to whom
    Sequence,
    /// Text: when it happened, on an axis of time
    Timeline,
    /// A picture of the sequence
    Svg,
    /// A Mermaid sequence diagram, for Markdown
    Mermaid,
    /// One JSON array of flows, each with its nodes depth first
    Json,
}

/// `quadrille projections`
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ProjectionsArgs {
    /// Something to do with one.
    #[command(subcommand)]
    pub command: Option<ProjectionsCommand>,
    /// Reactions and process managers as well
    #[arg(long)]
    pub all: bool,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille projections …`
#[derive(Debug, Clone, Subcommand)]
pub enum ProjectionsCommand {
    /// Ask the running app to build a read model again beside the live one, and to swap
    Rebuild(RebuildArgs),
}

/// `quadrille processes`
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ProcessesArgs {
    /// Something else to do.
    #[command(subcommand)]
    pub command: Option<ProcessesCommand>,
    /// Of this process manager
    #[arg(long, value_name = "NAME")]
    pub process: Option<String>,
    /// Those that wait for something
    #[arg(long)]
    pub open: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille processes …`
#[derive(Debug, Clone, Subcommand)]
pub enum ProcessesCommand {
    /// Show one instance: its state, its steps and what it waits for
    Show {
        /// The process manager
        process: String,
        /// The instance
        key: String,
        /// How to write it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// `quadrille stalls`
#[derive(Debug, Clone, Default, Args)]
pub struct StallsArgs {
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille deadlines`
#[derive(Debug, Clone, Default, Args)]
pub struct DeadlinesArgs {
    /// Of this process manager
    #[arg(long, value_name = "NAME")]
    pub process: Option<String>,
    /// Those that are due and have not fired
    #[arg(long)]
    pub overdue: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub limit: usize,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
