use crate::{
    shop::{Shop, count},
    show,
};
use quadrille::{
    Position, Query,
    journal::{Fact, ParkedResolved, parked_stream},
    store::Direction,
};
use std::error::Error;

/// What all this left in the log, which had so many events before.
pub async fn look_back(shop: &Shop, events: u64) -> Result<(), Box<dyn Error>> {
    show::step(6, "What the log says of it")?;
    let app = shop.app().await?.start().await?;
    let query = Query::all().stream(parked_stream("points")?).types([ParkedResolved::TYPE]);
    let page = app.store().read(&query, Position::START, Direction::Forward, 1).await?;
    if let Some(envelope) = page.events.first()
        && let Some(resolved) = ParkedResolved::read(envelope)?
    {
        let ParkedResolved { consumer, event, actor, reason, .. } = resolved;
        show::line(format_args!("\nWho decided what about a parked event is part of the trail:"))?;
        show::line(format_args!(
            "  event {event} was replayed at `{consumer}` by {actor}: {reason}"
        ))?;
    }
    let now = count(&app, &[]).await?;
    app.shutdown().await;
    show::line("")?;
    show::check(&format!("the shop's events are as they were: {now}"), now, events)?;
    show::say(
        "What the framework added lies in streams of its own (`quadrille-…`): what was registered,\n\
         what was parked, and what became of it.",
    )?;
    Ok(())
}
