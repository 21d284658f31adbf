//! A payment: what an order costs is captured once.

use quadrille::prelude::*;
use serde::Serialize;

#[derive(Event)]
#[event(category = "payment")]
pub enum PaymentEvent {
    Captured { cents: i64 },
}

#[derive(Command)]
pub enum PaymentCommand {
    #[emits(PaymentEvent::Captured)]
    Capture { cents: i64 },
}

#[derive(Default, Serialize)]
pub struct Payment {
    captured: bool,
}

impl Aggregate for Payment {
    type Event = PaymentEvent;
    type Command = PaymentCommand;
    type Error = Never;

    fn decide(&self, PaymentCommand::Capture { cents }: PaymentCommand) -> Decision<Self> {
        Ok(if self.captured { vec![] } else { vec![PaymentEvent::Captured { cents }] })
    }

    fn evolve(&mut self, PaymentEvent::Captured { .. }: &PaymentEvent) {
        self.captured = true;
    }
}
