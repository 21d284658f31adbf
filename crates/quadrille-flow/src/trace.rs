//! One flow as a tree of causes and effects.
//!
//! Commands lead to events, events lead to reactions and to steps of process managers, and these
//! lead to commands again. [`Trace::build`] is pure: it joins the events of one flow with the
//! framework's own facts about it. [`load`] fetches both from a store.

mod build;
mod commands;
mod facts;
mod load;
mod node;
mod order;
mod sections;
mod steps;
mod text;
mod tree;

pub use build::Input;
pub use load::{Load, TraceError, TraceOf, load};
pub use node::{
    CommandNode, DeadlineNode, DeadlineState, Elapsed, EventNode, Node, Outcome, ParkedNode,
    Resolved, StepNode, Totals, Trace, Trigger, What,
};
pub use text::duration;
pub use tree::TreeStyle;
