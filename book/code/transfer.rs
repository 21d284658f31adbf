//! The transfer: what is known of money on its way from one account to another.

use quadrille::prelude::*;
use {TransferCommand::*, TransferEvent::*};

// ANCHOR: types
#[derive(Event)]
#[event(category = "transfer")]
pub enum TransferEvent {
    Requested {
        from: String,
        to: String,
        cents: i64,
    },
    /// The receiver agrees.
    Accepted,
    Completed,
    Failed {
        reason: String,
    },
}

#[derive(Command)]
pub enum TransferCommand {
    #[emits(TransferEvent::Requested)]
    Request { from: String, to: String, cents: i64 },
    #[emits(TransferEvent::Accepted)]
    Accept,
    #[emits(TransferEvent::Completed)]
    Complete,
    #[emits(TransferEvent::Failed)]
    Fail { reason: String },
}
// ANCHOR_END: types

#[derive(Debug, PartialEq, thiserror::Error, Rejection)]
pub enum TransferRefused {
    #[error("there is no such transfer")]
    Unknown,
    #[error("the transfer is over")]
    Over,
    #[error("a transfer has two accounts and moves at least one cent")]
    Senseless,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Stage {
    #[default]
    Missing,
    Requested,
    Accepted,
    Over,
}

#[derive(Default)]
pub struct Transfer {
    stage: Stage,
}

impl Aggregate for Transfer {
    type Event = TransferEvent;
    type Command = TransferCommand;
    type Error = TransferRefused;

    fn decide(&self, command: TransferCommand) -> Decision<Self> {
        match (command, self.stage) {
            (Request { from, to, cents }, _) if cents <= 0 || from == to => {
                Err(TransferRefused::Senseless)
            }
            (Request { from, to, cents }, Stage::Missing) => {
                Ok(vec![Requested { from, to, cents }])
            }
            (_, Stage::Missing) => Err(TransferRefused::Unknown),
            (Accept, Stage::Requested) => Ok(vec![Accepted]),
            (Accept, Stage::Over) => Err(TransferRefused::Over),
            (Complete, Stage::Requested | Stage::Accepted) => Ok(vec![Completed]),
            (Fail { reason }, Stage::Requested | Stage::Accepted) => Ok(vec![Failed { reason }]),
            (Request { .. } | Accept | Complete | Fail { .. }, _) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &TransferEvent) {
        self.stage = match event {
            Requested { .. } => Stage::Requested,
            Accepted => Stage::Accepted,
            Completed | Failed { .. } => Stage::Over,
        };
    }
}
