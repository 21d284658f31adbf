//! What came of it: the read models as tables, and whether money and stock add up.

use crate::{
    notifications::Outgoing,
    read_models::{OrderRow, ParcelRow, PaymentRow, StockRow},
};
use comfy_table::{CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};
use quadrille::{
    Position, Query,
    journal::{Fact, Outcome, ProcessSettled, ReactionSettled, Settled},
    postgres::{self, PgPool, Postgres},
    prelude::*,
    sqlite::{self, SqlitePool},
    store::Direction,
};
use quadrille_cli::say;
use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    io,
};

/// Prints a table with a title; numbers on the right.
pub fn table<const N: usize>(
    title: &str,
    header: [&str; N],
    rows: Vec<[String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
    for row in &rows {
        table.add_row(row);
    }
    for (n, column) in table.column_iter_mut().enumerate() {
        let number =
            |row: &[String; N]| row[n].chars().all(|c| c.is_ascii_digit() || ".- %".contains(c));
        if n > 0 && rows.iter().all(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(format_args!("\n{title}\n{table}"))
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Connections on which all read models can be queried.
enum Reader {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Reader {
    async fn of(app: &App) -> Result<Self, Box<dyn Error>> {
        if let Some(database) = app.database::<Postgres>() {
            return Ok(Self::Postgres(database.reader().await?));
        }
        let database = app.database::<Sqlite>().ok_or("the app has no database")?;
        Ok(Self::Sqlite(database.reader().await?))
    }
}

/// All rows of a query, which both databases understand.
macro_rules! fetch {
    ($reader:expr, $sql:literal) => {
        match $reader {
            Reader::Sqlite(pool) => sqlite::query_as($sql).fetch_all(pool).await?,
            Reader::Postgres(pool) => postgres::query_as($sql).fetch_all(pool).await?,
        }
    };
}

/// The read models, read with SQL: all of them on one connection.
pub async fn read_models(app: &App) -> Result<(), Box<dyn Error>> {
    let reader = &Reader::of(app).await?;
    let by_state: Vec<(String, i64, i64)> = fetch!(
        reader,
        "SELECT state, count(*), CAST(sum(cents) AS BIGINT) FROM orders GROUP BY state ORDER BY count(*) DESC"
    );
    let rows = by_state.into_iter().map(|(s, n, c)| [s, n.to_string(), money(c)]).collect();
    table("Orders by state", ["state", "orders", "value"], rows)?;

    let reasons: Vec<(String, i64)> = fetch!(
        reader,
        "SELECT CASE WHEN reason LIKE 'out of stock%' THEN 'out of stock' ELSE reason END, count(*)
         FROM orders WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC"
    );
    let rows = reasons.into_iter().map(|(reason, n)| [reason, n.to_string()]).collect();
    table("Why orders were cancelled", ["reason", "orders"], rows)?;

    let stock: Vec<(String, i64, i64, i64, i64)> =
        fetch!(reader, "SELECT item, received, issued, reserved, ran_out FROM stock ORDER BY item");
    let row = |(item, received, issued, reserved, ran_out): (String, i64, i64, i64, i64)| {
        let left = received - issued - reserved;
        let [received, issued, left, ran_out] =
            [received, issued, left, ran_out].map(|n| n.to_string());
        [item, received, issued, left, ran_out]
    };
    let header = ["item", "received", "issued", "left", "orders refused"];
    table("Stock", header, stock.into_iter().map(row).collect())?;

    let revenue: Vec<(String, i64, i64)> =
        fetch!(reader, "SELECT day, captured, refunded FROM revenue ORDER BY day");
    let row = |(day, captured, refunded): (String, i64, i64)| {
        [day, money(captured), money(refunded), money(captured - refunded)]
    };
    let days = revenue.len();
    let rows = revenue.into_iter().take(7).map(row).collect();
    let title = format!("Revenue by day (the first 7 of {days} days)");
    table(&title, ["day", "captured", "refunded", "net"], rows)?;

    let best: Vec<(String, i64, i64, i64)> = fetch!(
        reader,
        "SELECT customer, orders, delivered, spent_cents FROM customers
         ORDER BY spent_cents DESC, customer LIMIT 5"
    );
    let row = |(customer, orders, delivered, spent): (String, i64, i64, i64)| {
        [customer, orders.to_string(), delivered.to_string(), money(spent)]
    };
    let header = ["customer", "orders", "delivered", "spent"];
    table("The five best customers", header, best.into_iter().map(row).collect())?;
    Ok(())
}

/// Counts by what happened.
#[derive(Default)]
struct Counts(BTreeMap<(&'static str, String), usize>);

impl Counts {
    fn add(&mut self, kind: &'static str, what: String) {
        *self.0.entry((kind, what)).or_default() += 1;
    }

    fn settled(&mut self, settled: &Settled) {
        if let Outcome::Rejected(rejected) = &settled.outcome {
            self.add("rejected", format!("{}: {}", settled.command, rejected.message));
        }
    }
}

/// What was rejected, retried and compensated, as the log tells it.
pub async fn troubles(app: &App, outgoing: &Outgoing) -> Result<(), Box<dyn Error>> {
    let mut counts = Counts::default();
    let query = Query::everything().types([
        ReactionSettled::TYPE,
        ProcessSettled::TYPE,
        "payment.requested",
        "payment.refunded",
        "stock.released",
        "order.paid_too_late",
        "order.reserved_too_late",
        "shipment.chased",
    ]);
    let mut after = Position::START;
    loop {
        let page = app.store().read(&query, after, Direction::Forward, 1_000).await?;
        for envelope in &page.events {
            if let Some(fact) = ReactionSettled::read(envelope)? {
                fact.settled.iter().for_each(|settled| counts.settled(settled));
            } else if let Some(fact) = ProcessSettled::read(envelope)? {
                counts.settled(&fact.settled);
            } else if envelope.event_type == "payment.requested" {
                if !envelope.data.windows(12).any(|w| w == b"\"attempt\":1}") {
                    counts.add("retried", "payment.requested again".into());
                }
            } else if envelope.event_type == "shipment.chased" {
                counts.add("retried", "shipment.chased".into());
            } else {
                counts.add("compensated", envelope.event_type.clone());
            }
        }
        match page.through {
            Some(place) => after = place.position,
            None => break,
        }
    }
    // A refused command that is sent again by another run is refused again.
    let mut refused = HashSet::new();
    let rejections = app.state().rejections(None, usize::MAX >> 1).await?;
    for rejection in rejections.into_iter().filter(|one| refused.insert(one.command)) {
        counts.add("rejected", format!("{}: {} (a customer)", rejection.name, rejection.message));
    }
    for (channel, sent) in outgoing.counts() {
        counts.0.insert(("sent", channel.into()), sent);
    }
    let row = |((kind, what), n): ((&str, String), usize)| [kind.into(), what, n.to_string()];
    let rows = counts.0.into_iter().map(row).collect();
    table("Rejected, retried, compensated, sent", ["", "what", "times"], rows)?;
    Ok(())
}

/// Checks that nothing was lost: every captured cent was earned or given back, and every piece is
/// in the warehouse, with a customer or lost on the way.
pub async fn add_up(app: &App) -> Result<(), Box<dyn Error>> {
    let orders = app.all_rows::<OrderRow>().await?;
    let payments = app.all_rows::<PaymentRow>().await?;
    let stock = app.all_rows::<StockRow>().await?;
    let parcels = app.all_rows::<ParcelRow>().await?;
    let unfinished = orders.iter().filter(|o| o.state != "delivered" && o.state != "cancelled");
    let delivered = || orders.iter().filter(|order| order.state == "delivered");
    let lost = parcels.iter().filter(|parcel| parcel.lost_on_the_way);
    let mut failed = Vec::new();
    let mut check = |what: &str, left: i64, right: i64| {
        if left == right {
            return say(format_args!("  ✓ {what}: {left}"));
        }
        failed.push(format!("{what}: {left} is not {right}"));
        Ok(())
    };
    say("\nDoes it add up?")?;
    check("orders without an end", unfinished.count() as i64, 0)?;
    check(
        "cents captured less those refunded are the value of delivered orders",
        payments.iter().map(|payment| payment.captured - payment.refunded).sum(),
        delivered().map(|order| order.cents).sum(),
    )?;
    check("pieces still reserved", stock.iter().map(|row| row.reserved).sum(), 0)?;
    check(
        "pieces issued were delivered or lost on the way",
        stock.iter().map(|row| row.issued).sum(),
        delivered().map(|order| order.quantity).sum::<i64>()
            + lost.map(|parcel| parcel.quantity).sum::<i64>(),
    )?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("make it add up: {}", failed.join("; ")).into())
}
