use crate::support::{check_shown, id, on, printed, two_accounts};
use quadrille::{CommandId, CorrelationId, ManualClock, prelude::*};
use quadrille_book::{process, transfer::*};
use quadrille_flow::observed::{self, Causation, Miner, Settings, View};

/// Transfers of a morning: two are accepted, one late, one is forgotten, one is too large.
pub async fn bank() -> (App, ManualClock) {
    let (app, clock) = on([process::transfers()]).await;
    two_accounts(&app).await.unwrap();
    for (n, cents) in [(1, 100), (2, 100), (3, 100), (4, 501)] {
        request(&app, n, cents).await;
        app.settle().await.unwrap();
    }
    for (n, hours_later) in [(1, 3), (2, 5)] {
        clock.advance(hours(hours_later));
        let accept = app.execute::<Transfer>(format!("t{n}"), TransferCommand::Accept);
        let flow = CorrelationId::of_command(command(n));
        accept.command_id(id(30 + n)).correlation(flow).actor("bob").await.unwrap();
        app.settle().await.unwrap();
    }
    clock.advance(hours(16));
    app.settle().await.unwrap();
    (app, clock)
}

pub fn command(transfer: u128) -> CommandId {
    id(20 + transfer)
}

async fn request(app: &App, n: u128, cents: i64) {
    let request = TransferCommand::Request { from: "alice".into(), to: "bob".into(), cents };
    let request = app.execute::<Transfer>(format!("t{n}"), request);
    request.command_id(command(n)).actor("alice").await.unwrap();
}

#[tokio::test]
async fn the_log_shows_what_led_to_what_and_what_came_after_what() {
    let (app, _) = bank().await;
    let shown = printed(&app, "flow show --observed --loops 0 --variants 3 --open 3").await;
    check_shown("observed.txt", &shown);
    let by_sequence = "flow show --observed --by sequence --loops 0 --variants 0 --open 0";
    check_shown("observed-by-sequence.txt", &printed(&app, by_sequence).await);
}

#[tokio::test]
async fn the_flow_is_drawn_and_compared_with_what_was_declared() {
    let (app, _) = bank().await;
    let picture = printed(&app, "flow show --observed --format svg --title Transfers").await;
    check_shown("../src/transfers.svg", &picture);
    let compared = printed(&app, "flow show --declared --observed").await;
    check_shown("compared.txt", &compared);
}

#[tokio::test]
async fn a_miner_goes_on_where_it_stopped() {
    let (app, _) = bank().await;
    // ANCHOR: mine
    let ends = vec!["transfer.completed".into(), "transfer.failed".into()];
    let mut miner = Causation::new(&Settings { ends, ..Settings::default() });
    observed::read_on(&**app.store(), &mut miner).await.unwrap();
    let first = miner.observed(View::default());
    assert_eq!(
        first.graph.edge("command:account.debit", "account.debited").unwrap().count,
        Some(3)
    );

    request(&app, 5, 50).await;
    app.settle().await.unwrap();
    observed::read_on(&**app.store(), &mut miner).await.unwrap(); // only what is new
    let then = miner.observed(View::default());
    assert_eq!(then.flows.count, first.flows.count + 1);
    assert_eq!(then.open.last().unwrap().at, "account.debited");
    // ANCHOR_END: mine
}
