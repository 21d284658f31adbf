use crate::support::{check_shown, id, on, request, tree, two_accounts};
use quadrille::{
    CorrelationId, ManualClock, StreamId, Version,
    journal::{Fact, ProcessStepped, process_stream},
    prelude::*,
    store::Direction,
};
use quadrille_book::{account::*, process, transfer::*};

async fn bank() -> (App, ManualClock) {
    let (app, clock) = on([process::transfers()]).await;
    two_accounts(&app).await.unwrap();
    (app, clock)
}

async fn accept(app: &App, flow: CorrelationId) {
    let accept = app.execute::<Transfer>("t1", TransferCommand::Accept);
    accept.command_id(id(30)).correlation(flow).actor("bob").await.unwrap();
    app.settle().await.unwrap();
}

async fn balances(app: &App) -> [i64; 2] {
    [
        app.load::<Account>("alice").await.unwrap().balance(),
        app.load::<Account>("bob").await.unwrap().balance(),
    ]
}

#[tokio::test]
async fn money_moves_when_the_receiver_accepts() {
    let (app, clock) = bank().await;
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [300, 0]);
    clock.advance(hours(3));
    accept(&app, flow).await;
    assert_eq!(balances(&app).await, [300, 200]);
    assert_eq!(app.next_deadline().await.unwrap(), None);
    check_shown("accepted.txt", &tree(&app, flow).await);
}

#[tokio::test]
async fn money_comes_back_when_nobody_accepts_in_time() {
    let (app, clock) = bank().await;
    // ANCHOR: late
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    clock.advance(days(1)); // a day, in no time
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [500, 0]);
    // ANCHOR_END: late
    check_shown("not-accepted.txt", &tree(&app, flow).await);
}

#[tokio::test]
async fn money_comes_back_when_the_receiver_cannot_take_it() {
    let (app, _) = bank().await;
    app.execute::<Account>("bob", AccountCommand::Close).await.unwrap();
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    accept(&app, flow).await;
    assert_eq!(balances(&app).await, [500, 0]);
    check_shown("compensated.txt", &tree(&app, flow).await);
}

#[tokio::test]
async fn a_declined_debit_ends_the_process() {
    let (app, _) = bank().await;
    let flow = request(&app, "t1", 501).await.unwrap();
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [500, 0]);
    assert!(tree(&app, flow).await.contains("transfer.failed"));
    assert_eq!(app.next_deadline().await.unwrap(), None);
}

#[tokio::test]
async fn each_input_is_one_fact_in_the_stream_of_its_instance() {
    let (app, _) = bank().await;
    request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    // ANCHOR: stream
    let stream: StreamId = process_stream("move-money", "t1").unwrap();
    assert_eq!(stream.to_string(), "quadrille-process-move-money/t1");
    let facts = app.store().read_stream(&stream, Version::NONE, Direction::Forward, 100).await;
    let first = ProcessStepped::read(&facts.unwrap()[0]).unwrap().unwrap();
    assert_eq!(first.input, "Requested");
    assert_eq!(first.issued[0].command, "debit");
    assert_eq!(first.deadlines[0].name, "NotAccepted");
    assert_eq!(first.undeclared, Vec::<String>::new());
    // ANCHOR_END: stream
}

#[tokio::test]
async fn a_restart_loses_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bank.db");
    let clock = ManualClock::new(crate::support::morning());
    let bank = || async {
        let app = Quadrille::sqlite(&file).await.unwrap().clock(clock.clone());
        app.component(process::transfers()).start().await.unwrap()
    };
    // ANCHOR: restart
    let app = bank().await;
    two_accounts(&app).await.unwrap();
    request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    app.shutdown().await;
    drop(app);

    clock.advance(days(2)); // the deadline passes while nothing runs
    let app = bank().await;
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [500, 0]);
    // ANCHOR_END: restart
    app.shutdown().await;
}
