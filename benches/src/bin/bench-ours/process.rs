//! Events through a process manager that sends a command for each.

use crate::{
    domain::{Account, Entry, EntryCommand},
    ours::{Ours, Place},
};
use anyhow::{Result, anyhow};
use bench_harness::{About, Extra, Subject, Target, report, settings::scaled};
use futures_util::{StreamExt, TryStreamExt, stream};
use quadrille::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use uuid::Uuid;

#[derive(Default, Serialize, Deserialize)]
struct Booking {}

#[derive(Input)]
#[process(key = account)]
enum Booked {
    #[on("account.deposited", starts, sends(Entry::Book), completes)]
    Deposited {
        #[view(id)]
        account: String,
        amount: i64,
    },
}

impl ProcessManager for Booking {
    const NAME: &'static str = "booking";
    type Input = Booked;

    fn react(&mut self, input: Booked, out: &mut Outbox<Booked>) {
        let Booked::Deposited { account, amount } = input;
        let id = account.clone();
        out.send::<Entry>(&id, EntryCommand::Book { account, amount });
        out.complete();
    }
}

pub async fn run(about: &About, place: Place) -> Result<()> {
    let target = Target::of(&format!("quadrille_{}", about.database), "process", true).await?;
    let ours = Ours::open(place, target).await?;
    let events = scaled(5_000);
    let deposits = stream::iter(0..events).map(|n| ours.deposit(Uuid::new_v4(), n, 1));
    let done = deposits.buffer_unordered(64).try_collect::<Vec<()>>().await;
    done.map_err(|error| anyhow!("{error:?}"))?;
    let reader = ours.reader().await?.aggregate::<Account>().aggregate::<Entry>();
    let begun = Instant::now();
    let app = reader.process::<Booking>().from_beginning().start().await?;
    app.settle().await?;
    let rate = events as f64 / begun.elapsed().as_secs_f64();
    app.shutdown().await;
    report(about, "process manager", "a command an event", rate, &Extra::default());
    Ok(())
}
