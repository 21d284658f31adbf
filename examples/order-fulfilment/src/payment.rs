//! The payment of an order. The bank answers when it likes, also after nobody waits any more.

use quadrille::prelude::*;
use {PaymentCommand::*, PaymentEvent::*};

#[derive(Event)]
#[event(category = "payment")]
pub enum PaymentEvent {
    /// The bank was asked.
    Requested {
        cents: i64,
        attempt: u32,
    },
    Captured {
        cents: i64,
    },
    Failed {
        reason: String,
        attempt: u32,
    },
    /// Nobody will ask the bank again; what it was asked already may still come in.
    Voided,
    Refunded {
        cents: i64,
    },
}

#[derive(Command)]
pub enum PaymentCommand {
    #[emits(PaymentEvent::Requested)]
    Request { cents: i64 },
    #[emits(PaymentEvent::Requested)]
    Retry,
    #[emits(PaymentEvent::Captured)]
    Capture,
    #[emits(PaymentEvent::Failed)]
    Fail { reason: String },
    #[emits(PaymentEvent::Voided)]
    Void,
    #[emits(PaymentEvent::Refunded)]
    Refund,
}

#[derive(Debug, thiserror::Error, Rejection)]
pub enum PaymentRefused {
    #[error("the payment was voided")]
    Voided,
    #[error("the bank was not asked")]
    NotRequested,
}

#[derive(Default)]
pub struct Payment {
    cents: i64,
    attempts: u32,
    /// The bank owes an answer.
    open: bool,
    captured: bool,
    refunded: bool,
    voided: bool,
}

impl Aggregate for Payment {
    type Event = PaymentEvent;
    type Command = PaymentCommand;
    type Error = PaymentRefused;

    fn decide(&self, command: PaymentCommand) -> Decision<Self> {
        match command {
            Request { .. } | Retry if self.voided => Err(PaymentRefused::Voided),
            Request { .. } if self.attempts > 0 => Ok(vec![]),
            Request { cents } => Ok(vec![Requested { cents, attempt: 1 }]),
            Retry if self.open || self.captured => Ok(vec![]),
            Retry => Ok(vec![Requested { cents: self.cents, attempt: self.attempts + 1 }]),
            Capture | Fail { .. } if !self.open => Err(PaymentRefused::NotRequested),
            Capture => Ok(vec![Captured { cents: self.cents }]),
            Fail { reason } => Ok(vec![Failed { reason, attempt: self.attempts }]),
            Void if self.voided || self.captured => Ok(vec![]),
            Void => Ok(vec![Voided]),
            Refund if self.captured && !self.refunded => Ok(vec![Refunded { cents: self.cents }]),
            Refund => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &PaymentEvent) {
        match event {
            Requested { cents, attempt } => {
                (self.cents, self.attempts, self.open) = (*cents, *attempt, true);
            }
            Captured { .. } => (self.open, self.captured) = (false, true),
            Failed { .. } => self.open = false,
            Voided => self.voided = true,
            Refunded { .. } => self.refunded = true,
        }
    }
}
