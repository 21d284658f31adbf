//! One page for an architecture review.
//!
//! A [`Review`] holds what there is to say of a declared flow: its graph, which components know which
//! flow, how much they depend on one another, how far events spread, and what the lints found.
//! [`page`] writes it as one HTML file that needs nothing else: no script, no font, no network. The
//! file holds the review as data too, which [`read`] finds again, so that the next one can say what
//! has changed since: [`Review::since`].

mod changes;
mod coupling;
mod fan_out;
mod figures;
mod findings;
mod known;
mod page;
mod review;
mod stored;

pub use changes::{Changes, Moved};
pub use coupling::Coupling;
pub use fan_out::FanOut;
pub use figures::Figure;
pub use findings::Noted;
pub use known::{Known, Outside, Part};
pub use page::page;
pub use review::{Asked, Review};
pub use stored::{ReadError, read};
