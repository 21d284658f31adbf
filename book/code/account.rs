//! The account of the chapter on aggregates, which the later ones go on with.

// ANCHOR: types
use quadrille::prelude::*;
use serde::{Deserialize, Serialize};
use {AccountCommand::*, AccountEvent::*};

#[derive(Event)]
#[event(category = "account")]
pub enum AccountEvent {
    Opened {
        owner: String,
    },
    Deposited {
        cents: i64,
    },
    Withdrawn {
        cents: i64,
    },
    /// Money left for another account.
    Debited {
        transfer: String,
        to: String,
        cents: i64,
    },
    /// A debit was asked for and the money was not there.
    DebitDeclined {
        transfer: String,
        reason: String,
    },
    /// Money came from another account, or came back.
    Credited {
        transfer: String,
        cents: i64,
    },
    Closed,
}

#[derive(Command)]
pub enum AccountCommand {
    #[emits(AccountEvent::Opened)]
    Open { owner: String },
    #[emits(AccountEvent::Deposited)]
    Deposit { cents: i64 },
    #[emits(AccountEvent::Withdrawn)]
    Withdraw { cents: i64 },
    #[emits(AccountEvent::Debited, DebitDeclined)]
    Debit { transfer: String, to: String, cents: i64 },
    #[emits(AccountEvent::Credited)]
    Credit { transfer: String, cents: i64 },
    #[emits(AccountEvent::Closed)]
    Close,
}

#[derive(Debug, PartialEq, thiserror::Error, Rejection)]
pub enum Refused {
    #[error("there is no such account")]
    NotOpen,
    #[error("the account belongs to {0}")]
    Taken(String),
    #[error("only {0} cents are left")]
    InsufficientFunds(i64),
    #[error("{0} cents are still on it")]
    NotEmpty(i64),
}
// ANCHOR_END: types

// ANCHOR: state
#[derive(Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Stage {
    #[default]
    Missing,
    Open,
    Closed,
}

#[derive(Default, Serialize, Deserialize)] // serde only because snapshots are kept below
pub struct Account {
    stage: Stage,
    owner: String,
    balance: i64,
}
// ANCHOR_END: state

// ANCHOR: aggregate
impl Aggregate for Account {
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = Refused;

    fn decide(&self, command: AccountCommand) -> Decision<Self> {
        match (command, self.stage) {
            (Open { owner }, Stage::Missing) => Ok(vec![Opened { owner }]),
            (Open { owner }, Stage::Open) if owner == self.owner => Ok(vec![]),
            (Open { .. }, _) => Err(Refused::Taken(self.owner.clone())),
            (_, Stage::Missing | Stage::Closed) => Err(Refused::NotOpen),
            (Deposit { cents }, _) => Ok(vec![Deposited { cents }]),
            (Withdraw { cents }, _) if cents > self.balance => {
                Err(Refused::InsufficientFunds(self.balance))
            }
            (Withdraw { cents }, _) => Ok(vec![Withdrawn { cents }]),
            (Debit { transfer, cents, .. }, _) if cents > self.balance => {
                let reason = format!("only {} cents are left", self.balance);
                Ok(vec![DebitDeclined { transfer, reason }])
            }
            (Debit { transfer, to, cents }, _) => Ok(vec![Debited { transfer, to, cents }]),
            (Credit { transfer, cents }, _) => Ok(vec![Credited { transfer, cents }]),
            (Close, _) if self.balance != 0 => Err(Refused::NotEmpty(self.balance)),
            (Close, _) => Ok(vec![Closed]),
        }
    }

    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            Opened { owner } => {
                self.stage = Stage::Open;
                self.owner.clone_from(owner);
            }
            Deposited { cents } | Credited { cents, .. } => self.balance += cents,
            Withdrawn { cents } | Debited { cents, .. } => self.balance -= cents,
            DebitDeclined { .. } => {}
            Closed => self.stage = Stage::Closed,
        }
    }
}
// ANCHOR_END: aggregate

impl Account {
    /// What is on it, in cents.
    pub fn balance(&self) -> i64 {
        self.balance
    }
}
