use super::{
    domain::{Order, OrderCommand::*},
    failure,
};
use quadrille::{prelude::*, send};
use quadrille_testing::scenario::*;

#[derive(View)]
#[reads("payment.failed")]
struct PaymentFailed {
    order: String,
}

fn cancel(event: &Recorded<PaymentFailed>) -> Option<quadrille::Messages> {
    let reason = format!("payment {} failed", event.id());
    (event.order != "vip").then(|| send::<Order>(&event.order, Cancel { reason }))
}

#[test]
fn a_reaction_turns_an_event_into_commands() {
    reaction(cancel)
        .when(PaymentFailed { order: "o1".into() })
        .then([sends::<Order>("o1", Cancel { reason: "payment 1 failed".into() })])
        .when(recorded(PaymentFailed { order: "o1".into() }).stream("p7"))
        .then([sends::<Order>("o1", Cancel { reason: "payment p7 failed".into() })])
        .when(PaymentFailed { order: "vip".into() })
        .then_nothing();
}

#[test]
fn a_failure_says_what_was_sent_instead() {
    let told = failure(|| {
        reaction(cancel)
            .when(recorded(PaymentFailed { order: "o1".into() }).stream("p7"))
            .then([sends::<Order>("o2", Confirm)])
    });
    assert_eq!(
        told,
        r#"the reaction sent otherwise (- expected, + got)
  when   payment.failed in payment-p7
  then - send order.confirm {} to order-o2
       + send order.cancel {"reason":"payment p7 failed"} to order-o1"#
    );
}
