use crate::log::{Log, command, issued, outcome, refused, step};
use chrono::Duration;
use proptest::prelude::*;
use quadrille_core::{
    CorrelationId, EventId,
    journal::{Cause, Outcome},
};
use quadrille_flow::observed::{Causation, Miner, Observed, Sequence, Settings, View, Within};
use uuid::Uuid;

/// What may happen next: in which flow, what, and how long after what came before.
type Happening = (u8, u8, u16);

fn log(happenings: &[Happening]) -> Log {
    let (mut log, mut last): (Log, Option<EventId>) = (Log::default(), None);
    for (n, (flow, what, seconds)) in happenings.iter().enumerate() {
        log.flow = Some(CorrelationId(Uuid::from_u128(u128::from(*flow))));
        log.wait(Duration::seconds((*seconds).into()));
        let (name, id) = (format!("order.{}", what % 4), command(n as u128));
        let sent = issued(id, "order-1", "go");
        last = match (what % 7, last) {
            (0..3, _) | (_, None) => Some(log.event("order-1", &name, "order.go", id, None)),
            (3, Some(cause)) => Some(log.event("order-1", &name, "order.go", id, Some(cause))),
            (4, Some(cause)) => Some(log.plain("order-1", &name, cause.0)),
            (5, Some(cause)) => {
                let done = outcome(&sent, refused("no", "no"), u32::from(*what));
                log.reaction("mail", cause, vec![done]);
                Some(cause)
            }
            (_, Some(cause)) => {
                let mut taken = step("Went", Cause::Event(cause));
                taken.issued = vec![sent.clone()];
                let taken = log.step(taken, cause);
                log.settled(outcome(&sent, Outcome::Unchanged, 1), taken);
                Some(cause)
            }
        };
    }
    log
}

fn settings() -> impl Strategy<Value = Settings> {
    let ends = prop::collection::vec((0..4).prop_map(|n| format!("order.{n}")), 0..2);
    let silence = prop::option::of((1..200_u64).prop_map(std::time::Duration::from_secs));
    let sizes = prop_oneof![Just((1_000, 1_000_000)), Just((5, 20))];
    (ends, silence, sizes, any::<bool>()).prop_map(
        |(ends, silence, (longest, most_places), stream)| {
            let within = if stream { Within::Stream } else { Within::Correlation };
            Settings { within, ends, silence, longest, most_places, count_after: None }
        },
    )
}

fn check_sums(observed: &Observed) {
    let Observed { graph, flows, variants, .. } = observed;
    assert_eq!(variants.iter().map(|v| v.count).sum::<u64>(), flows.count);
    assert_eq!(variants.iter().map(|v| v.open).sum::<u64>(), flows.open);
    assert_eq!(graph.nodes.iter().map(|node| node.starts).sum::<u64>(), flows.count);
    assert_eq!(graph.nodes.iter().map(|node| node.ends).sum::<u64>(), flows.count);
    for node in &graph.nodes {
        let shares: f64 =
            graph.edges.iter().filter(|e| e.from == node.id).filter_map(|e| e.share).sum();
        assert!(shares == 0.0 || (shares - 1.0).abs() < 1e-9, "{shares}");
    }
    for edge in &graph.edges {
        assert!(edge.rejected <= edge.count.unwrap() && edge.retried <= edge.count.unwrap());
    }
}

/// Every event but a flow's first has an edge into it.
fn check_sequence(observed: &Observed) {
    let edges = observed.graph.edges.iter().filter_map(|edge| edge.count).sum::<u64>();
    assert_eq!(edges + observed.flows.count, observed.flows.events);
}

proptest! {
    #[test]
    fn pages_make_no_difference_and_counts_add_up(
        happenings in prop::collection::vec(any::<Happening>().prop_map(|(f, w, s)| (f % 5, w, s % 40)), 0..120),
        settings in settings(),
        asked_after in prop::collection::vec(any::<bool>(), 240),
    ) {
        let log = log(&happenings);
        let at_once = super::by_sequence(&settings, &log.events);
        check_sums(&at_once);
        check_sequence(&at_once);
        prop_assert_eq!(&at_once, &asked_on_the_way(Sequence::new(&settings), &log, &asked_after));
        let at_once = super::by_causation(&settings, &log.events);
        check_sums(&at_once);
        prop_assert_eq!(&at_once, &asked_on_the_way(Causation::new(&settings), &log, &asked_after));
    }
}

/// A page may end behind any event; somebody looks, and reading goes on.
fn asked_on_the_way(mut miner: impl Miner, log: &Log, asked_after: &[bool]) -> Observed {
    for (event, asked) in log.events.iter().zip(asked_after) {
        miner.push(event);
        if *asked {
            miner.reach(event.position);
            check_sums(&miner.observed(View::default()));
        }
    }
    miner.observed(View::default())
}
