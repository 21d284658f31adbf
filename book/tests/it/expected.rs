use crate::{
    flow_graph::{bank, command},
    support::{book, check_shown, printed},
};
use quadrille::{Clock, CorrelationId};
use quadrille_cli::{CommandLine, Done};
use quadrille_flow::{
    expected::{self, ExpectedFlow, Monitor},
    observed::read_on,
};
use quadrille_testing::flow::{assert_flow, assert_flow_so_far};

const TRANSFER: &str = include_str!("../../code/transfer.flow");

#[tokio::test]
async fn flows_go_as_expected() {
    let (app, _) = bank().await;
    let (flow, store) = (CorrelationId::of_command(command(1)), &**app.store());
    // ANCHOR: assert
    let transfer: ExpectedFlow = TRANSFER.parse().unwrap();
    assert_flow(store, &transfer, flow).await;
    // ANCHOR_END: assert
    for n in 2..=4 {
        assert_flow_so_far(store, &transfer, CorrelationId::of_command(command(n))).await;
    }
}

/// What nobody keeps to.
fn stricter() -> String {
    TRANSFER
        .replace("within 1d of transfer.requested", "within 4h   by treasury")
        .replace("by treasury", "")
        .replace("transfer.accepted  ", "transfer.accepted by treasury  ")
        .replace("transfer.completed\n", "transfer.completed\n            customer.informed\n")
}

#[tokio::test]
async fn what_differs_is_told_beside_the_text() {
    let (app, _) = bank().await;
    let strict: ExpectedFlow = stricter().parse().unwrap();
    let flow = CorrelationId::of_command(command(2));
    let store = app.store().clone();
    let test = tokio::spawn(async move { assert_flow(&*store, &strict, flow).await });
    let panic = test.await.unwrap_err().into_panic();
    check_shown("unexpected.txt", panic.downcast_ref::<String>().unwrap());
}

#[tokio::test]
async fn all_flows_of_a_log_are_held_against_it() {
    let (app, _) = bank().await;
    let file = book().join("code/transfer.flow");
    let well = printed(&app, &format!("flow check --expect {}", file.display())).await;
    assert!(well.starts_with("transfer: 4 flows · 4 as expected"), "{well}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("strict.flow");
    std::fs::write(&file, stricter().replace("customer.informed", "")).unwrap();
    // What else there is to say is in another chapter.
    let config = folder.path().join("flow.toml");
    let quiet = "lints.dead-event.level = \"allow\"\nlints.unused-command.level = \"allow\"\n";
    std::fs::write(&config, quiet).unwrap();
    let mut out = Vec::new();
    let (file, config) = (file.to_str().unwrap(), config.to_str().unwrap());
    let args = ["quadrille", "flow", "check", "--expect", file, "--config", config];
    let done = quadrille_cli::run(args.map(Into::into), &app.command_line(), &mut out).await;
    assert_eq!(done, Done::Found);
    check_shown("flow-expected.txt", &String::from_utf8(out).unwrap());
}

#[tokio::test]
async fn a_monitor_tells_what_becomes_known() {
    let (app, clock) = bank().await;
    let mut shown = String::new();
    // ANCHOR: monitor
    let mut monitor = Monitor::new(expected::parse(&stricter()).unwrap());
    read_on(&**app.store(), &mut monitor).await.unwrap(); // again, when there is more
    for news in monitor.news(Some(clock.now())) {
        shown += &format!("{} {}: {}\n", news.expected, news.flow, news.deviation);
    }
    // ANCHOR_END: monitor
    check_shown("flow-news.txt", &shown);
}
