//! Flows through several components.

use crate::log::{FLOW, Log, command, deadline, issued, outcome, refused, start, step};
use chrono::Duration;
use quadrille_core::{
    Position,
    journal::{Cause, Issued, Outcome, Parked, parked_stream},
    manifest::{AggregateManifest, ComponentManifest, Manifest, ProjectorManifest, ReadManifest},
    state::RejectionRecord,
};
use quadrille_flow::trace::{Input, Model};
use uuid::Uuid;

fn ms(count: i64) -> Duration {
    Duration::milliseconds(count)
}

/// An order in six lanes: stock is reserved, a payment is refused twice, the deadline passes, and all
/// of it is undone. A consumer of the mails has parked an event.
pub fn order() -> Input {
    let mut log = Log::default();
    let place = command(1);
    let placed = log.of("orders").event("order-o1", "order.placed", "order.place", place, None);
    let reserve = issued(command(2), "stock-widgets", "reserve");
    let capture = issued(command(3), "payment-o1", "capture");
    let mut first = step("Placed", Cause::Event(placed));
    first.issued = vec![reserve.clone(), capture.clone()];
    first.deadlines = vec![deadline(7, "PaymentOverdue", start() + Duration::days(3))];
    let first = log.of("fulfilment").wait(ms(4)).step(first, placed);
    let (to, event) = ("stock-widgets", "stock.reserved");
    let reserved =
        log.of("stock").wait(ms(3)).event(to, event, "stock.reserve", reserve.id, Some(first));
    log.of("fulfilment").settled(outcome(&reserve, Outcome::Accepted(vec![reserved]), 1), first);
    let declined = || refused("card_declined", "the card was declined");
    let settled = log.wait(ms(900)).settled(outcome(&capture, declined(), 3), first);
    let due = Some(log.now() + Duration::days(1));
    let again = Issued { due, ..issued(command(4), "payment-o1", "capture") };
    let mut retry = step("Refused", Cause::Rejected(capture.id));
    retry.issued = vec![again.clone()];
    let retry = log.wait(ms(1)).step(retry, settled);
    let settled = log.wait(Duration::days(1)).settled(outcome(&again, declined(), 1), retry);
    log.wait(ms(1)).step(step("Refused", Cause::Rejected(again.id)), settled);
    let mut overdue = step("PaymentOverdue", Cause::Deadline(Uuid::from_u128(7)));
    let release = Issued { compensates: true, ..issued(command(5), "stock-widgets", "release") };
    let cancel = issued(command(6), "order-o1", "cancel");
    overdue.issued = vec![release.clone(), cancel.clone()];
    overdue.compensates = Some("not paid in time".into());
    overdue.completes = true;
    let overdue = log.wait(Duration::days(2)).step(overdue, first);
    let (to, event) = ("stock-widgets", "stock.released");
    log.of("stock").wait(ms(2)).event(to, event, "stock.release", release.id, Some(overdue));
    let (to, event) = ("order-o1", "order.cancelled");
    let cancelled = log.of("orders").event(to, event, "order.cancel", cancel.id, Some(overdue));
    let mail = issued(command(8), "mail-o1", "send");
    let sent = log.of("mails").wait(ms(3)).event(
        "mail-o1",
        "mail.sent",
        "mail.send",
        mail.id,
        Some(cancelled),
    );
    log.of("orders").wait(ms(1)).reaction(
        "tell-customer",
        cancelled,
        vec![outcome(&mail, Outcome::Accepted(vec![sent]), 1)],
    );
    let parked = Parked {
        consumer: "archive".into(),
        event: sent,
        event_type: "mail.sent".into(),
        reason: "the archive takes no mail of more than a page".into(),
        attempts: 5,
        subject: None,
    };
    log.of("mails").wait(ms(20)).fact(&parked_stream("archive").unwrap(), &parked, sent);
    let mut input = Input::new(FLOW, log.events);
    input.rejections = vec![RejectionRecord {
        command: Uuid::from_u128(0xbb),
        name: "order.place".into(),
        stream: "order-o1".parse().unwrap(),
        correlation: FLOW,
        code: "is_placed".into(),
        message: "it is placed already".into(),
        actor: Some("bob".into()),
        occurred_at: start() + ms(500),
    }];
    input
}

/// What the app of these orders declares.
pub fn manifest() -> Manifest {
    let reads = |events: &[&str]| {
        let read = |event: &&str| ReadManifest {
            event: (*event).to_owned(),
            from_version: 1,
            to_version: 1,
            fields: Vec::new(),
        };
        events.iter().map(read).collect()
    };
    let projector = |name: &str, version, events: &[&str]| ProjectorManifest {
        name: name.into(),
        version,
        rows: true,
        reads: reads(events),
    };
    let payments = ComponentManifest {
        name: "payments".into(),
        aggregates: vec![AggregateManifest {
            category: "payment".into(),
            version: 1,
            commands: Vec::new(),
            events: Vec::new(),
            rejections: Vec::new(),
        }],
        ..ComponentManifest::default()
    };
    let orders = ComponentManifest {
        name: "orders".into(),
        projectors: vec![
            projector("order_status", 2, &["order.placed", "order.cancelled"]),
            projector("stock_level", 1, &["stock.reserved", "stock.released"]),
        ],
        ..ComponentManifest::default()
    };
    Manifest { app: "shop".into(), store: "s".into(), components: vec![payments, orders] }
}

/// The same order with its manifest, and a read model that has not read its end.
pub fn order_with_models() -> Input {
    let mut input = order();
    input.manifests = vec![manifest()];
    let position = |event_type: &str| {
        let found = input.events.iter().find(|event| event.event_type == event_type);
        found.map(|event| event.position)
    };
    let model = |name: &str, version, checkpoint: Option<Position>| Model {
        name: name.into(),
        version,
        checkpoint,
    };
    input.models = vec![
        model("order_status", 2, position("stock.reserved")),
        model("stock_level", 1, position("stock.released")),
        model("undeclared", 1, None),
    ];
    input
}
