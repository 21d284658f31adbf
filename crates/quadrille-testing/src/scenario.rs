//! Given, when, then: tests of aggregates, process managers, reactions and rows, without a runtime
//! and without a store.
//!
//! ```
//! use quadrille::prelude::*;
//! use quadrille_testing::scenario::*;
//! # #[derive(Event)]
//! # #[event(category = "account")]
//! # enum AccountEvent { Deposited { cents: i64 } }
//! # #[derive(Command)]
//! # enum AccountCommand { Deposit { cents: i64 }, Withdraw { cents: i64 } }
//! # #[derive(Debug, Rejection)]
//! # struct InsufficientFunds(i64);
//! # impl std::fmt::Display for InsufficientFunds {
//! #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "only {} are left", self.0) }
//! # }
//! # impl std::error::Error for InsufficientFunds {}
//! # #[derive(Default)]
//! # struct Account { balance: i64 }
//! # impl Aggregate for Account {
//! #     type Event = AccountEvent;
//! #     type Command = AccountCommand;
//! #     type Error = InsufficientFunds;
//! #     fn decide(&self, command: AccountCommand) -> Decision<Self> {
//! #         match command {
//! #             AccountCommand::Deposit { cents } => Ok(vec![AccountEvent::Deposited { cents }]),
//! #             AccountCommand::Withdraw { .. } => Err(InsufficientFunds(self.balance)),
//! #         }
//! #     }
//! #     fn evolve(&mut self, AccountEvent::Deposited { cents }: &AccountEvent) { self.balance += cents }
//! # }
//! use {AccountCommand::*, AccountEvent::*};
//!
//! given::<Account>([Deposited { cents: 500 }])
//!     .when(Withdraw { cents: 700 })
//!     .then_rejected(InsufficientFunds(500));
//! ```
//!
//! Things are compared by type name and JSON, so events and commands need neither `PartialEq` nor
//! `Debug`; a failure prints the story and the difference. Everything goes through its encoded
//! form on the way, as it does in the log, so that a payload that does not survive it is found
//! here. The engine takes steps with the same code as [`process`] does.
//!
//! What is checked besides: an aggregate decides the same when asked twice, and emits only what
//! its command declares; a process manager does only what its input declares. Projectors that
//! write SQL need a database, and so an app: they are not tested here.
//!
//! Events of different streams come in any order, and so do commands of different senders. Rows
//! ([`Rows::in_any_order`]), process managers ([`Process::when_in_any_order`]) and aggregates
//! ([`Given::when_in_any_order`]) can be tried with all of them; [`delivery`](crate::delivery) does
//! the same for whole apps.

mod aggregate;
mod arrival;
mod bench;
mod effects;
mod expected;
mod process;
mod reaction;
mod recorded;
mod rows;
mod show;
pub(crate) mod story;

pub use crate::delivery::Orders;
pub use aggregate::{Given, When, given};
pub use arrival::{Arrival, IntoArrival};
pub use expected::{Expected, cancels, compensates, completes, sends, sends_after, sets};
pub use process::{Process, process};
pub use quadrille_core::clock::{days, hours, minutes};
pub use reaction::{Reaction, reaction};
pub use recorded::{Draft, IntoRecorded, Places, recorded};
pub use rows::{Rows, fold, rows};

pub(crate) use recorded::chain;
