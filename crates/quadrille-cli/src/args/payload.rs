use super::Format;
use clap::{Args, Subcommand};
use quadrille_core::{EventId, StreamId, Version};
use std::{fmt, str::FromStr};

/// `quadrille events …`
#[derive(Debug, Clone, Subcommand)]
pub enum EventsCommand {
    /// Show what differs between two events, field by field
    Diff(DiffArgs),
}

/// `quadrille events diff`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Two steps of process managers are compared by the states that they left, any other events by their
payloads. What an aggregate makes of its events is users' code, which no store knows: --state works in
a program that mounts these commands in its app.")]
pub struct DiffArgs {
    /// An event's id, or its place, such as order-4711#2
    #[arg(value_name = "EVENT")]
    pub before: EventName,
    /// The event to compare it with
    #[arg(value_name = "OTHER")]
    pub after: EventName,
    /// Compare the states of their aggregate, after each of them
    #[arg(long)]
    pub state: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventName {
    /// By its id.
    Id(EventId),
    /// By its place in a stream, from 1.
    Place(StreamId, Version),
}

impl FromStr for EventName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(EventId(id)));
        }
        let parts = text.rsplit_once('#').and_then(|(stream, version)| {
            let version = version.parse().ok().filter(|version| *version > 0)?;
            Some((stream, Version(version)))
        });
        let (stream, version) = parts
            .ok_or("write an event's id, or its stream and its place, such as order-4711#2")?;
        let stream = stream.parse().map_err(|error| format!("{error}"))?;
        Ok(Self::Place(stream, version))
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Place(stream, version) => write!(f, "{stream}#{version}"),
        }
    }
}

/// `quadrille why`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A FIELD is a name in the payloads of the stream's events, with dots where it lies deeper and numbers
for places in lists, such as lines.0.cents, or a JSON pointer. In the stream of a process instance,
quadrille-process-NAME/KEY, it is a field of the instance's state.

Payloads are read as they lie in the log. What an aggregate or a read model makes of them is users'
code, which a store does not know: --state and --key work in a program that mounts these commands in
its app. With --key the first argument is a read model of rows, and FIELD is a column; all events that
it reads are then read from the first one on. A key is written as it is shown.")]
pub struct WhyArgs {
    /// The stream, such as order-4711, or with --key the read model
    #[arg(value_name = "STREAM|MODEL")]
    pub of: String,
    /// The field
    #[arg(value_name = "FIELD")]
    pub field: String,
    /// Take the field of the aggregate's state, and not of the payloads
    #[arg(long, conflicts_with = "key")]
    pub state: bool,
    /// The key of a row; give it again for each further column of the key
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub key: Vec<String>,
    /// Events at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_by_ids_and_by_places() {
        let check = |text: &str| text.parse::<EventName>().map(|name| name.to_string());
        assert_eq!(check("order-4711#2"), Ok("order-4711#2".into()));
        assert_eq!(check("order-a#b#12"), Ok("order-a#b#12".into()));
        let id = "019cac3c-2c00-7000-8000-000000000014";
        assert_eq!(check(id), Ok(id.into()));
        for wrong in ["order-4711", "order-4711#0", "order-4711#-1", "#1", "order#1", ""] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
