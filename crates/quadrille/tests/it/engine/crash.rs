//! Runs that are killed at every step end as undisturbed ones.

use super::domain::{bank::*, shop::*};
use quadrille::{memory::MemoryStore, prelude::*};
use quadrille_testing::crash::{Run, Scenario, Stores, command_id, everywhere};
use serde_json::{Value, json};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

#[derive(View)]
#[reads("account.withdrawn")]
struct Withdrawal {
    #[view(id)]
    account: String,
    cents: i64,
}

/// A bank that pays every withdrawal into a vault, which refuses what comes from `poor`.
async fn bank(app: Quadrille) -> Result<App, quadrille::StartError> {
    app.aggregate::<Account>()
        .fold(balance)
        .on("to-the-vault", |event: &Recorded<Withdrawal>| {
            let vault =
                if event.account == "poor" { withdraw(1_000) } else { deposit(event.cents) };
            (event.account != "vault").then(|| send::<Account>("vault", vault))
        })
        .sends::<Account>(["deposit", "withdraw"])
        .start()
        .await
}

async fn use_the_bank(run: &Run) -> Result<(), AnyError> {
    let accounts = [("alice", deposit(500)), ("poor", deposit(10)), ("alice", withdraw(200))];
    for (n, (account, command)) in (0..).zip(accounts) {
        run.app.execute::<Account>(account, command).command_id(command_id(n)).await?;
    }
    run.app.settle().await?;
    run.app.execute::<Account>("poor", withdraw(5)).command_id(command_id(10)).await?;
    Ok(())
}

async fn balances(app: &App) -> Result<Value, AnyError> {
    let rows = app.all_rows::<Balance>().await?;
    Ok(rows.into_iter().map(|row| json!([row.account, row.cents])).collect())
}

fn the_bank_survives(open: impl Fn() -> MemoryStore) {
    let scenario = Scenario { build: bank, drive: use_the_bank, observe: balances };
    everywhere(|| Stores::on(open()), &scenario);
}

#[test]
fn aggregates_projectors_and_reactions_end_as_if_undisturbed() {
    the_bank_survives(MemoryStore::new);
}

#[test]
fn aggregates_projectors_and_reactions_end_as_if_undisturbed_on_the_base_contract() {
    the_bank_survives(MemoryStore::like_kurrentdb);
}

async fn fulfil(app: Quadrille) -> Result<App, quadrille::StartError> {
    shop(app).process::<Fulfilment>().start().await
}

/// One order that is paid, one that is never paid, one for which there is no stock.
async fn use_the_shop(run: &Run) -> Result<(), AnyError> {
    let app = &run.app;
    let start = chrono::DateTime::UNIX_EPOCH + chrono::Duration::days(20_000);
    let fill = StockCommand::Fill { count: 2 };
    app.execute::<Stock>("tea", fill).command_id(command_id(0)).await?;
    for (n, order) in (1..).zip(["paid", "unpaid", "unlucky"]) {
        app.execute::<Order>(order, place("tea")).command_id(command_id(n)).await?;
        app.settle().await?;
    }
    app.execute::<Payment>("paid", PaymentCommand::Capture).command_id(command_id(9)).await?;
    for day in [1, 4] {
        app.settle().await?;
        run.clock.advance_to(start + chrono::Duration::days(day));
    }
    Ok(())
}

async fn deadlines(app: &App) -> Result<Value, AnyError> {
    let open = app.state().deadlines(&Default::default(), 100).await?;
    Ok(open.into_iter().map(|deadline| json!([deadline.key, deadline.name])).collect())
}

fn the_shop_survives(open: impl Fn() -> MemoryStore) {
    let scenario = Scenario { build: fulfil, drive: use_the_shop, observe: deadlines };
    everywhere(|| Stores::on(open()), &scenario);
}

#[test]
fn processes_end_as_if_undisturbed() {
    the_shop_survives(MemoryStore::new);
}

#[test]
fn processes_end_as_if_undisturbed_on_the_base_contract() {
    the_shop_survives(MemoryStore::like_kurrentdb);
}

/// Commands without ids of their own are carried out again by the resumed run.
async fn use_the_bank_carelessly(run: &Run) -> Result<(), AnyError> {
    run.app.execute::<Account>("alice", deposit(500)).await?;
    run.app.settle().await?;
    Ok(())
}

#[test]
fn a_run_that_ends_otherwise_is_noticed() {
    let scenario = Scenario { build: bank, drive: use_the_bank_carelessly, observe: balances };
    let open = || Stores::on(MemoryStore::new());
    let run = std::panic::AssertUnwindSafe(|| everywhere(open, &scenario));
    let panic = std::panic::catch_unwind(run).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains(": the run ended otherwise"), "{message}");
    assert!(message.contains("+ account-alice: account.deposited"), "{message}");
}
