use crate::{
    deliveries::{ALL_DAYS, Deliveries, WORKING_DAYS},
    shop::{Shop, count, reader},
    show,
};
use quadrille::{app::SettleError, prelude::*, sqlite::query_as};
use std::error::Error;

/// A read model written with SQL refuses an event.
pub async fn stop(shop: &Shop) -> Result<(), Box<dyn Error>> {
    show::step(5, "Break another: it stops")?;
    show::say(
        "`deliveries` counts parcels by day of the week, and its author knew of six. What SQL says\n\
         may depend on everything before it, so such a read model stops at the event, and keeps\n\
         what came before (`.parks(cap)` would let it park, too):",
    )?;
    let app = shop.app().await?.projector(Deliveries { days: WORKING_DAYS }).start().await?;
    let stopped = match app.settle().await {
        Err(SettleError::Stopped { reason, .. }) => Some(reason),
        other => other.map(|()| None)?,
    };
    let before = deliveries(&app).await?;
    app.shutdown().await;
    show::statuses(&app).await?;
    let Some(reason) = stopped else {
        show::say("No parcel of this log was delivered on a Sunday, so nothing breaks.")?;
        return Ok(());
    };
    show::line(format_args!("\n{reason}"))?;

    show::say(
        "The seventh day is added and the app starts again: the read model goes on at the event at\n\
         which it stopped.",
    )?;
    let app = shop.app().await?.projector(Deliveries { days: ALL_DAYS }).start().await?;
    app.settle().await?;
    let after = deliveries(&app).await?;
    let delivered = count(&app, &["order.delivered"]).await?;
    app.shutdown().await;
    let rows = ALL_DAYS.iter().map(|day| {
        let on = |rows: &[(String, i64)]| {
            rows.iter().find(|(known, _)| known == day).map_or(0, |(_, parcels)| *parcels)
        };
        [day.to_string(), on(&before).to_string(), on(&after).to_string()]
    });
    show::table(
        "Deliveries by day of the week",
        ["day", "when it stopped", "now"],
        rows.collect(),
    )?;
    let statuses = app.statuses().await?;
    let read = statuses.iter().find(|status| status.consumer.name == Deliveries::NAME);
    let read = read.map_or(0, |status| status.handled);
    show::line("")?;
    show::check("every delivery of the log is counted once", parcels(&after), delivered)?;
    let claim = format!("only the {read} events from there on were read");
    show::check(&claim, parcels(&before) + read, delivered)
}

async fn deliveries(app: &App) -> Result<Vec<(String, i64)>, Box<dyn Error>> {
    let query = query_as("SELECT day, parcels FROM deliveries");
    Ok(query.fetch_all(&reader(app).await?).await?)
}

fn parcels(deliveries: &[(String, i64)]) -> u64 {
    deliveries.iter().map(|(_, parcels)| parcels.unsigned_abs()).sum()
}
