use crate::{
    Context, Screen,
    args::{Format, StallsArgs},
    explain::Outcome,
    format::{from_now, time},
    table::{Align, Table},
};
use chrono::Utc;
use quadrille_core::store::Stall;
use serde_json::json;

pub(super) async fn run(args: &StallsArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let stalls = context.store.stalls().await?;
    if args.format == Format::Json {
        let objects: Vec<_> = stalls.iter().map(object).collect();
        return Ok(screen.json(&objects)?);
    }
    if stalls.is_empty() {
        return Ok(screen.line("nothing holds readers of the log back")?);
    }
    let now = Utc::now();
    let mut table = Table::new(&[
        ("readable up to", Align::Right),
        ("drawn up to", Align::Right),
        ("session", Align::Left),
        ("since (UTC)", Align::Left),
        ("", Align::Left),
        ("state", Align::Left),
        ("user", Align::Left),
        ("application", Align::Left),
    ]);
    for stall in stalls {
        table.row([
            stall.readable.to_string(),
            stall.drawn.to_string(),
            stall.session.unwrap_or_else(|| "prepared transaction".into()),
            stall.since.map(time).unwrap_or_default(),
            stall.since.map(|since| from_now(since, now)).unwrap_or_default(),
            stall.state.unwrap_or_default(),
            stall.user.unwrap_or_default(),
            stall.application.unwrap_or_default(),
        ]);
    }
    Ok(table.write(screen)?)
}

fn object(stall: &Stall) -> serde_json::Value {
    json!({
        "readable": stall.readable,
        "drawn": stall.drawn,
        "session": stall.session,
        "user": stall.user,
        "application": stall.application,
        "state": stall.state,
        "since": stall.since,
    })
}
