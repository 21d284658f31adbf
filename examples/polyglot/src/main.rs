//! An order flow in three languages: orders and payments in Rust, a fraud check in Node.js,
//! notifications in Python. They share one log, and the log tells the whole story.

mod order;
mod payment;
mod shop;

use clap::Parser;
use order::{Order, OrderCommand};
use quadrille::{Location, prelude::*};
use quadrille_cli::{CommandLine, Done, finish, say};
use quadrille_gateway::{Gateway, Settings};
use shop::OrderRow;
use std::{error::Error, net::SocketAddr, process::ExitCode, time::Duration};

/// How often to look whether everybody was told.
const POLL: Duration = Duration::from_millis(200);

/// Runs orders and payments, and a gateway for the services in other languages.
#[derive(Parser)]
struct Arguments {
    /// How many orders are placed; every third of them is suspiciously large.
    #[arg(long, default_value_t = 6)]
    orders: usize,
    /// Where the events are kept: `sqlite:PATH`.
    #[arg(long, default_value = "sqlite:polyglot.db")]
    store: Location,
    /// Where the gateway listens.
    #[arg(long, default_value = "127.0.0.1:2113")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    finish(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<Done, Box<dyn Error>> {
    let [orders, payments] = shop::components();
    let quadrille = Quadrille::open(&arguments.store, None).await?.name("shop");
    let app = quadrille.component(orders).component(payments).start().await?;
    let gateway = Gateway::new(app.store().clone(), Settings::default());
    let gateway = gateway.bind(arguments.listen).await?;
    say(format_args!("the gateway is at esdb://{}?tls=false", gateway.address()))?;
    place(&app, arguments.orders).await?;
    say("waiting for the fraud check and for notifications; Ctrl-C ends it")?;
    let everybody_knows = tokio::select! {
        told = told(&app, arguments.orders) => told.map(|()| true)?,
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| false)?,
    };
    gateway.stop().await;
    report(&app).await?;
    if everybody_knows {
        for number in [1, 3].into_iter().filter(|number| *number <= arguments.orders) {
            let order = format!("order-{number}");
            say(format_args!("\n{order}"))?;
            let printed = app.command_line().print(["trace", &order]).await;
            printed.map_err(|error| -> Box<dyn Error> { error })?;
        }
    }
    app.shutdown().await;
    Ok(Done::Well)
}

/// Places orders; one that is there already is left as it is.
async fn place(app: &App, orders: usize) -> Result<(), Box<dyn Error>> {
    for number in 1..=orders {
        let cents = if number % 3 == 0 { 90_000 } else { 1_500 * number as i64 };
        let customer = format!("customer-{number}");
        app.execute::<Order>(number, OrderCommand::Place { customer, cents }).await?;
    }
    Ok(())
}

/// Returns when the customers of so many orders were told what became of them.
async fn told(app: &App, orders: usize) -> Result<(), Box<dyn Error>> {
    loop {
        let rows = app.all_rows::<OrderRow>().await?;
        if rows.iter().filter(|row| row.notified).count() >= orders {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn report(app: &App) -> Result<(), Box<dyn Error>> {
    for OrderRow { order, state, notified } in app.all_rows::<OrderRow>().await? {
        let told = if notified { "the customer was told" } else { "the customer was not told" };
        say(format_args!("order {order}: {state}, {told}"))?;
    }
    Ok(())
}
