//! Weeks in seconds: the clock is turned to whatever comes next, an order or something that is due.

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
    CommandId, ExecuteError, Location, ManualClock, StartError, StoreError, id::derive, prelude::*,
    state::DeadlineFilter,
};
use std::{error::Error, iter::Peekable, vec::IntoIter};

/// How close to each other things must be to be done at one turn of the clock, which is then turned
/// to the last of them: each turn waits for the whole shop to come to rest.
const TOGETHER: Duration = Duration::hours(2);
/// Commands that are sent at the same time.
const AT_ONCE: usize = 64;
/// Deadlines that are looked at for a turn of the clock.
const DUE_AT_ONCE: usize = 1_000;

/// How long to wait before looking again whether another process has done what is due.
const ELSEWHERE: std::time::Duration = std::time::Duration::from_millis(50);

/// How often to look again before turning one's own clock all the same.
const PATIENCE: u32 = 10;

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
    let (mut waited, mut waited_for) = (0, None);
    loop {
        let next_act = acts.peek().map(|(at, _)| *at);
        let next_due = app.next_deadline().await?;
        if next_act.is_none() && next_due.is_some() && app.stands_by() {
            // Another process turns its own clock to what comes due there. Where each waits for
            // another, because all of them work some consumers, nothing changes until one turns.
            waited = if next_due == waited_for { waited + 1 } else { 0 };
            waited_for = next_due;
            if waited < PATIENCE {
                tokio::time::sleep(ELSEWHERE).await;
                continue;
            }
        }
        // What is overdue after all that this app could do is for another process to do.
        let next_due = next_due.filter(|due| *due > clock.now() || next_act.is_none());
        let Some(next) = next_act.into_iter().chain(next_due).min() else { break };
        let (together, last) = acts_within(&mut acts, next + TOGETHER);
        clock.advance_to(last_due(app, next + TOGETHER).await?.max(last).unwrap_or(next));
        stream::iter(together)
            .map(|(at, act)| perform(app, at, act))
            .buffered(AT_ONCE)
            .try_for_each(|placed| async move {
                progress.inc(u64::from(placed));
                Ok(())
            })
            .await?;
        app.settle().await?;
        progress.set_message(format!("{}", clock.now().format("%d %B")));
    }
    Ok(())
}

/// A time, and who does what then.
type Timed<'a> = (DateTime<Utc>, Act<'a>);

/// What happens up to a time, and when the last of it does.
fn acts_within<'a>(
    acts: &mut Peekable<IntoIter<Timed<'a>>>,
    until: DateTime<Utc>,
) -> (Vec<Timed<'a>>, Option<DateTime<Utc>>) {
    let within: Vec<_> = std::iter::from_fn(|| acts.next_if(|(at, _)| *at <= until)).collect();
    let last = within.last().map(|(at, _)| *at);
    (within, last)
}

/// When the last of what is due by a time comes due.
async fn last_due(app: &App, by: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let filter = DeadlineFilter { due_by: Some(by), ..DeadlineFilter::default() };
    let due = app.state().deadlines(&filter, DUE_AT_ONCE).await?;
    Ok(due.last().map(|deadline| deadline.due))
}

/// Who does what when, in the order of time.
fn acts(orders: &[Incoming]) -> Vec<Timed<'_>> {
    let mut acts: Vec<Timed<'_>> = Vec::new();
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
