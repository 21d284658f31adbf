//! The flow graph as a log shows it.
//!
//! Nobody drew a choreography, but its events tell it. [`Causation`] reads the exact edges: every
//! event carries the command that it came from and that command's cause, and the framework records
//! what reactions and process managers made of each event. [`Sequence`] only says what came after
//! what, which is all that there is to say of a log from elsewhere.
//!
//! Both are pure and take the log event by event: it does not matter in which pages it comes, and
//! [`read_on`] goes on where it stopped. What they hold is not the log but
//!
//! - each edge once, with its latencies in a histogram (a percentile is at most 1/64 too long),
//! - each variant once, as a tree in which equal beginnings are shared, of bounded size
//!   ([`Settings::longest`], [`Settings::most_places`]),
//! - each flow that is open, in some 70 bytes and for a stream its name,
//! - for [`Causation`], some 40 to 80 bytes for each event of an open flow, since a later one may
//!   name it as its cause.
//!
//! No flow ends unless it is told how flows end: by events ([`Settings::ends`]) or by silence
//! ([`Settings::silence`]). Without either, all are open, and say how long they have stood still.
//!
//! [`Waiting`] tells what open flows wait for.
//!
//! ```
//! use quadrille_flow::observed::{Follower, Miner, Sequence, Settings, View};
//!
//! # let log: Vec<quadrille_core::Envelope> = Vec::new();
//! let mut miner = Sequence::new(&Settings::default());
//! log.iter().for_each(|event| miner.push(event));
//! let observed = miner.observed(View::default());
//! assert_eq!(observed.flows.count, 0);
//! ```

mod causation;
mod causes;
mod edges;
mod flows;
mod latency;
mod nodes;
mod read;
mod sequence;
mod told;
mod variants;
mod waiting;

pub use causation::Causation;
pub(crate) use flows::{Round, micros};
pub use read::read_on;
pub use sequence::Sequence;
pub use told::{Before, Loop, Observed, Open, Totals, Variant, View};
pub use waiting::{Standing, Waiting, WaitsFor};

use quadrille_core::{Envelope, Position, Query};
use serde::Serialize;
use std::time::Duration;

/// Something that follows a log.
pub trait Follower: Send {
    /// The events that it wants to see.
    fn query(&self) -> Query;

    /// Takes the next event of the log. What it did not ask for, it leaves out.
    fn push(&mut self, event: &Envelope);

    /// The last event's position that it has taken or that nothing was found up to.
    fn through(&self) -> Option<Position>;

    /// There is nothing more for it up to here.
    fn reach(&mut self, position: Position);
}

/// Something that makes a graph of a log.
pub trait Miner: Follower {
    /// How many open flows, and things that may yet be named as causes, it holds one by one: what its
    /// memory grows with.
    fn held(&self) -> usize;

    /// What there was to see so far. It may be asked for at any time.
    fn observed(&self, view: View) -> Observed;

    /// Which event types have come before which others in every flow that has those, caused or not.
    /// The part of a flow that is not told as a variant is not looked at.
    fn always_before(&self) -> Vec<Before>;
}

/// What leads from one node to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// It was its cause.
    Causation,
    /// It came before it.
    Sequence,
}

/// What a flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// All events of one correlation id.
    #[default]
    Correlation,
    /// All events of one stream.
    Stream,
}

/// What flows are, and how much to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What a flow is, for [`Sequence`]; for [`Causation`] it is a correlation.
    pub within: Within,
    /// Event types that end a flow. What comes later under its id begins a flow anew.
    pub ends: Vec<String>,
    /// How long nothing happens in a flow that has ended, by the times at which events occurred. It
    /// has ended when its next event is further away, or the newest of all.
    pub silence: Option<Duration>,
    /// Steps of a variant at most. Flows that go on are counted as cut there, and their further
    /// steps make no loops; edges count everything.
    pub longest: usize,
    /// Places in the tree of all variants at most, of some 50 bytes each, and one more for each
    /// place where it was cut.
    pub most_places: usize,
    /// Counts nodes and edges only behind this position. What lies before is still known as a cause,
    /// and flows and variants count all of it.
    pub count_after: Option<Position>,
}

impl Default for Settings {
    /// Flows by correlation that never end, variants of 1,000 steps, a million places.
    fn default() -> Self {
        Self {
            within: Within::default(),
            ends: Vec::new(),
            silence: None,
            longest: 1_000,
            most_places: 1_000_000,
            count_after: None,
        }
    }
}
