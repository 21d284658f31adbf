use super::{
    Log, Orders, Written,
    orders::{Constraints, Item},
};
use crate::scenario::story::Story;
use futures_util::FutureExt;
use quadrille_core::error::BoxError;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs something on the same events in other orders, and compares what comes of them.
///
/// `run` begins anew each time: it makes what reads the log, gives it the events ([`Log::append_to`]),
/// lets it come to rest, and returns what there is to compare, such as the rows of a read model in
/// the order of their keys.
///
/// # Panics
/// When an order leads to something else than the given one: the message names two orders that differ
/// in two events next to each other, and shows what comes of either. When the run in the given
/// order fails, or an event stands before its cause.
pub async fn in_any_order(
    orders: Orders,
    events: impl IntoIterator<Item = Written>,
    run: impl AsyncFn(Log) -> Result<Value, BoxError>,
) {
    let events: Vec<Written> = events.into_iter().collect();
    let story = Story::default();
    let lines = async |order: &[usize]| {
        let log = Log::new(order.iter().map(|at| events[*at].clone()).collect());
        match run(log).await {
            Ok(value) => Ok(pretty(value)),
            Err(error) => Err(crate::scenario::chain(&*error)),
        }
    };
    let items: Vec<Item> = events.iter().map(Written::item).collect();
    let constraints = Constraints::of(&items).unwrap_or_else(|at| {
        story.fail(format_args!("{} stands before its cause", events[at].label()))
    });
    let labels: Vec<String> = events.iter().map(Written::label).collect();
    if let Some(failure) = search(orders, &constraints, &labels, "the result depends", lines).await
    {
        panic!("{failure}");
    }
}

fn pretty(mut value: Value) -> Vec<String> {
    value.sort_all_objects();
    let text = serde_json::to_string_pretty(&value).expect("JSON can be written");
    text.lines().map(str::to_owned).collect()
}

/// What comes of an order, in lines; or why nothing does.
pub(crate) type Told = Result<Vec<String>, String>;

/// Tries orders, and tells of two that lead to different results, if there are such.
///
/// # Panics
/// When the given order fails.
pub(crate) fn told(
    orders: Orders,
    constraints: &Constraints,
    labels: &[String],
    what: &str,
    run: impl Fn(&[usize]) -> Told,
) -> Option<String> {
    let run = async |order: &[usize]| without_failing(|| run(order));
    let found = search(orders, constraints, labels, what, run);
    found.now_or_never().expect("nothing in it waits")
}

async fn search(
    orders: Orders,
    constraints: &Constraints,
    labels: &[String],
    what: &str,
    run: impl AsyncFn(&[usize]) -> Told,
) -> Option<String> {
    let given: Vec<usize> = (0..constraints.len()).collect();
    let mut story = Story::default();
    numbered(labels).iter().for_each(|label| story.given(label));
    let expected = run(&given).await.unwrap_or_else(|problem| story.fail(problem));
    let run = async |order: &[usize]| {
        run(order).await.unwrap_or_else(|problem| vec![format!("failed: {problem}")])
    };
    let plan = constraints.plan(orders);
    for (tried, order) in plan.orders.iter().enumerate() {
        let got = run(order).await;
        if got != expected {
            let pair = closest(order.clone(), got, &expected, &run).await;
            let pair = shortest(pair, &run).await;
            let sample = plan.sampled.then_some((tried + 1, plan.orders.len(), orders.seed));
            return Some(pair.told(labels, what, sample));
        }
    }
    None
}

/// Two orders that differ in two things next to each other, and what comes of them.
struct Pair {
    orders: [Vec<usize>; 2],
    results: [Vec<String>; 2],
    /// The place of the first of the two.
    at: usize,
}

/// Brings an order that fails as close to one that does not as can be: takes back one swap after
/// the other, on a way to the given order on which everything stays behind its cause.
async fn closest(
    mut order: Vec<usize>,
    mut got: Vec<String>,
    expected: &[String],
    run: &impl AsyncFn(&[usize]) -> Vec<String>,
) -> Pair {
    loop {
        let at = order.windows(2).position(|pair| pair[0] > pair[1]);
        let at = at.expect("another order than the given one has a swap to take back");
        let mut closer = order.clone();
        closer.swap(at, at + 1);
        let result = run(&closer).await;
        if result == expected {
            return Pair { orders: [closer, order], results: [result, got], at };
        }
        (order, got) = (closer, result);
    }
}

/// Leaves out what comes behind the two, if they make a difference by themselves.
async fn shortest(pair: Pair, run: &impl AsyncFn(&[usize]) -> Vec<String>) -> Pair {
    let orders = pair.orders.each_ref().map(|order| order[..pair.at + 2].to_vec());
    let results = [run(&orders[0]).await, run(&orders[1]).await];
    if results[0] == results[1] { pair } else { Pair { orders, results, ..pair } }
}

impl Pair {
    fn told(&self, labels: &[String], what: &str, sample: Option<(usize, usize, u64)>) -> String {
        let Self { orders: [one, other], results, at } = self;
        let labels = numbered(labels);
        let mut story = Story::default();
        let mut shown: Vec<&usize> = one.iter().collect();
        shown.sort_unstable();
        shown.into_iter().for_each(|at| story.given(&labels[*at]));
        let numbers = |order: &[usize]| {
            order.iter().map(|at| (at + 1).to_string()).collect::<Vec<_>>().join(" ")
        };
        story.difference("when", &[numbers(one)], &[numbers(other)]);
        story.difference("then", &results[0], &results[1]);
        if let Some((tried, of, seed)) = sample {
            story.note("tried", format_args!("{tried} of {of} orders, chosen by the seed {seed}"));
        }
        let (first, second) = (one[*at], one[at + 1]);
        story.tell(format_args!(
            "{what} on which comes first, {} or {} (- {} first, + {} first)",
            labels[first],
            labels[second],
            first + 1,
            second + 1,
        ))
    }
}

fn numbered(labels: &[String]) -> Vec<String> {
    labels.iter().enumerate().map(|(at, label)| format!("{}. {label}", at + 1)).collect()
}

/// What comes of something that may panic: in another order than the usual one, much does.
fn without_failing(run: impl FnOnce() -> Told) -> Told {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("it panicked: {}", text.unwrap_or("without a text")))
    })
}
