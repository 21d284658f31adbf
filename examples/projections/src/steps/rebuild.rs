use crate::{
    sales_by_item::ItemSales,
    shop::{Shop, count, reader},
    show,
    takings::TakingsWithCancelled,
};
use quadrille::{prelude::*, sqlite::query_as};
use std::error::Error;

/// Everything is built again from the log.
pub async fn rebuild(shop: &Shop) -> Result<(), Box<dyn Error>> {
    show::step(3, "Build them again")?;
    show::say(
        "A read model can be thrown away: the log is the truth. `app.rebuild(name)` builds a new\n\
         generation beside the one that queries see. Read models cannot send commands, so nobody\n\
         is charged twice:",
    )?;
    let quadrille = shop.app().await?.rows::<ItemSales>().projector(TakingsWithCancelled);
    let app = quadrille.start().await?;
    app.settle().await?;
    let (items, days) = (app.all_rows::<ItemSales>().await?, takings(&app).await?);
    let events = count(&app, &[]).await?;

    app.rebuild("sales_by_item").await?;
    app.rebuild("takings").await?;
    app.settle().await?;

    show::versions(&app, &["sales_by_item", "takings"]).await?;
    show::line("")?;
    show::check("`sales_by_item` is what it was", app.all_rows::<ItemSales>().await?, items)?;
    show::check("`takings` is what it was", takings(&app).await?, days)?;
    let now = count(&app, &[]).await?;
    app.shutdown().await;
    show::check(&format!("no command was repeated: the log has {now} events"), now, events)
}

async fn takings(app: &App) -> Result<Vec<(String, i64, i64, i64)>, Box<dyn Error>> {
    let query = query_as("SELECT day, orders, cents, cancelled FROM takings ORDER BY day");
    Ok(query.fetch_all(&reader(app).await?).await?)
}
