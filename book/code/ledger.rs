//! Events that live for years: versions, upcasters, pinned names, and views of others' events.

use quadrille::prelude::*;
use serde::Deserialize;

// ANCHOR: event
#[derive(Debug, PartialEq, Event)]
#[event(category = "entry")]
pub enum EntryEvent {
    #[event(was(BookedV1, BookedV2))]
    Booked {
        #[event(tag)]
        account: String,
        cents: i64,
        currency: String,
    },
    /// Called `Reverted` once: the log keeps the old name.
    #[event(type = "entry.reverted")]
    Reversed {
        reason: String,
    },
    Archived,
}
// ANCHOR_END: event

// ANCHOR: upcasters
/// Version 1 counted in whole units.
#[derive(Deserialize)]
pub struct BookedV1 {
    account: String,
    units: i64,
}

/// Version 2 knew no currency but euros.
#[derive(Deserialize)]
pub struct BookedV2 {
    account: String,
    cents: i64,
}

impl From<BookedV1> for EntryEvent {
    fn from(old: BookedV1) -> Self {
        BookedV2 { account: old.account, cents: old.units * 100 }.into()
    }
}

impl From<BookedV2> for EntryEvent {
    fn from(old: BookedV2) -> Self {
        Self::Booked { account: old.account, cents: old.cents, currency: "EUR".into() }
    }
}
// ANCHOR_END: upcasters

// ANCHOR: view
/// What the tax report reads of entries and of transfers. It takes no notice of anything else.
#[derive(Debug, PartialEq, View)]
pub enum ForTaxes {
    /// The field `cents` came with version 2, and means the same in 3.
    #[reads("entry.booked", versions = 2..=3)]
    Booked {
        #[view(id)]
        entry: String,
        #[serde(rename = "cents")]
        amount: i64,
    },
    Moved(ForTaxesMoved), // a view of its own: several producers, one reader
}

#[derive(Debug, PartialEq, View)]
#[reads("transfer.requested")]
pub struct ForTaxesMoved {
    #[view(id)]
    pub transfer: String,
    pub cents: i64,
}
// ANCHOR_END: view
