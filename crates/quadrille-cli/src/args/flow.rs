use super::{CheckArgs, ManifestArgs, ManifestDiffArgs, OpenArgs, ReportArgs, read::category};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use quadrille_core::Category;
use quadrille_flow::{
    draw::{self, Style},
    observed, parse_duration,
};
use std::time::Duration;

/// `quadrille flow …`
#[derive(Debug, Clone, Subcommand)]
pub enum FlowCommand {
    /// Show what leads to what, in all flows together
    Show(FlowShowArgs),
    /// List flows that are open: where each one stands, and what it waits for
    Open(OpenArgs),
    /// Show what apps registered when they started
    Manifest(ManifestArgs),
    /// Show what changed between two manifests
    Diff(ManifestDiffArgs),
    /// Check the flow that apps declare
    Check(CheckArgs),
    /// Write a page for a review: the graph, who knows which flow, coupling, findings
    Report(ReportArgs),
}

impl FlowCommand {
    /// Whether it is about a store, and not about files alone.
    pub fn needs_store(&self) -> bool {
        match self {
            Self::Diff(ManifestDiffArgs { old, new, .. }) => !old.is_file() || !new.is_file(),
            Self::Check(check) => check.look.manifests.is_empty(),
            Self::Report(report) => report.look.manifests.is_empty(),
            Self::Show(_) | Self::Open(_) | Self::Manifest(_) => true,
        }
    }
}

/// `quadrille flow show`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
By causation, edges are exact: every event carries its cause, and the framework records what
reactions and process managers did. By sequence, an edge only says that one event came next after
another in the same flow: that is all that a log from elsewhere tells.

With --declared it is the graph of what the apps on this store registered. With both it is one graph
of both, marked where they differ: + happened and nobody declared it, - was declared and never
happened. What a log does not tell, read models and what is outside, is left out then.

A DURATION is a number and ms, s, min, h or d, such as 90min or 30d. Flows that never end, as --end and
--silence would have it, are all open.")]
pub struct FlowShowArgs {
    /// As the log shows it; this is what is shown unless --declared is given
    #[arg(long)]
    pub observed: bool,
    /// As the apps on this store declare it; with --observed, both and how they differ
    #[arg(long)]
    pub declared: bool,
    /// What an edge means
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub by: FlowBy,
    /// What a flow is, by sequence
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub within: FlowWithin,
    /// Only streams of this category, by sequence; give it again for more
    #[arg(long = "category", value_name = "CATEGORY", value_parser = category)]
    pub categories: Vec<Category>,
    /// An event type that ends a flow; give it again for more
    #[arg(long = "end", value_name = "TYPE")]
    pub ends: Vec<String>,
    /// A flow in which nothing happens for so long has ended
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub silence: Option<Duration>,
    /// Until when open flows stand still, such as 2024-03-01T12:00:00Z; the newest event's time
    /// unless it is given
    #[arg(long, value_name = "TIME")]
    pub now: Option<DateTime<Utc>>,
    /// Variants at most; 10 in a table and all in JSON, unless it is given
    #[arg(long, value_name = "N")]
    pub variants: Option<usize>,
    /// Open flows at most, likewise
    #[arg(long, value_name = "N")]
    pub open: Option<usize>,
    /// Loops at most, likewise
    #[arg(long, value_name = "N")]
    pub loops: Option<usize>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: FlowFormat,
    /// How a picture looks.
    #[command(flatten)]
    pub picture: PictureArgs,
}

/// What leads from one node to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FlowBy {
    /// One is the cause of the other
    #[default]
    Causation,
    /// One comes after the other
    Sequence,
}

/// What a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FlowWithin {
    /// What has one correlation id
    #[default]
    Correlation,
    /// A stream
    Stream,
}

/// How a flow graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FlowFormat {
    /// Columns, for people
    #[default]
    Table,
    /// One JSON object, with nodes and edges
    Json,
    /// A picture
    Svg,
    /// A Mermaid flowchart, for Markdown
    Mermaid,
    /// The language of Graphviz
    Dot,
}

/// How a picture looks.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Pictures")]
pub struct PictureArgs {
    /// What stands above it
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// What its lanes stand for
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub lanes: FlowLanes,
    /// Where effects lie, seen from their causes
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    pub direction: FlowDirection,
    /// Whether it is light or dark
    #[arg(long, value_enum, default_value_t)]
    pub theme: FlowTheme,
    /// No more edges than this: those that were seen most often
    #[arg(long, value_name = "N")]
    pub most: Option<usize>,
}

/// What the lanes of a picture stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FlowLanes {
    /// Components
    #[default]
    Component,
    /// Whoever answers for them
    Owner,
    /// There are none
    None,
}

/// Where effects lie in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FlowDirection {
    /// Below
    #[default]
    Down,
    /// To the right
    Right,
}

/// Whether a picture is light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FlowTheme {
    /// As the reader's system is
    #[default]
    Auto,
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
}

impl From<FlowTheme> for draw::Theme {
    fn from(theme: FlowTheme) -> Self {
        match theme {
            FlowTheme::Auto => Self::Auto,
            FlowTheme::Light => Self::Light,
            FlowTheme::Dark => Self::Dark,
        }
    }
}

impl PictureArgs {
    /// The style that they make, with a title unless another one is given, and what it is about.
    pub fn style(&self, title: &str, subtitle: String) -> Style {
        Style {
            title: Some(self.title.clone().unwrap_or_else(|| title.to_owned())),
            subtitle: Some(subtitle),
            lanes: match self.lanes {
                FlowLanes::Component => draw::Lanes::Component,
                FlowLanes::Owner => draw::Lanes::Owner,
                FlowLanes::None => draw::Lanes::None,
            },
            direction: match self.direction {
                FlowDirection::Down => draw::Direction::Down,
                FlowDirection::Right => draw::Direction::Right,
            },
            theme: self.theme.into(),
            most: self.most,
            ..Style::default()
        }
    }
}

impl FlowShowArgs {
    /// What was given and would not be heeded, and why.
    pub fn unheeded(&self) -> Option<&'static str> {
        let of_the_log = self.by != FlowBy::default()
            || self.within != FlowWithin::default()
            || !(self.categories.is_empty() && self.ends.is_empty())
            || self.silence.is_some()
            || self.now.is_some()
            || self.variants.or(self.open).or(self.loops).is_some();
        if self.declared && !self.observed && of_the_log {
            return Some(
                "what is declared knows no order, no streams and no flows; leave that out",
            );
        }
        let drawn = !matches!(self.format, FlowFormat::Table | FlowFormat::Json);
        if !drawn && self.picture != PictureArgs::default() {
            return Some("only pictures have a title, lanes and the like; say --format svg");
        }
        None
    }

    /// What flows are, and how they end.
    pub fn settings(&self) -> observed::Settings {
        observed::Settings {
            within: match self.within {
                FlowWithin::Correlation => observed::Within::Correlation,
                FlowWithin::Stream => observed::Within::Stream,
            },
            ends: self.ends.clone(),
            silence: self.silence,
            ..observed::Settings::default()
        }
    }

    /// How much of it to show.
    pub fn view(&self) -> observed::View {
        let unless_told = match self.format {
            FlowFormat::Table => 10,
            FlowFormat::Json => usize::MAX,
            _ => 0,
        };
        observed::View {
            now: self.now,
            variants: self.variants.unwrap_or(unless_told),
            open: self.open.unwrap_or(unless_told),
            loops: self.loops.unwrap_or(unless_told),
        }
    }
}
