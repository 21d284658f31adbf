//! Open flows, and what they wait for.

use crate::{
    Context, Screen,
    args::{Format, OpenArgs},
    command::consumers::parked,
    explain::Outcome,
    format::{counted, time},
    table::{Align, Table},
};
use quadrille_flow::{
    observed::{Standing, Waiting, WaitsFor, read_on},
    trace::duration,
};
use std::io::{self, Write};

pub(super) async fn run(args: &OpenArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let mut waiting = Waiting::new(&args.settings());
    read_on(&*context.store, &mut waiting).await?;
    let parked = parked(context).await?;
    let open = waiting.standing(&parked, args.view(), args.says_how_flows_end());
    if waiting.unreadable() > 0 {
        // To people, whoever reads the list.
        let facts = counted(waiting.unreadable(), "fact", "facts");
        let _ =
            writeln!(io::stderr(), "{facts} of process managers cannot be read and are left out");
    }
    if args.format == Format::Json {
        return Ok(screen.json(&open)?);
    }
    if open.is_empty() {
        let none = match args.says_how_flows_end() {
            true => "no flow is open",
            false => "no flow waits for anything",
        };
        return Ok(screen.line(none)?);
    }
    let mut table = Table::new(&[
        ("stands still", Align::Right),
        ("since (UTC)", Align::Left),
        ("open flow", Align::Left),
        ("at", Align::Left),
        ("waits for", Align::Left),
    ]);
    open.iter().for_each(|standing| rows(standing, &mut table));
    Ok(table.write(screen)?)
}

/// A row for each thing that a flow waits for; the flow stands in the first.
fn rows(standing: &Standing, table: &mut Table) {
    let Standing { flow, waits_for } = standing;
    let mut front =
        [duration(flow.still_micros), time(flow.since), flow.flow.clone(), flow.at.clone()];
    let mut what: Vec<String> = waits_for.iter().map(words).collect();
    if what.is_empty() {
        what.push("nothing that is known".to_owned());
    }
    for what in what {
        let [still, since, flow, at] = std::mem::take(&mut front);
        table.row([still, since, flow, at, what]);
    }
}

fn words(waits_for: &WaitsFor) -> String {
    match waits_for {
        WaitsFor::Decision { consumer, event_type, stream, reason, .. } => {
            format!("a decision: {consumer} has parked {event_type} of {stream}: {reason}")
        }
        WaitsFor::Command { process, key, name, to, due: None, .. } => {
            format!("the outcome of {name} to {to}, from {process} {key}")
        }
        WaitsFor::Command { process, key, name, to, due: Some(due), .. } => {
            format!("{}, when {name} goes to {to}, from {process} {key}", time(*due))
        }
        WaitsFor::Refusal { process, key, name, .. } => {
            format!("a step: {process} {key} has not taken the refusal of {name}")
        }
        WaitsFor::Deadline { process, key, name, due } => {
            format!("{}, when {name} of {process} {key} is due", time(*due))
        }
        WaitsFor::Event { process, key } => format!("an event: {process} {key} has not completed"),
    }
}
