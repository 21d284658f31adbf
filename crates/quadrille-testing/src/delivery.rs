//! The same events in other orders: what no cause and no stream puts in order may come either way.
//!
//! The kits of [`scenario`](crate::scenario) try the orders of one part: a read model of rows, a
//! process manager, an aggregate. [`in_any_order`] tries those of whatever reads a log: a projector
//! that writes SQL, or a whole app.
//!
//! What is kept in every order: the events of one stream in theirs, and an event behind the one that
//! it names as its cause. All such orders are tried where there are few, else a sample, which
//! depends on nothing but a seed. Orders in which fewer events have changed places come first, and
//! the one that fails is brought as close to one that does not as can be: two events next to each
//! other that must not change places.

mod log;
mod orders;
mod search;

pub use log::{Log, Written};
pub use orders::Orders;
pub use search::in_any_order;

pub(crate) use orders::{Constraints, Item};
pub(crate) use search::{Told, told};
