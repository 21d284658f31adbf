use crate::{
    held::Held,
    shop::{Shop, reader},
    show::{self, money},
    takings::TakingsWithCancelled,
};
use quadrille::{prelude::*, sqlite::query_as};
use std::error::Error;

/// A read model gets another column.
pub async fn change(shop: &Shop) -> Result<(), Box<dyn Error>> {
    show::step(2, "Change one")?;
    show::say(
        "`takings` shall also count cancelled orders. Its code changes and says `VERSION = 2`. The\n\
         new version is built in a file of its own, beside the one that queries see. Here it is\n\
         held at its first event, so that there is time to look:",
    )?;
    let (held, release) = Held::new(TakingsWithCancelled);
    let app = shop.app().await?.projector(held).start().await?;
    show::versions(&app, &["takings"]).await?;
    let before = takings(&app).await?;
    let missing = cancelled(&app).await.err().map(|error| error.to_string());
    show::line("")?;
    show::check("queries still see the old version, with all its rows", before.is_empty(), false)?;
    show::check("which does not know the new column", missing.is_some(), true)?;
    show::line(format_args!("    {}", missing.unwrap_or_default()))?;

    show::say("Now it is let go, reads the log, and takes the old one's place when it is there:")?;
    release.send_replace(true);
    app.settle().await?;
    show::versions(&app, &["takings"]).await?;
    let after = takings(&app).await?;
    let with_cancelled = cancelled(&app).await?;
    let cells = |(day, orders, cents, cancelled): &(String, i64, i64, i64)| {
        [day.clone(), orders.to_string(), money(*cents), cancelled.to_string()]
    };
    let rows = with_cancelled.iter().take(5).map(cells).collect();
    show::table("Takings by day, version 2", ["day", "orders", "value", "cancelled"], rows)?;
    app.shutdown().await;
    show::line("")?;
    show::check("the old columns hold what they held", after, before)
}

/// The takings of days on which orders were placed, as both versions know them.
async fn takings(app: &App) -> Result<Vec<(String, i64, i64)>, Box<dyn Error>> {
    let query = query_as("SELECT day, orders, cents FROM takings WHERE orders > 0 ORDER BY day");
    Ok(query.fetch_all(&reader(app).await?).await?)
}

/// What only the new version knows.
async fn cancelled(app: &App) -> Result<Vec<(String, i64, i64, i64)>, Box<dyn Error>> {
    let query = query_as("SELECT day, orders, cents, cancelled FROM takings ORDER BY day");
    Ok(query.fetch_all(&reader(app).await?).await?)
}
