use super::Format;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

/// `quadrille flow manifest`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
With --format json, an app's manifest is one object, all of them are an array. `flow diff` and \
`flow check --manifest` read both.")]
pub struct ManifestArgs {
    /// Of this app: APP for its newest, APP@N for the Nth that it recorded; of all apps otherwise
    #[arg(value_name = "APP")]
    pub app: Option<AppVersion>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille flow diff`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A manifest is a file of `flow manifest --format json`, - for one on standard input, APP for the \
newest that an app recorded, or APP@N for the Nth. What is there as a file is taken for a file.")]
pub struct ManifestDiffArgs {
    /// The older manifest
    #[arg(value_name = "OLD")]
    pub old: ManifestSource,
    /// The newer one
    #[arg(value_name = "NEW")]
    pub new: ManifestSource,
    /// End with 1 if something changed
    #[arg(long)]
    pub exit_code: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `quadrille flow check`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Ends with 1 if there are errors, or with --deny-warnings if there is anything. The settings are \
TOML:

  [lints.fan-out]
  level = \"deny\"        # or \"warn\", or \"allow\"
  handlers = 4

  [[allow]]
  lint = \"dead-event\"
  subject = \"order.paid\"
  reason = \"auditors read it in the log\"

An expected flow is a text such as

  flow order {
      order.placed               by sales
      all { stock.reserved within 10min } and { payment.captured within 3d of order.placed }
      either { order.delivered } or { order.lost order.refunded }
      ignore audit.*
      ends after 30d
  }

in which either, all … and, optional, repeat and do … unless make blocks, ?, * and + stand behind event \
types, and `end` ends the flow. All flows that hold one of its first events are held against it. A flow that waits for \
what may still come is open, and nothing is wrong with it; what ends after a time of silence is over \
then.")]
pub struct CheckArgs {
    /// What is looked at.
    #[command(flatten)]
    pub look: LookArgs,
    /// Flows to name for each way to differ, and variants to show, at most; 5 in text and 100 in
    /// JSON, unless it is given
    #[arg(long, value_name = "N", requires = "expected")]
    pub most: Option<usize>,
    /// Go on with what differs as it happens or falls due, until interrupted
    #[arg(long, requires = "expected", conflicts_with = "now")]
    pub follow: bool,
    /// Let warnings fail as well
    #[arg(long)]
    pub deny_warnings: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
}

/// What is looked at to say something of a flow.
#[derive(Debug, Clone, Default, Args)]
pub struct LookArgs {
    /// Of these apps, APP or APP@N; of all that ever started on the store otherwise
    #[arg(value_name = "APP", conflicts_with = "manifests")]
    pub apps: Vec<AppVersion>,
    /// Levels, limits and what is allowed
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// This manifest, - for standard input, instead of those on the store, and no look at the log;
    /// give it again for more
    #[arg(long = "manifest", value_name = "FILE")]
    pub manifests: Vec<PathBuf>,
    /// Look at what the log shows to lead to what as well: reads all of it
    #[arg(long, conflicts_with = "manifests")]
    pub observed: bool,
    /// What `flow show --observed --format json` wrote earlier: look at which effects take longer, or
    /// shorter, since then; reads all of the log
    #[arg(long, value_name = "FILE", conflicts_with = "manifests")]
    pub baseline: Option<PathBuf>,
    /// Hold flows against the expected flows in this file as well; give it again for more. Reads all
    /// of the log
    #[arg(long = "expect", value_name = "FILE", conflicts_with = "manifests")]
    pub expected: Vec<PathBuf>,
    /// The time as of which flows are over or late, such as 2024-03-01T12:00:00Z; the newest event's
    /// unless it is given
    #[arg(long, value_name = "TIME", requires = "expected")]
    pub now: Option<DateTime<Utc>>,
}

/// `quadrille flow report`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
The page needs no script and no network, and looks well on paper. It holds its own data: given to \
the next report with --since, that one says what has changed.")]
pub struct ReportArgs {
    /// What is looked at.
    #[command(flatten)]
    pub look: LookArgs,
    /// What stands above it; the names of the apps otherwise
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The last report: say what has changed since
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Where to write it; on standard output otherwise
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl CheckArgs {
    /// Flows to name for each way to differ, and variants to show.
    pub fn most(&self) -> usize {
        self.most.unwrap_or(match self.format {
            CheckFormat::Text => 5,
            CheckFormat::Json | CheckFormat::Sarif => 100,
        })
    }
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum CheckFormat {
    /// Text, for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for tools that show findings of all kinds.
    Sarif,
}

/// An app, and perhaps which of its manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppVersion {
    /// The app's name.
    pub app: String,
    /// Which one, from 1; the newest otherwise.
    pub version: Option<u64>,
}

impl FromStr for AppVersion {
    type Err = Infallible;

    /// What stands behind the last `@` is a version if it is a number.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let split = text.rsplit_once('@');
        let found = split.and_then(|(app, version)| Some((app, version.parse().ok()?)));
        let (app, version) = found.map_or((text, None), |(app, version)| (app, Some(version)));
        Ok(Self { app: app.into(), version })
    }
}

/// Where a manifest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestSource {
    /// On standard input.
    Input,
    /// In this file, if there is one, or recorded by this app.
    Named(String),
}

impl FromStr for ManifestSource {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Input } else { Self::Named(text.into()) })
    }
}

impl fmt::Display for ManifestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "standard input",
            Self::Named(name) => name,
        })
    }
}

impl ManifestSource {
    /// Whether it can only be a file, or is one.
    pub fn is_file(&self) -> bool {
        match self {
            Self::Input => true,
            Self::Named(name) => {
                let path = std::path::Path::new(name);
                path.extension().is_some_and(|ext| ext == "json") || path.is_file()
            }
        }
    }
}
