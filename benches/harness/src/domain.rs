//! The domain: deposits on accounts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The one event; some 180 bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposited {
    /// Where to.
    pub account_id: String,
    /// How much.
    pub amount: i64,
    /// Of what.
    pub currency: String,
    /// What the bank calls it.
    pub reference: String,
    /// What the customer calls it.
    pub memo: String,
}

impl Deposited {
    /// The nth deposit.
    pub fn new(account: Uuid, n: u64) -> Self {
        Self {
            account_id: account.to_string(),
            amount: 100 + (n % 900) as i64,
            currency: "EUR".into(),
            reference: format!("ref-{n:016x}"),
            memo: "standing order, monthly rent, flat 12".into(),
        }
    }

    /// Several in a row.
    pub fn several(account: Uuid, n: u64, count: usize) -> Vec<Self> {
        (n..n + count as u64).map(|n| Self::new(account, n)).collect()
    }
}

/// An account, folded from its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// The sum.
    pub balance: i64,
    /// How many deposits.
    pub events: u64,
}

impl AccountState {
    /// Takes a deposit in.
    pub fn apply(&mut self, event: &Deposited) {
        self.balance += event.amount;
        self.events += 1;
    }
}

/// The account with this number among those that are seeded.
pub fn account(number: u64) -> Uuid {
    Uuid::from_u128(0x5eed_0000_0000_4000_8000_0000_0000_0000 + u128::from(number))
}

/// The read model of peers whose users write SQL.
pub const VIEW_DDL: &str = "CREATE TABLE IF NOT EXISTS account_view \
    (account_id TEXT PRIMARY KEY, balance BIGINT NOT NULL, events BIGINT NOT NULL)";
/// What their handlers run for each event.
pub const VIEW_UPSERT: &str = "INSERT INTO account_view AS v (account_id, balance, events) \
    VALUES ($1, $2, 1) ON CONFLICT (account_id) \
    DO UPDATE SET balance = v.balance + excluded.balance, events = v.events + 1";
