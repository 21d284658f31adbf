//! A page of events, folded by account.

use anyhow::Result;
use bench_harness::{AccountState, Deposited};
use std::collections::HashMap;

/// Events of a page of which rows are made.
pub const PAGE: i64 = 2_000;
/// Events of a page that is written event by event.
pub const RAW_PAGE: i64 = 1_000;

#[derive(Default)]
pub struct Folded {
    pub rows: HashMap<String, AccountState>,
    pub events: u64,
}

impl Folded {
    pub fn add(&mut self, stream: &str, data: &[u8]) -> Result<()> {
        let event: Deposited = serde_json::from_slice(data)?;
        match self.rows.get_mut(stream) {
            Some(row) => row.apply(&event),
            None => self.rows.entry(stream.to_owned()).or_default().apply(&event),
        }
        self.events += 1;
        Ok(())
    }
}
