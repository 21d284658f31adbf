use crate::{
    sales_by_item::ItemSales,
    shop::{Shop, count, reader},
    show::{self, money},
    takings::Takings,
};
use quadrille::sqlite::query_as;
use std::error::Error;

/// Two new read models on a log that was there before them.
pub async fn add(shop: &Shop) -> Result<(), Box<dyn Error>> {
    show::step(1, "Add read models")?;
    show::say(
        "Two questions that nobody asked when the orders were placed: what sells, and how much\n\
         comes in each day? `sales_by_item` is made of rows, `takings` is written with SQL. Both\n\
         read the log from its beginning:\n\n    \
             app.rows::<ItemSales>().projector(Takings).start()",
    )?;
    let app = shop.app().await?.rows::<ItemSales>().projector(Takings).start().await?;
    app.settle().await?;

    let items = app.all_rows::<ItemSales>().await?;
    let cells = |row: &ItemSales| {
        [row.item.clone(), row.orders.to_string(), row.pieces.to_string(), money(row.cents)]
    };
    let rows = items.iter().map(cells).collect();
    show::table("Sales by item", ["item", "orders", "pieces", "value"], rows)?;

    let pool = reader(&app).await?;
    let days: Vec<(String, i64, i64)> =
        query_as("SELECT day, orders, cents FROM takings ORDER BY day").fetch_all(&pool).await?;
    let some = days.iter().take(5);
    let rows = some.map(|(day, orders, c)| [day.clone(), orders.to_string(), money(*c)]).collect();
    let title = format!("Takings by day: {} days, at most 5 of them shown", days.len());
    show::table(&title, ["day", "orders", "value"], rows)?;

    let both: Vec<(i64, i64)> =
        query_as("SELECT (SELECT sum(cents) FROM sales_by_item), (SELECT sum(cents) FROM takings)")
            .fetch_all(&pool)
            .await?;
    let orders = count(&app, &["order.placed"]).await?;
    app.shutdown().await;
    show::statuses(&app).await?;
    show::line("")?;
    let counted = items.iter().map(|row| row.orders.unsigned_abs()).sum();
    show::check("every order of the log is in `sales_by_item`", counted, orders)?;
    let (by_item, by_day) = both[0];
    show::check("one SQL query over both finds the same value by item and by day", by_item, by_day)
}
