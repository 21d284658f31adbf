//! Weeks in seconds: orders come in at their times, and the clock is turned from one thing that
//! comes due to the next.

use crate::{
    choreography,
    deadlines::{Collection, PaymentDeadline, ShipmentDeadline},
    input::{Incoming, stock_for},
    notifications::{Outgoing, notifications},
    order::{Order, OrderCommand},
    read_models::reporting,
    stock::{Stock, StockCommand},
    world::{Bank, Carrier, luck},
};
use chrono::{DateTime, Duration, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use quadrille::{
    CommandId, ExecuteError, Location, ManualClock, StartError, id::derive, prelude::*,
    state::DeadlineFilter,
};
use std::error::Error;

/// How far the clock is turned at least: orders of the same hours come in together.
const STEP: Duration = Duration::hours(4);
/// Orders that are placed at the same time.
const AT_ONCE: usize = 64;

/// How long to wait before looking again whether another process has done what is due.
const ELSEWHERE: std::time::Duration = std::time::Duration::from_millis(100);

/// The whole shop.
pub async fn shop(
    quadrille: Quadrille,
    clock: &ManualClock,
    outgoing: &Outgoing,
    read_models: &Location,
) -> Result<App, StartError> {
    quadrille
        .name("shop")
        .clock(clock.clone())
        .component(choreography::sales().process::<PaymentDeadline>())
        .component(choreography::warehouse())
        .component(choreography::till().process::<Collection>())
        .component(choreography::dispatch().process::<ShipmentDeadline>())
        .component(notifications(outgoing))
        .component(reporting(read_models))
        .component(
            Component::new("outside").owner("simulated").process::<Bank>().process::<Carrier>(),
        )
        .start()
        .await
}

/// Something that a person does.
enum Act<'a> {
    Place(&'a Incoming),
    /// Has second thoughts.
    Cancel(&'a Incoming),
}

/// Runs all orders to their end.
pub async fn run(
    app: &App,
    clock: &ManualClock,
    orders: &[Incoming],
    progress: &ProgressBar,
) -> Result<(), Box<dyn Error>> {
    for (item, quantity) in stock_for(orders) {
        let delivery = command_id("delivery", &item);
        app.execute::<Stock>(&item, StockCommand::Receive { quantity })
            .command_id(delivery)
            .actor("supplier")
            .await?;
    }
    let mut acts = acts(orders).into_iter().peekable();
    loop {
        let next_act = acts.peek().map(|(at, _)| *at);
        let due = app.state().deadlines(&DeadlineFilter::default(), 1).await?;
        let next_due = due.first().map(|deadline| deadline.due);
        let elsewhere = due.first().is_some_and(|deadline| !app.works(&deadline.process));
        if next_act.is_none() && elsewhere {
            // Another process turns its own clock to what comes due there.
            tokio::time::sleep(ELSEWHERE).await;
            continue;
        }
        let Some(next) = next_act.into_iter().chain(next_due).min() else {
            // The last of it may be under way at another process.
            app.settle().await?;
            if app.next_deadline().await?.is_some() {
                continue;
            }
            break;
        };
        let until = next.max(clock.now()) + STEP;
        let mut together = Vec::new();
        while let Some(act) = acts.next_if(|(at, _)| *at <= until) {
            together.push(act);
        }
        clock.advance_to(until);
        stream::iter(together)
            .map(|(at, act)| perform(app, at, act))
            .buffered(AT_ONCE)
            .try_for_each(|placed| async move {
                progress.inc(u64::from(placed));
                Ok(())
            })
            .await?;
        if app.stands_by() {
            // How far another process is shows about once a second: give it a moment instead.
            tokio::time::sleep(ELSEWHERE).await;
        } else {
            app.settle().await?;
        }
        progress.set_message(format!("{}", clock.now().format("%d %B")));
    }
    Ok(())
}

/// Who does what when, in the order of time.
fn acts(orders: &[Incoming]) -> Vec<(DateTime<Utc>, Act<'_>)> {
    let mut acts: Vec<(DateTime<Utc>, Act)> = Vec::new();
    for order in orders {
        acts.push((order.placed_at, Act::Place(order)));
        if luck(&order.order, "second thoughts", 0) < 0.04 {
            let hours = 1.0 + 30.0 * luck(&order.order, "second thoughts", 1);
            let later = order.placed_at + Duration::minutes((hours * 60.0) as i64);
            acts.push((later, Act::Cancel(order)));
        }
    }
    acts.sort_by_key(|(at, _)| *at);
    acts
}

/// Does it, and says whether an order came in.
async fn perform(app: &App, at: DateTime<Utc>, act: Act<'_>) -> Result<bool, Box<dyn Error>> {
    let (order, what, command, placed) = match act {
        Act::Place(order) => {
            let Incoming { customer, item, quantity, cents, .. } = order.clone();
            (order, "place", OrderCommand::Place { customer, item, quantity, cents }, true)
        }
        Act::Cancel(order) => {
            let reason = "the customer thought better of it".into();
            (order, "cancel", OrderCommand::Cancel { reason }, false)
        }
    };
    let flow = quadrille::CorrelationId::of_command(command_id("place", &order.order));
    let done = app
        .execute::<Order>(&order.order, command)
        .command_id(command_id(what, &order.order))
        .correlation(flow)
        .actor(&order.customer)
        .occurred_at(at)
        .await;
    match done {
        // A refusal is an answer: it is kept beside the log and shown at the end.
        Ok(_) | Err(ExecuteError::Rejected(_)) => Ok(placed),
        Err(error) => Err(error.into()),
    }
}

/// The same act has the same id, so that a run that was broken off can be started again.
fn command_id(what: &str, subject: &str) -> CommandId {
    CommandId(derive(Default::default(), &[what.as_bytes(), subject.as_bytes()]))
}
