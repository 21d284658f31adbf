//! What has always come before what, without leading to it.

use crate::{log::Log, log::command, manifests::*};
use quadrille_core::{CorrelationId, manifest::Manifest};
use quadrille_flow::{
    lint::{Config, Finding, Input, check},
    observed::{Causation, Follower, Miner, Settings, View},
};
use uuid::Uuid;

/// A shop in which stock and payment are asked for at once, and `ship` answers the payment with a
/// command to the stock.
fn shop() -> Manifest {
    let mut part = component("shop");
    part.aggregates = vec![
        aggregate("order", "place>placed", ""),
        aggregate("stock", "reserve>reserved issue>issued", ""),
        aggregate("payment", "capture>captured", ""),
        aggregate("parcel", "pack>packed", ""),
    ];
    part.reactions = vec![
        reaction("reserve", "order.placed", "stock.reserve"),
        reaction("capture", "order.placed", "payment.capture"),
        reaction("ship", "payment.captured", "stock.issue"),
        reaction("pack", "payment.captured", "parcel.pack"),
    ];
    app("shop", vec![part])
}

/// Flows in which both follow from the order, one event each; `x` stands for a flow in which the
/// payment came first, `c` for one in which the stock led to it.
fn log(flows: &str) -> Log {
    let mut log = Log::default();
    for (at, flow) in flows.chars().enumerate() {
        let at = at as u128;
        log.flow = Some(CorrelationId(Uuid::from_u128(0xf000 + at)));
        let id = |n: u128| command(at * 10 + n);
        let [order, stock, payment, parcel] =
            ["order", "stock", "payment", "parcel"].map(|of| format!("{of}-o{at}"));
        let placed = log.event(&order, "order.placed", "order.place", id(0), None);
        let reserve = |log: &mut Log| {
            log.event(&stock, "stock.reserved", "stock.reserve", id(1), Some(placed))
        };
        let capture = |log: &mut Log, cause| {
            log.event(&payment, "payment.captured", "payment.capture", id(2), Some(cause))
        };
        let paid = match flow {
            'x' => {
                let paid = capture(&mut log, placed);
                reserve(&mut log);
                paid
            }
            'c' => {
                let reserved = reserve(&mut log);
                capture(&mut log, reserved)
            }
            _ => {
                reserve(&mut log);
                capture(&mut log, placed)
            }
        };
        log.event(&parcel, "parcel.packed", "parcel.pack", id(3), Some(paid));
    }
    log
}

fn found(manifest: Manifest, flows: &str, config: &str) -> Vec<Finding> {
    of_log(&log(flows), manifest, config)
}

fn of_log(log: &Log, manifest: Manifest, config: &str) -> Vec<Finding> {
    let mut miner = Causation::new(&Settings::default());
    log.events.iter().for_each(|event| miner.push(event));
    let graph = miner.observed(View::GRAPH).graph;
    let always_before = miner.always_before();
    let manifests = [manifest];
    let input =
        Input { observed: Some(&graph), always_before: &always_before, ..Input::new(&manifests) };
    let config: Config = config.parse().unwrap();
    let report = check(input, &config);
    report.findings.into_iter().filter(|finding| finding.lint == "always-before").collect()
}

const OFTEN: &str = "....................";

#[test]
fn what_came_first_by_chance_is_found_where_a_handler_relies_on_it() {
    let findings = found(shop(), OFTEN, "");
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!(finding.subjects, ["reaction:ship", "payment.captured", "stock.reserved"]);
    assert_eq!(
        finding.message,
        "stock.reserved has come before payment.captured in all of 20 flows and did not lead to it; reaction:ship may rely on it"
    );
    assert_eq!((finding.measure.value, finding.measure.threshold), (20.0, 20.0));
}

#[test]
fn too_few_flows_say_nothing() {
    assert_eq!(found(shop(), &OFTEN[1..], ""), []);
    assert_eq!(found(shop(), "...", "[lints.always-before]\nflows = 3").len(), 1);
}

#[test]
fn another_order_or_a_cause_explains_it() {
    assert_eq!(found(shop(), &format!("{OFTEN}x"), ""), []);
    assert_eq!(found(shop(), &OFTEN.replace('.', "c"), ""), []);
}

#[test]
fn an_aggregate_that_waits_for_both_explains_it() {
    // What the stream of an order notes first may be what it waited for.
    let mut shop = shop();
    shop.components[0].aggregates[0] =
        aggregate("order", "place>placed note>noted ready>ready", "");
    shop.components[0].reactions[2].reads = reads("parcel.packed");
    let waits = |noted: &str| {
        let mut log = Log::default();
        for at in 0..20 {
            log.flow = Some(CorrelationId(Uuid::from_u128(0xf000 + at)));
            let id = |n: u128| command(at * 10 + n);
            let placed = log.event("order-o", "order.placed", "order.place", id(0), None);
            let stock =
                log.event("stock-o", "stock.reserved", "stock.reserve", id(1), Some(placed));
            log.event("order-o", noted, "order.note", id(2), Some(stock));
            let ready = log.event("order-o", "order.ready", "order.ready", id(3), Some(placed));
            log.event("parcel-o", "parcel.packed", "parcel.pack", id(4), Some(ready));
        }
        of_log(&log, shop.clone(), "")
    };
    assert_eq!(waits("order.noted"), []);
    assert_eq!(waits("ledger.noted").len(), 1);
}

#[test]
fn nothing_is_said_where_nobody_relies_on_it() {
    let mut careful = shop();
    careful.components[0].reactions.retain(|reaction| reaction.name != "ship");
    assert_eq!(found(careful.clone(), OFTEN, ""), []);
    // A read model that takes both may.
    careful.components[0].projectors = vec![projector("sales", "stock.reserved payment.captured")];
    assert_eq!(found(careful.clone(), OFTEN, "")[0].subjects[0], "projector:sales");
    // As may one that takes what follows from the second.
    careful.components[0].projectors = vec![projector("sent", "stock.reserved parcel.packed")];
    let subjects = &found(careful, OFTEN, "")[0].subjects;
    assert_eq!(subjects[..], ["projector:sent", "parcel.packed", "stock.reserved"]);
}

#[test]
fn what_another_pair_explains_is_not_told_again() {
    let mut shop = shop();
    shop.components[0].projectors = vec![projector("sent", "stock.reserved parcel.packed")];
    let findings = found(shop, OFTEN, "");
    let subjects: Vec<_> = findings.iter().map(|finding| finding.subjects[1].as_str()).collect();
    assert_eq!(subjects, ["payment.captured"]);
}
