//! One order's way through the shop.

use super::super::{domain::shop::*, support::*};
use quadrille::{
    journal::{Outcome, ProcessSettled, ProcessStepped},
    prelude::*,
};

async fn start(home: &Home) -> App {
    shop(home.app()).process::<Fulfilment>().start().await.unwrap()
}

async fn fill(app: &App, count: i64) {
    app.execute::<Stock>("tea", StockCommand::Fill { count }).await.unwrap();
}

async fn settle(app: &App) {
    app.settle().await.unwrap();
}

async fn placed(home: &Home, stock: i64) -> App {
    let app = start(home).await;
    fill(&app, stock).await;
    app.execute::<Order>("o", place("tea")).await.unwrap();
    settle(&app).await;
    app
}

#[test]
fn a_paid_order_is_confirmed_and_its_deadline_is_gone() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 1).await;
        app.execute::<Payment>("o", PaymentCommand::Capture).await.unwrap();
        settle(&app).await;
        home.clock.advance(days(30));
        settle(&app).await;
        // The reminder is a command on its way, and completing cancels deadlines only.
        assert_eq!(types(&app, "order-o").await, ["placed", "confirmed", "reminded"]);
        assert_eq!(app.next_deadline().await.unwrap(), None);
        let steps: Vec<_> =
            facts::<ProcessStepped>(&app).await.into_iter().map(|step| step.input).collect();
        assert_eq!(steps, ["Placed", "Captured"]);
    });
}

#[test]
fn a_deadline_fires_when_its_time_has_come() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 1).await;
        let start = app.clock().now();
        assert_eq!(app.next_deadline().await.unwrap(), Some(start + days(1)));
        home.clock.advance(days(1));
        settle(&app).await;
        assert_eq!(types(&app, "order-o").await, ["placed", "reminded"], "a delayed command");
        assert_eq!(app.next_deadline().await.unwrap(), Some(start + days(3)));
        home.clock.advance(days(2));
        settle(&app).await;
        assert_eq!(types(&app, "order-o").await, ["placed", "reminded", "cancelled"]);
        assert_eq!(app.next_deadline().await.unwrap(), None);
    });
}

#[test]
fn what_came_due_while_the_app_was_away_happens_in_its_order() {
    on_both(|store| async move {
        let home = Home::new(store);
        placed(&home, 1).await.shutdown().await;
        home.clock.advance(days(10));
        let app = start(&home).await;
        settle(&app).await;
        // The reminder was due before the deadline, which would have dropped it.
        assert_eq!(types(&app, "order-o").await, ["placed", "reminded", "cancelled"]);
    });
}

#[test]
fn compensation_undoes_what_was_accepted_the_latest_first() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 1).await;
        home.clock.advance(days(3));
        settle(&app).await;
        assert_eq!(types(&app, "stock-tea").await, ["filled", "reserved", "released"]);
        assert_eq!(types(&app, "payment-o").await, ["requested", "voided"]);
        let step = facts::<ProcessStepped>(&app).await.pop().unwrap();
        assert_eq!(step.compensates.as_deref(), Some("not paid within 3 days"));
        let issued: Vec<_> = step.issued.iter().map(|command| command.command.as_str()).collect();
        assert_eq!(issued, ["void", "release", "cancel"]);
    });
}

#[test]
fn a_refusal_is_an_input_and_what_was_refused_is_not_undone() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 0).await;
        assert_eq!(types(&app, "stock-tea").await, ["filled"]);
        assert_eq!(types(&app, "payment-o").await, ["requested", "voided"]);
        let order = stream(&app, "order-o").await;
        assert!(String::from_utf8_lossy(&order[1].data).contains("out of stock"));
        let settled = facts::<ProcessSettled>(&app).await;
        assert!(matches!(settled[0].settled.outcome, Outcome::Rejected(_)));
    });
}

#[test]
fn every_fact_of_a_flow_leads_back_to_its_first_command() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 1).await;
        home.clock.advance(days(3));
        settle(&app).await;
        let flow = stream(&app, "order-o").await[0].metadata.correlation;
        for name in ["order-o", "payment-o", "quadrille-process-fulfilment/o"] {
            for event in stream(&app, name).await {
                assert_eq!(event.metadata.correlation, flow, "{}", event.event_type);
            }
        }
        let cancelled = stream(&app, "order-o").await.pop().unwrap();
        let steps = stream(&app, "quadrille-process-fulfilment/o").await;
        let causes: Vec<_> = steps.iter().map(|step| step.id.into()).collect();
        assert!(causes.contains(&cancelled.metadata.causation));
    });
}

#[test]
fn an_event_for_no_instance_is_counted() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        app.execute::<Payment>("stranger", PaymentCommand::Capture).await.unwrap();
        settle(&app).await;
        app.shutdown().await;
        let status = app.statuses().await.unwrap().pop().unwrap();
        assert_eq!((status.unmatched, status.handled), (1, 1));
        assert!(facts::<ProcessStepped>(&app).await.is_empty());
    });
}

#[test]
fn an_event_for_a_completed_instance_is_counted() {
    on_both(|store| async move {
        let app = placed(&Home::new(store), 1).await;
        for _ in 0..2 {
            app.execute::<Payment>("o", PaymentCommand::Capture).await.unwrap();
            settle(&app).await;
        }
        app.shutdown().await;
        assert_eq!(app.statuses().await.unwrap()[0].unmatched, 1);
        assert_eq!(types(&app, "order-o").await, ["placed", "confirmed"]);
    });
}

#[test]
fn lost_engine_state_is_read_from_the_log_and_nothing_happens_twice() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 1).await;
        app.shutdown().await;
        let before: Vec<_> = facts::<ProcessStepped>(&app).await;
        let home = home.without_state();
        let app = start(&home).await;
        assert_eq!(app.next_deadline().await.unwrap(), Some(app.clock().now() + days(1)));
        settle(&app).await;
        assert_eq!(facts::<ProcessStepped>(&app).await.len(), before.len());
        assert_eq!(types(&app, "stock-tea").await, ["filled", "reserved"]);
        assert_eq!(types(&app, "payment-o").await, ["requested"]);
        home.clock.advance(days(3));
        settle(&app).await;
        assert_eq!(types(&app, "order-o").await, ["placed", "reminded", "cancelled"]);
    });
}

#[test]
fn what_was_recorded_before_a_deadline_was_due_counts() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = placed(&home, 1).await;
        app.shutdown().await;
        // Paid in time, while nobody looked.
        let till = shop(home.app()).name("till").start().await.unwrap();
        till.execute::<Payment>("o", PaymentCommand::Capture).await.unwrap();
        till.shutdown().await;
        home.clock.advance(days(30));
        let app = start(&home).await;
        settle(&app).await;
        assert_eq!(types(&app, "order-o").await, ["placed", "reminded", "confirmed"]);
    });
}
