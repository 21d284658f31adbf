use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Event)]
#[event(category = "account")]
pub enum AccountEvent {
    Deposited { cents: i64, note: String },
    Withdrawn { cents: i64 },
    Closed,
}

#[derive(Command)]
pub enum AccountCommand {
    Deposit {
        cents: i64,
    },
    Note {
        note: String,
    },
    #[emits(Withdrawn)]
    Withdraw {
        cents: i64,
    },
    /// Declares one event and leads to another.
    #[emits(Withdrawn)]
    Lie,
    /// Leads to nothing as long as the account is open.
    Nothing,
    Panic,
    Close,
}

#[derive(Debug, PartialEq, thiserror::Error, Rejection)]
#[error("only {0} cents are left")]
pub struct InsufficientFunds(pub i64);

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Account {
    pub balance: i64,
    pub events: u64,
    pub closed: bool,
}

pub fn deposit(cents: i64) -> AccountCommand {
    AccountCommand::Deposit { cents }
}

pub fn withdraw(cents: i64) -> AccountCommand {
    AccountCommand::Withdraw { cents }
}

impl Aggregate for Account {
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = InsufficientFunds;

    fn decide(&self, command: AccountCommand) -> Decision<Self> {
        use AccountEvent::*;
        let deposited = |cents, note| Ok(vec![Deposited { cents, note }]);
        match command {
            AccountCommand::Deposit { cents } => deposited(cents, String::new()),
            AccountCommand::Note { note } => deposited(0, note),
            AccountCommand::Withdraw { cents } if cents > self.balance => {
                Err(InsufficientFunds(self.balance))
            }
            AccountCommand::Withdraw { cents } => Ok(vec![Withdrawn { cents }]),
            AccountCommand::Lie => deposited(1, String::new()),
            AccountCommand::Nothing if self.closed => Err(InsufficientFunds(0)),
            AccountCommand::Nothing => Ok(vec![]),
            AccountCommand::Panic => panic!("no decision"),
            AccountCommand::Close => Ok(vec![Closed]),
        }
    }

    fn evolve(&mut self, event: &AccountEvent) {
        self.events += 1;
        match event {
            AccountEvent::Deposited { cents, .. } => self.balance += cents,
            AccountEvent::Withdrawn { cents } => self.balance -= cents,
            AccountEvent::Closed => self.closed = true,
        }
    }
}

#[derive(Debug, PartialEq, Row)]
pub struct Balance {
    #[row(stream_id)]
    pub account: String,
    pub cents: i64,
}

pub fn balance(row: &mut Balance, event: &Recorded<AccountEvent>) {
    match **event {
        AccountEvent::Deposited { cents, .. } => row.cents += cents,
        AccountEvent::Withdrawn { cents } => row.cents -= cents,
        AccountEvent::Closed => {}
    }
}

/// The balance in a later release, in which every cent counts twice.
#[derive(Debug, PartialEq, Row)]
#[row(table = "balance", version = 2)]
pub struct Doubled {
    #[row(stream_id)]
    pub account: String,
    pub cents: i64,
}

pub fn doubled(row: &mut Doubled, event: &Recorded<AccountEvent>) {
    if let AccountEvent::Deposited { cents, .. } = **event {
        row.cents += 2 * cents;
    }
}
