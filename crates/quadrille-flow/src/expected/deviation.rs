use crate::{text::printable, trace::duration};
use quadrille_core::{EventId, Position};
use serde::Serialize;
use std::fmt::{self, Display};

/// Something in which a flow differs from how it was expected to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Deviation {
    /// A step has no event.
    Missing {
        /// Its event type.
        step: String,
        /// The event behind which it was to come; `None` at the beginning.
        behind: Option<Mention>,
    },
    /// An event has no place in the specification.
    Extra {
        /// The event.
        event: Mention,
    },
    /// A step came out of order.
    Misplaced {
        /// Its event.
        event: Mention,
        /// The event that it was to come behind, or before.
        beside: Option<Mention>,
        /// Whether it came too early.
        early: bool,
    },
    /// A step took too long.
    Late {
        /// Its event.
        event: Mention,
        /// What the time runs from.
        since: Mention,
        /// How long it took.
        micros: u64,
        /// How long it may take.
        allowed_micros: u64,
    },
    /// A step has not come, and it is too late for it.
    Overdue {
        /// Its event type.
        step: String,
        /// What the time runs from.
        since: Mention,
        /// How long ago that is.
        micros: u64,
        /// How long it may take.
        allowed_micros: u64,
    },
    /// A step was written by another component.
    Foreign {
        /// Its event.
        event: Mention,
        /// The component that wrote it.
        component: String,
        /// The one that was to.
        expected: String,
    },
    /// So much differs that it was not found out what.
    Beyond {
        /// The flow's events.
        events: usize,
    },
}

/// An event of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Its type.
    pub event_type: String,
    /// Its id.
    pub event: EventId,
    /// Its place in the log.
    pub position: Position,
}

impl Deviation {
    /// What kind it is, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Extra { .. } => "extra",
            Self::Misplaced { .. } => "misplaced",
            Self::Late { .. } => "late",
            Self::Overdue { .. } => "overdue",
            Self::Foreign { .. } => "foreign",
            Self::Beyond { .. } => "beyond",
        }
    }

    /// The event type that it is about; empty where it is about the whole flow.
    pub fn step(&self) -> &str {
        match self {
            Self::Missing { step, .. } | Self::Overdue { step, .. } => step,
            Self::Extra { event }
            | Self::Misplaced { event, .. }
            | Self::Late { event, .. }
            | Self::Foreign { event, .. } => &event.event_type,
            Self::Beyond { .. } => "",
        }
    }

    /// What is wrong, without the ids of events: the same for many flows, but for times.
    pub fn summary(&self) -> String {
        let name = |mention: &Mention| printable(&mention.event_type);
        match self {
            Self::Missing { step, behind: Some(behind) } => {
                format!("{} is missing behind {}", printable(step), name(behind))
            }
            Self::Missing { step, behind: None } => {
                format!("{} is missing at the beginning", printable(step))
            }
            Self::Extra { event } => format!("{} has no place there", name(event)),
            Self::Misplaced { event, beside, early } => {
                let (when, side) = if *early { ("early", "behind") } else { ("late", "before") };
                let beside = beside.as_ref().map(|beside| format!(" {side} {}", name(beside)));
                let beside = beside.unwrap_or_else(|| " elsewhere".into());
                format!("{} came too {when}: it belongs{beside}", name(event))
            }
            Self::Late { event, since, micros, allowed_micros } => format!(
                "{} came {} after {}, where {} are allowed",
                name(event),
                duration(*micros),
                name(since),
                duration(*allowed_micros)
            ),
            Self::Overdue { step, since, micros, allowed_micros } => format!(
                "{} has not come for {} since {}, where {} are allowed",
                printable(step),
                duration(*micros),
                name(since),
                duration(*allowed_micros)
            ),
            Self::Foreign { event, component, expected } => format!(
                "{} was written by {}, not by {}",
                name(event),
                printable(component),
                printable(expected)
            ),
            Self::Beyond { events } => {
                format!("so much differs that it was not found out what, in {events} events")
            }
        }
    }

    /// The event to look at.
    pub fn event(&self) -> Option<&Mention> {
        match self {
            Self::Missing { behind, .. } => behind.as_ref(),
            Self::Extra { event }
            | Self::Misplaced { event, .. }
            | Self::Late { event, .. }
            | Self::Foreign { event, .. } => Some(event),
            Self::Overdue { since, .. } => Some(since),
            Self::Beyond { .. } => None,
        }
    }
}

impl Display for Deviation {
    /// What is wrong, with the event to look at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        match self.event() {
            Some(Mention { event, position, .. }) => {
                write!(f, " (event {event} at position {position})")
            }
            None => Ok(()),
        }
    }
}
