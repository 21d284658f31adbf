//! A transfer without a coordinator: each line knows one event and one command.

use crate::{account::*, transfer::*};
use quadrille::prelude::*;

// ANCHOR: views
#[derive(View)]
#[reads("transfer.requested")]
struct TransferRequested {
    #[view(id)]
    transfer: String,
    from: String,
    to: String,
    cents: i64,
}

#[derive(View)]
#[reads("account.debited")]
pub struct Debited {
    pub transfer: String,
    pub to: String,
    pub cents: i64,
}

#[derive(View)]
#[reads("account.debit_declined")]
struct DebitDeclined {
    transfer: String,
    reason: String,
}

#[derive(View)]
#[reads("account.credited")]
struct Credited {
    transfer: String,
}
// ANCHOR_END: views

// ANCHOR: accounts
pub fn accounts() -> Component {
    Component::new("accounts")
        .owner("team-accounts")
        .aggregate::<Account>()
        .on("debit-sender", |e: &Recorded<TransferRequested>| {
            let (transfer, to, cents) = (e.transfer.clone(), e.to.clone(), e.cents);
            send::<Account>(&e.from, AccountCommand::Debit { transfer, to, cents })
        })
        .sends::<Account>(["debit"])
        .on("credit-receiver", credit_receiver)
        .sends::<Account>(["credit"])
}

/// A reaction that has a name of its own can be tested by itself.
pub fn credit_receiver(e: &Recorded<Debited>) -> quadrille::Messages {
    let (transfer, cents) = (e.transfer.clone(), e.cents);
    send::<Account>(&e.to, AccountCommand::Credit { transfer, cents })
}
// ANCHOR_END: accounts

// ANCHOR: transfers
pub fn transfers() -> Component {
    Component::new("transfers")
        .owner("team-payments")
        .aggregate::<Transfer>()
        .on("complete-transfer", |e: &Recorded<Credited>| {
            send::<Transfer>(&e.transfer, TransferCommand::Complete)
        })
        .sends::<Transfer>(["complete"])
        .on("fail-transfer", |e: &Recorded<DebitDeclined>| {
            send::<Transfer>(&e.transfer, TransferCommand::Fail { reason: e.reason.clone() })
        })
        .sends::<Transfer>(["fail"])
}
// ANCHOR_END: transfers
