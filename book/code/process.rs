//! The same transfer, promoted to a process manager: it waits for the receiver to agree, watches
//! the time, and gives money back.

use crate::{account::*, transfer::*};
use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

// ANCHOR: input
#[derive(Input)]
#[process(key = transfer)]
pub enum Moving {
    #[on("transfer.requested", starts, sends(Account::Debit), sets(NotAccepted))]
    Requested {
        #[view(id)]
        transfer: String,
        from: String,
        to: String,
        cents: i64,
    },
    #[on("account.debited", sends(Account::Credit), compensates)]
    Debited { transfer: String },
    #[on("transfer.accepted", sends(Account::Credit))]
    Accepted {
        #[view(id)]
        transfer: String,
    },
    #[on("account.credited", sends(Transfer::Complete), completes)]
    Credited {
        #[view(id)]
        account: String,
        transfer: String,
    },
    #[on("account.debit_declined", sends(Transfer::Fail), completes)]
    Declined { transfer: String, reason: String },
    #[on(deadline, sends(Transfer::Fail), compensates)]
    NotAccepted,
    #[on(rejected, sends(Transfer::Fail), compensates, completes)]
    Refused(Rejected),
}
// ANCHOR_END: input

// ANCHOR: process
/// Moves money, or gives it back.
#[derive(Default, Serialize, Deserialize)]
pub struct MoveMoney {
    transfer: String,
    from: String,
    to: String,
    cents: i64,
    debited: bool,
    accepted: bool,
    failed: bool,
}

impl ProcessManager for MoveMoney {
    const NAME: &'static str = "move-money";
    type Input = Moving;

    fn react(&mut self, input: Moving, out: &mut Outbox<Moving>) {
        match input {
            Moving::Requested { transfer, from, to, cents } => {
                let debit =
                    AccountCommand::Debit { transfer: transfer.clone(), to: to.clone(), cents };
                out.send::<Account>(&from, debit);
                out.deadline(days(1), Moving::NotAccepted);
                *self = Self { transfer, from, to, cents, ..Self::default() };
            }
            Moving::Debited { .. } => {
                self.debited = true;
                out.undo_with::<Account>(&self.from, self.credit());
                if self.failed {
                    out.compensate("it was debited too late");
                }
                self.pay_out(out);
            }
            Moving::Accepted { .. } => {
                self.accepted = true;
                out.cancel(Moving::NotAccepted);
                self.pay_out(out);
            }
            // Either the receiver has the money, or the sender has it back.
            Moving::Credited { account, .. } => {
                if account == self.to {
                    out.send::<Transfer>(&self.transfer, TransferCommand::Complete);
                }
                out.complete();
            }
            Moving::Declined { reason, .. } => {
                out.send::<Transfer>(&self.transfer, TransferCommand::Fail { reason });
                out.complete();
            }
            Moving::NotAccepted => self.fail("the receiver did not accept it in time", out),
            // Giving the money back was refused: the trail shows it, and a person decides.
            Moving::Refused(_) if self.failed => {}
            Moving::Refused(refused) => {
                self.fail(&refused.message, out);
                if !self.debited {
                    out.complete();
                }
            }
        }
    }
}

impl MoveMoney {
    /// Events of different streams come in any order: the money goes on when both are there.
    fn pay_out(&self, out: &mut Outbox<Moving>) {
        if self.debited && self.accepted && !self.failed {
            out.send::<Account>(&self.to, self.credit());
        }
    }

    fn fail(&mut self, reason: &str, out: &mut Outbox<Moving>) {
        self.failed = true;
        out.compensate(reason);
        let reason = reason.to_owned();
        out.send::<Transfer>(&self.transfer, TransferCommand::Fail { reason });
    }

    fn credit(&self) -> AccountCommand {
        AccountCommand::Credit { transfer: self.transfer.clone(), cents: self.cents }
    }
}
// ANCHOR_END: process

// ANCHOR: transfers
/// Both aggregates, and the process in place of the reactions.
pub fn transfers() -> Component {
    Component::new("transfers")
        .owner("team-payments")
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .process::<MoveMoney>()
}
// ANCHOR_END: transfers
