//! One flow, as a tree of causes and effects, as a sequence of messages and on an axis of time.
//!
//! Commands lead to events, events lead to reactions and to steps of process managers, and these
//! lead to commands again. [`Trace::build`] is pure: it joins the events of one flow with the
//! framework's own facts about it. [`load`] fetches both from a store. What is drawn is a function
//! of the [`Trace`]: [`Trace::tree`], [`Trace::sequence`] and [`Trace::timeline`] are text, and
//! [`draw::sequence`](crate::draw::sequence) makes pictures.

mod build;
mod commands;
mod components;
mod facts;
mod header;
mod lagging;
mod load;
mod node;
mod order;
mod sections;
pub(crate) mod sequence;
mod sources;
mod steps;
mod text;
mod timeline;
mod tree;
pub(crate) mod words;

pub use build::Input;
pub use lagging::{Lagging, Model};
pub use load::{Load, TraceError, TraceOf, load};
pub use node::{
    CommandNode, DeadlineNode, DeadlineState, EventNode, Node, Outcome, ParkedNode, Resolved,
    StepNode, Totals, Trace, Trigger, What,
};
pub use sources::Sources;
pub use text::{Elapsed, duration};
pub use tree::TreeStyle;
