use super::Format;
use chrono::{DateTime, Utc};
use clap::Args;
use quadrille_flow::{
    observed::{Settings, View},
    parse_duration,
};
use std::time::Duration;

/// `quadrille flow open`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
A flow is listed when it waits for the outcome of a command that a process manager sent, for the
process manager to take a refusal, for a deadline, for somebody who decides about a parked event, or
when one of its process instances has neither completed nor compensated. With --end or --silence every
flow is listed that has not ended by them, whatever it waits for.

What a consumer has not read yet does not show here: `quadrille projections --all` says how far each
has read.

A DURATION is a number and s, min, h or d, such as 90min or 30d.")]
pub struct OpenArgs {
    /// An event type that ends a flow; give it again for more
    #[arg(long = "end", value_name = "TYPE")]
    pub ends: Vec<String>,
    /// A flow in which nothing happens for so long has ended
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub silence: Option<Duration>,
    /// Until when flows stand still, such as 2024-03-01T12:00:00Z; the newest event's time unless it
    /// is given
    #[arg(long, value_name = "TIME")]
    pub now: Option<DateTime<Utc>>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// How to write them
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

impl OpenArgs {
    /// How flows end. Their ways are not asked for.
    pub fn settings(&self) -> Settings {
        let (ends, silence) = (self.ends.clone(), self.silence);
        Settings { ends, silence, longest: 0, most_places: 0, ..Settings::default() }
    }

    /// Up to when they are seen, and how many of them.
    pub fn view(&self) -> View {
        View { now: self.now, open: self.limit.unwrap_or(usize::MAX), ..View::GRAPH }
    }

    /// Whether it is said how flows end.
    pub fn says_how_flows_end(&self) -> bool {
        !self.ends.is_empty() || self.silence.is_some()
    }
}
