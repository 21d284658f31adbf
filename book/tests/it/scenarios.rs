use quadrille::prelude::*;
use quadrille_book::{account::*, choreography, process::*, statements::*, transfer::*};
use quadrille_testing::scenario::*;

fn opened() -> AccountEvent {
    AccountEvent::Opened { owner: "Alice".into() }
}

// ANCHOR: aggregate
#[test]
fn nobody_takes_out_more_than_there_is() {
    given::<Account>([opened(), AccountEvent::Deposited { cents: 500 }])
        .when(AccountCommand::Withdraw { cents: 300 })
        .then([AccountEvent::Withdrawn { cents: 300 }])
        .when(AccountCommand::Withdraw { cents: 300 })
        .then_rejected(Refused::InsufficientFunds(200));
}

#[test]
fn an_account_that_its_owner_has_opened_stays_as_it_is() {
    given::<Account>([opened()])
        .when(AccountCommand::Open { owner: "Alice".into() })
        .then_nothing();
}
// ANCHOR_END: aggregate

// ANCHOR: process
fn requested() -> Moving {
    let (transfer, from, to) = ("t1".into(), "alice".into(), "bob".into());
    Moving::Requested { transfer, from, to, cents: 200 }
}

fn debited() -> Moving {
    Moving::Debited { transfer: "t1".into() }
}

fn accepted() -> Moving {
    Moving::Accepted { transfer: "t1".into() }
}

fn credit() -> AccountCommand {
    AccountCommand::Credit { transfer: "t1".into(), cents: 200 }
}

fn fail(reason: &str) -> Expected {
    sends::<Transfer>("t1", TransferCommand::Fail { reason: reason.into() })
}

#[test]
fn money_goes_back_after_a_day() {
    let late = "the receiver did not accept it in time";
    process::<MoveMoney>()
        .given([requested(), debited()])
        .after(hours(23))
        .then_nothing()
        .after(hours(1))
        .then([compensates(late), sends::<Account>("alice", credit()), fail(late)]);
}

#[test]
fn money_goes_on_when_both_are_there_in_either_order() {
    let one = process::<MoveMoney>().given([requested(), debited()]).when(accepted());
    one.then([cancels(Moving::NotAccepted), sends::<Account>("bob", credit())]);
    let other = process::<MoveMoney>().given([requested(), accepted()]).when(debited());
    other.then([sends::<Account>("bob", credit())]).again().then_nothing();
}

#[test]
fn money_goes_back_when_the_receiver_cannot_take_it() {
    let closed = "there is no such account";
    process::<MoveMoney>()
        .rejects::<Account>(|account, _| (account == "bob").then_some(Refused::NotOpen))
        .given([requested(), debited()])
        .when(accepted())
        .then([
            cancels(Moving::NotAccepted),
            sends::<Account>("bob", credit()),
            compensates(closed),
            sends::<Account>("alice", credit()),
            fail(closed),
        ]);
}
// ANCHOR_END: process

#[test]
fn a_debit_that_comes_after_the_end_is_given_back() {
    process::<MoveMoney>()
        .given([requested()])
        .after(days(1))
        .when(debited())
        .then([compensates("it was debited too late"), sends::<Account>("alice", credit())]);
}

// ANCHOR: rows
#[test]
fn a_balance_counts_what_comes_and_goes() {
    let event = |event| recorded(event).stream("alice");
    fold(balance)
        .given([
            event(opened()),
            event(AccountEvent::Deposited { cents: 500 }),
            event(AccountEvent::Withdrawn { cents: 200 }),
        ])
        .then([Balance { account: "alice".into(), owner: "Alice".into(), cents: 300 }]);
}
// ANCHOR_END: rows

// ANCHOR: reaction
#[test]
fn a_debit_leads_to_a_credit() {
    let debited = choreography::Debited { transfer: "t1".into(), to: "bob".into(), cents: 200 };
    reaction(choreography::credit_receiver).when(debited).then([sends::<Account>("bob", credit())]);
}
// ANCHOR_END: reaction
