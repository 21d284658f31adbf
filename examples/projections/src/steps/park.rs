use crate::{
    points::{Points, points, points_with_a_bug},
    shop::{Shop, count},
    show,
};
use quadrille::state::{Consumer, ParkedEvent};
use std::{error::Error, panic};

/// A read model of rows panics on some orders.
pub async fn park(shop: &Shop) -> Result<(), Box<dyn Error>> {
    show::step(4, "Break one: events park")?;
    show::say(
        "`points` gives a point for each 1.00, and somebody kept the amount in 16 bits: an order\n\
         above 327.67 makes it panic. That must not hold up anybody else's points:",
    )?;
    if !breaks(shop).await? {
        show::say("No order of this log is worth that much, so nothing breaks.")?;
        return Ok(());
    }
    show::say(
        "The bug is mended and the app starts again, with the same read model. Parked events stay\n\
         where they are until somebody decides, and gives a reason:\n\n    \
             app.replay(\"points\", event, \"the amount has 64 bits now\", \"you\")",
    )?;
    let app = shop.app().await?.fold(points).start().await?;
    app.settle().await?;
    let parked = app.parked().await?;
    for (consumer, event) in parked.iter().filter(failed) {
        app.replay(&consumer.name, event.event, "the amount has 64 bits now", "you").await?;
    }
    show::line(format_args!(
        "\n{} events were replayed; those that waited followed.",
        parked.iter().filter(failed).count()
    ))?;
    let recovered = app.all_rows::<Points>().await?;
    let still_parked = app.parked().await?.len();
    app.shutdown().await;

    let sound = shop.app_in_memory().await?.fold(points).start().await?;
    sound.settle().await?;
    let never_broken = sound.all_rows::<Points>().await?;
    sound.shutdown().await;
    show::line("")?;
    show::check("nothing is parked any more", still_parked, 0)?;
    show::check("`points` equals one that never broke", recovered, never_broken)
}

/// Runs the read model with the bug, and says whether it met it.
async fn breaks(shop: &Shop) -> Result<bool, Box<dyn Error>> {
    let hook = hush_the_bug();
    let app = shop.app().await?.fold(points_with_a_bug).start().await?;
    app.settle().await?;
    panic::set_hook(hook);
    let parked = app.parked().await?;
    let rows = app.all_rows::<Points>().await?.len() as u64;
    let orders = count(&app, &["order.placed"]).await?;
    app.shutdown().await;
    if parked.is_empty() {
        return Ok(false);
    }
    let broken = parked.iter().filter(failed).count();
    let title = format!("Parked: {} events, at most 5 of them shown", parked.len());
    let header = ["event", "of", "tries", "why"];
    show::table(&title, header, parked.iter().take(5).map(cells).collect())?;
    let waiting = parked.len() - broken;
    show::line(format_args!(
        "\n{broken} events could not be handled, {waiting} wait behind them in their streams.\n"
    ))?;
    show::check("all other orders have their points", rows + broken as u64, orders)?;
    Ok(true)
}

/// Whether an event failed itself, and does not only wait behind one that did.
fn failed((_, event): &&(Consumer, ParkedEvent)) -> bool {
    event.attempts > 0
}

type PanicHook = Box<dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync>;

/// Keeps the panics that we provoke off the screen, and returns the hook that was there.
fn hush_the_bug() -> PanicHook {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    usual
}

fn cells((_, event): &(Consumer, ParkedEvent)) -> [String; 4] {
    let why = event.reason.split(':').take(2).collect::<Vec<_>>().join(":");
    [event.event_type.clone(), event.stream.to_string(), event.attempts.to_string(), why]
}
