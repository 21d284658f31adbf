//! Accounts that take deposits, and entries that are made for them.

use bench_harness::{AccountState, Deposited};
use quadrille::prelude::*;

#[derive(Event)]
#[event(category = "account")]
pub enum AccountEvent {
    Deposited(Deposited),
}

#[derive(Command)]
pub enum AccountCommand {
    Deposit { deposits: Vec<Deposited> },
}

#[derive(Default)]
pub struct Account(pub AccountState);

impl Aggregate for Account {
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = Never;

    fn decide(&self, command: AccountCommand) -> Decision<Self> {
        let AccountCommand::Deposit { deposits } = command;
        Ok(deposits.into_iter().map(AccountEvent::Deposited).collect())
    }

    fn evolve(&mut self, event: &AccountEvent) {
        let AccountEvent::Deposited(deposited) = event;
        self.0.apply(deposited);
    }
}

#[derive(Event)]
#[event(category = "entry")]
pub enum EntryEvent {
    Booked { account: String, amount: i64 },
}

#[derive(Command)]
pub enum EntryCommand {
    Book { account: String, amount: i64 },
}

/// What the process manager sends to.
#[derive(Default)]
pub struct Entry {
    booked: bool,
}

impl Aggregate for Entry {
    type Event = EntryEvent;
    type Command = EntryCommand;
    type Error = Never;

    fn decide(&self, command: EntryCommand) -> Decision<Self> {
        let EntryCommand::Book { account, amount } = command;
        Ok(if self.booked { vec![] } else { vec![EntryEvent::Booked { account, amount }] })
    }

    fn evolve(&mut self, _: &EntryEvent) {
        self.booked = true;
    }
}
